"""The demo: filled once, gone on with after a stop, and never in the way of a real organisation."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import func, select

from server import demo
from server.actor import SYSTEM
from server.audit.models import AuditRow
from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.identity import operations as identity
from server.identity.queries import actor_of_session
from server.organisation import operations as organisation
from server.supervision.models import SupervisionOrder
from server.tasks import queries as tasks
from server.tasks.models import Draft, Task, TaskState
from server.verify import verify
from tests.rehearsal.conftest import Demo, installation

LOGINS = {"liaison", "head", "office", "verifier", "leader", "scheme", "secretary", "system", "security", "audit"}


def test_a_stopped_fill_goes_on_and_leaves_nothing_broken(filled: Demo) -> None:
    assert verify(filled.application) == []
    assert filled.first["campaign"] == ""
    assert [account["password"] for account in filled.first["accounts"]] == [each.password for each in filled.accounts]


def test_filling_again_changes_nothing(filled: Demo) -> None:
    def rows() -> int | None:
        with filled.application.workshop.reading() as work:
            return work.session.scalar(select(func.count()).select_from(AuditRow))

    before = rows()
    assert demo.fill(filled.application) == filled.accounts
    assert rows() == before


def test_units_stand_at_different_points_of_the_way(filled: Demo) -> None:
    with filled.application.workshop.reading() as work:
        campaign_id, state = work.session.execute(select(Campaign.id, Campaign.state)).one()
        board = {row.number: row for row in campaigns.board(work, campaign_id).rows}
        returned = work.session.scalars(
            select(Task.element_id).where(Task.returned_reason.is_not(None), Task.state == TaskState.OPEN)
        ).all()
        drafts = work.session.scalar(select(func.count()).select_from(Draft))
    now_at = {number: {task.element_id for task in row.tasks if task.element_id} for number, row in board.items()}
    assert state == "running"
    assert now_at[1] == now_at[8] == now_at[10] == now_at[11] == {"SelfAssess"}
    assert now_at[2] == now_at[3] == {"Verify"}
    assert now_at[6] == {"Mend", "Review"}
    assert [task.light.value for task in board[7].tasks] == ["red"]
    assert [board[number].instance_state for number in (4, 5, 12)] == ["done"] * 3
    assert board[9].state == "withdrawn"
    assert board[11].late == 1
    assert list(returned) == ["SelfAssess"]
    assert drafts == 1


def test_the_accounts_work_and_find_something_to_do(filled: Demo) -> None:
    assert {account.login for account in filled.accounts} == LOGINS
    waiting = {}
    for account in filled.accounts:
        with filled.application.workshop.writing() as work:
            secret = identity.log_in(work, account.login, account.password, "test")
            assert secret is not None, account.login
            actor = actor_of_session(work.session, secret, work.now)
            assert actor is not None
            assert actor.name in account.about
            waiting[account.login] = tasks.waiting_count(actor, work)
    assert waiting["liaison"] == 2
    assert waiting["head"] == 1
    assert waiting["verifier"] == 2
    assert waiting["office"] >= 5
    assert not any(waiting[login] for login in ("system", "security", "audit", "scheme"))


def test_one_order_of_supervision_is_drafted_by_the_system_and_one_was_sent_by_a_person(filled: Demo) -> None:
    each = SupervisionOrder
    with filled.application.workshop.reading() as work:
        columns = (each.state, each.by_system, each.number, each.sent_by_name != "")
        found = work.session.execute(select(*columns).order_by(each.state)).all()
    assert [tuple(row) for row in found] == [("draft", True, None, False), ("sent", False, 1, True)]


def test_passwords_are_made_for_each_installation_and_kept_privately(filled: Demo) -> None:
    path = filled.application.settings.data / demo.ACCOUNTS_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    passwords = {account.password for account in filled.accounts}
    assert len(passwords) == len(filled.accounts)
    assert demo._password(filled.application.workshop.ids, "office") not in passwords


def test_nothing_is_filled_into_a_real_organisation(tmp_path: Path) -> None:
    application = installation(tmp_path)
    with application.workshop.writing() as work:
        organisation.add_unit(SYSTEM, work, code="A", name="A", kind="root")
    assert demo.fill(application) == ()
    assert not (tmp_path / demo.ACCOUNTS_FILE).exists()
    application.workshop.engine.dispose()


@pytest.mark.parametrize("content", ["", "{}", '{"accounts": 1}', "[]"])
def test_a_lost_accounts_file_shows_no_accounts(filled: Demo, copied: object, content: str) -> None:
    application = copied(filled.application)  # type: ignore[operator]
    path: Path = application.settings.data / demo.ACCOUNTS_FILE
    path.write_text(content)
    assert demo.fill(application) == ()
