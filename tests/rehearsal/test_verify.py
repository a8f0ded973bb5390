"""The judge: sound databases are left alone, and each thing that can be corrupted is found where it lies."""

from collections.abc import Callable
from pathlib import Path

import pytest

from server.bootstrap import Application
from server.i18n import LANGUAGES, text
from server.verify import verify
from tests.rehearsal.conftest import Demo, Played

Copied = Callable[..., Application]
CORRUPTIONS = {
    "a task that was closed behind the state": (
        "process",
        "verify-tasks-differ",
        "UPDATE task SET state = 'cancelled', closed_at = opened_at WHERE id = @open_task",
    ),
    "a timer that was taken away": (
        "process",
        "verify-timers-differ",
        "UPDATE timer SET cancelled_at = '2020-01-01 00:00:00' WHERE cancelled_at IS NULL AND fired_at IS NULL",
    ),
    "a fan-out that was closed": (
        "process",
        "verify-fan-outs-differ",
        "UPDATE fan_out SET state = 'closed', closed_at = opened_at WHERE state = 'open'",
    ),
    "a state that cannot be read": (
        "process",
        "verify-state-unreadable",
        "UPDATE process_instance SET content = X'00' WHERE id = @running",
    ),
    "an instance that was said to have ended": (
        "process",
        "verify-end-differs",
        "UPDATE process_instance SET state = 'ended', ended_at = started_at, outcome = 'Met' WHERE id = @running",
    ),
    "an outcome that is another": (
        "process",
        "verify-end-differs",
        "UPDATE process_instance SET outcome = 'NotMet' WHERE outcome = 'Met'",
    ),
    "a diagram that was exchanged": (
        "process",
        "verify-definition-differs",
        "UPDATE process_definition SET sha256 = 'x' WHERE process_key = 'participant'",
    ),
    "an item of another attempt": (
        "process",
        "verify-item-differs",
        "UPDATE fan_out_item SET attempt = attempt + 1 WHERE state = 'running'",
    ),
    "an item said to be done": (
        "process",
        "verify-item-differs",
        "UPDATE fan_out_item SET state = 'done' WHERE instance_id = @running",
    ),
    "a child that no item names": (
        "process",
        "verify-child-unknown",
        "UPDATE fan_out_item SET instance_id = NULL, state = 'waiting' WHERE instance_id = @running",
    ),
    "a campaign said to have ended": ("campaign", "verify-campaign-differs", "UPDATE campaign SET state = 'ended'"),
    "a task that nobody may do": (
        "task",
        "verify-task-without-seat",
        "UPDATE seat SET state = 'removed' WHERE task_id = @open_task",
    ),
    "a decision that was taken out": (
        "task",
        "verify-task-undecided",
        "DELETE FROM decision WHERE task_id = @done_task",
    ),
    "a decision that was put in": (
        "task",
        "verify-task-decided",
        "UPDATE decision SET task_id = @open_task, seat_id = @open_seat WHERE task_id = @done_task",
    ),
    "a verdict that was turned": (
        "task",
        "verify-decision-unaudited",
        "UPDATE decision SET verdict = 'approve' WHERE task_id = @done_task",
    ),
    "points that were raised": (
        "assessment",
        "verify-total-differs",
        "UPDATE score SET points = points + 100 WHERE points > 0 AND assessment_id = @verified",
    ),
    "a total that was raised": (
        "assessment",
        "verify-total-differs",
        "UPDATE assessment SET total = total + 1 WHERE id = @verified",
    ),
    "a verdict against the points": (
        "assessment",
        "verify-verdict-differs",
        "UPDATE assessment SET verdict = 'not_met', passed = 0 WHERE id = @verified",
    ),
    "a reason that was rewritten": (
        "assessment",
        "verify-seal-broken",
        "UPDATE score SET reason = 'x' WHERE assessment_id = @verified",
    ),
}


def test_a_finished_campaign_is_sound(twelve: Played) -> None:
    assert verify(twelve.application) == []


@pytest.mark.parametrize(("area", "key", "statement"), CORRUPTIONS.values(), ids=CORRUPTIONS.keys())
def test_what_was_changed_is_found(filled: Demo, copied: Copied, area: str, key: str, statement: str) -> None:
    problems = verify(copied(filled.application, statement))
    assert (area, key) in {(each.area, each.message.key) for each in problems}
    assert all(each.place and text(each.message, language) for each in problems for language in LANGUAGES)


def test_a_changed_audit_is_found(filled: Demo, copied: Copied) -> None:
    changed = copied(
        filled.application,
        "DROP TRIGGER audit_row_no_update",
        "UPDATE audit_row SET verb = 'task:returned' WHERE id = @audited",
    )
    keys = {each.message.key for each in verify(changed)}
    assert {"audit-problem-changed", "verify-decision-unaudited"} <= keys


def test_a_cut_audit_is_found_by_the_end_that_the_instance_keeps(filled: Demo, copied: Copied) -> None:
    cut = copied(
        filled.application, "DROP TRIGGER audit_row_no_delete", "DELETE FROM audit_row WHERE id = @last_of_one_chain"
    )
    assert "audit-problem-cut" in {each.message.key for each in verify(cut)}


def test_a_recognition_without_grounds_is_found(twelve: Played, copied: Copied) -> None:
    changed = copied(
        twelve.application,
        "UPDATE recognition SET total = total + 1 WHERE id = @recognition",
    )
    (problem,) = verify(changed)
    assert (problem.area, problem.message.key) == ("recognition", "verify-recognition-unfounded")


def test_evidence_that_was_altered_or_lost_is_found(filled: Demo, copied: Copied) -> None:
    application = copied(filled.application)
    files = sorted(path for path in (application.settings.data / "evidence").rglob("*") if path.is_file())
    files[0].chmod(0o600)
    files[0].write_bytes(b"something else")
    files[1].unlink()
    problems = [each for each in verify(application) if each.area == "evidence"]
    assert sorted(each.message.key for each in problems) == ["evidence-problem-altered", "evidence-problem-missing"]
    assert {each.place for each in problems} == {Path(file).name for file in files[:2]}
