"""Findings in a running campaign: opened, mended, reviewed, verified again, or not."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from server.assessments import queries as assessments
from server.assessments.models import Assessment, Body
from server.campaigns import operations as campaigns
from server.campaigns.models import Participant
from server.campaigns.named_seats import RowUnits
from server.errors import Conflict
from server.findings import queries
from server.findings.models import Finding, FindingKind, FindingState, Mending
from server.findings.processes import row_units
from server.findings.queries import FindingRow
from server.organisation.models import Unit
from server.processes import commands
from server.processes.models import ProcessInstance
from server.standards.models import Criterion
from server.standards.queries import standard_of
from server.tasks.operations import NotComplete
from tests.assessments.support import Gaoping

SHORT = {"r1_1_1": "none", "r2_2_3": "1", "r3_4_1": "no", "r5_1_2": "1", "r5_2_1": "no"}
"""100 - 9 - 4 - 2 - 3 - 3 = 79."""


def findings(gaoping: Gaoping, unit: Unit) -> dict[str, FindingRow]:
    with gaoping.world.workshop.reading() as work:
        return {row.criterion_key: row for row in queries.of_participant(work, gaoping.participant_id(unit))}


def short_unit(gaoping: Gaoping) -> Unit:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit, **SHORT)
    return unit


def mend(gaoping: Gaoping, unit: Unit, key: str, done: str = "已整改。") -> None:
    liaison = gaoping.liaison(unit)
    task = gaoping.task(liaison, "Mend", matter=key)
    gaoping.world.do(liaison, task.id, done=done, evidence=[gaoping.upload(unit, f"{key}.txt")])


def review(gaoping: Gaoping, key: str, verdict: str = "mended", reason: str = "") -> None:
    task = gaoping.task(gaoping.office, "Review", matter=key)
    gaoping.world.do(gaoping.office, task.id, verdict=verdict, reason=reason)


def test_below_the_mark_every_short_row_blocks_with_reason_date_and_instance(gaoping: Gaoping) -> None:
    unit = short_unit(gaoping)
    found = findings(gaoping, unit)
    assert list(found) == ["1.1.1", "2.2.3", "3.4.1", "5.1.2", "5.2.1"]
    assert {row.kind for row in found.values()} == {FindingKind.BLOCKING}
    assert (found["2.2.3"].got_points, found["2.2.3"].max_points) == (Decimal(1), Decimal(5))
    assert found["2.2.3"].reason == "2.2.3 现场核查不符"
    assert found["2.2.3"].due_at == datetime(2026, 4, 1, 15, 59, 59, tzinfo=UTC)
    matters = [task.matter for task in gaoping.world.inbox(gaoping.liaison(unit))]
    assert sorted(matter.rsplit(" ", 1)[-1] for matter in matters) == list(found)


def test_at_the_mark_short_rows_are_advice_and_hold_nobody_up(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit, **{**SHORT, "r2_2_3": "2"})
    found = findings(gaoping, unit)
    assert {row.kind for row in found.values()} == {FindingKind.ADVICE}
    assert {row.due_at for row in found.values()} == {None}
    assert gaoping.world.inbox(gaoping.liaison(unit)) == []


def test_a_full_score_has_no_findings(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit)
    assert findings(gaoping, unit) == {}


def test_mending_needs_words_and_proof(gaoping: Gaoping) -> None:
    unit, other = short_unit(gaoping), gaoping.units[1]
    liaison = gaoping.liaison(unit)
    task = gaoping.task(liaison, "Mend", matter="2.2.3")
    with pytest.raises(NotComplete) as error:
        gaoping.world.do(liaison, task.id)
    assert [each.text.key for each in error.value.missing] == ["findings-done-missing", "findings-evidence-missing"]
    for bad in ([gaoping.upload(other)], ["no-id"]):
        with pytest.raises(NotComplete) as error:
            gaoping.world.do(liaison, task.id, done="已整改。", evidence=bad)
        assert list(error.value.fields) == ["evidence"]
    gaoping.world.do(liaison, task.id, done="已整改。", on_paper="办公室3号柜")
    assert gaoping.task(gaoping.office, "Review", unit, "2.2.3").kind == "findings.review"


def test_sending_back_needs_a_reason_and_keeps_the_first_try(gaoping: Gaoping) -> None:
    unit = short_unit(gaoping)
    mend(gaoping, unit, "2.2.3", "补了两项制度。")
    task = gaoping.task(gaoping.office, "Review", matter="2.2.3")
    for values, field in (({}, "verdict"), ({"verdict": "perhaps"}, "verdict"), ({"verdict": "not_mended"}, "reason")):
        with pytest.raises(NotComplete) as error:
            gaoping.world.do(gaoping.office, task.id, **values)
        assert list(error.value.fields) == [field]
    review(gaoping, "2.2.3", "not_mended", "还缺两项。")
    assert findings(gaoping, unit)["2.2.3"].state is FindingState.OPEN
    mend(gaoping, unit, "2.2.3", "补了四项制度。")
    review(gaoping, "2.2.3")
    row = findings(gaoping, unit)["2.2.3"]
    assert (row.state, row.closed_by_name) == (FindingState.MENDED, gaoping.office.name)
    with gaoping.world.workshop.reading() as work:
        tries = queries.mendings_of(work, row.id)
        assert [(each.attempt, each.done, each.mended, each.review_reason) for each in tries] == [
            (1, "补了两项制度。", False, "还缺两项。"),
            (2, "补了四项制度。", True, ""),
        ]
        assert work.session.get_one(Finding, row.id).instance_id is not None


def test_the_second_verification_scores_only_mended_rows(gaoping: Gaoping) -> None:
    unit = short_unit(gaoping)
    for key in ("2.2.3", "5.2.1"):
        mend(gaoping, unit, key)
        review(gaoping, key)
    gaoping.world.later(days=60)
    found = findings(gaoping, unit)
    assert {key: row.state for key, row in found.items()} == {
        "1.1.1": FindingState.NOT_MENDED,
        "2.2.3": FindingState.MENDED,
        "3.4.1": FindingState.NOT_MENDED,
        "5.1.2": FindingState.NOT_MENDED,
        "5.2.1": FindingState.MENDED,
    }
    assert found["1.1.1"].closed_by_name == "system"
    task = gaoping.task(gaoping.verifier, "VerifyAgain", unit)
    with pytest.raises(NotComplete) as error:
        gaoping.world.do(gaoping.verifier, task.id, rows={"1.1.1": {"answer": "targets"}})
    assert "rows" in error.value.fields
    with pytest.raises(NotComplete) as error:
        gaoping.world.do(gaoping.verifier, task.id, rows={"2.2.3": {"answer": "4"}, "5.2.1": {"answer": "yes"}})
    assert [each.text.args["key"] for each in error.value.missing] == ["2.2.3"]
    gaoping.world.do(
        gaoping.verifier, task.id, rows={"2.2.3": {"answer": "4", "note": "仍缺一项"}, "5.2.1": {"answer": "yes"}}
    )
    result = gaoping.result(unit)
    assert result is not None
    assert (result.body, result.total, result.passed) == (Body.SECOND, Decimal("85.00"), True)
    with gaoping.world.workshop.reading() as work:
        rows = assessments.scores_of(work, result.id, standard_of(work, gaoping.world.versions["gaoping"]))
        assert [key for key, row in rows.items() if not row.carried] == ["2.2.3", "5.2.1"]
        assert rows["1.1.1"].points == 0
        assert len(rows["2.2.3"].evidence) == 2
        assert assessments.broken_seals(work) == ([], None)


def test_nothing_mended_means_not_met_without_a_second_verification(gaoping: Gaoping) -> None:
    unit = short_unit(gaoping)
    gaoping.world.later(days=60)
    assert {row.state for row in findings(gaoping, unit).values()} == {FindingState.NOT_MENDED}
    assert gaoping.world.inbox(gaoping.verifier) == []
    result = gaoping.result(unit)
    assert result is not None
    assert (result.body, result.passed) == (Body.VERIFICATION, False)


def test_a_withdrawn_participant_s_findings_are_withdrawn(gaoping: Gaoping) -> None:
    unit = short_unit(gaoping)
    mend(gaoping, unit, "2.2.3")
    review(gaoping, "2.2.3")
    with gaoping.world.workshop.writing() as work:
        campaigns.withdraw(gaoping.office, work, gaoping.campaign.id, gaoping.participant_id(unit), "机构撤并")
    gaoping.world.drain()
    states = {key: row.state for key, row in findings(gaoping, unit).items()}
    assert states.pop("2.2.3") is FindingState.MENDED
    assert set(states.values()) == {FindingState.WITHDRAWN}
    with gaoping.world.workshop.reading() as work:
        assert queries.open_counts(work, gaoping.campaign.id) == {}


def test_a_settled_finding_takes_nothing_more(gaoping: Gaoping) -> None:
    unit = short_unit(gaoping)
    liaison = gaoping.liaison(unit)
    task = gaoping.task(liaison, "Mend", matter="2.2.3")
    values = {"done": "已整改。", "on_paper": "3号柜"}
    gaoping.world.do(liaison, task.id, **values)
    with pytest.raises(Conflict):
        gaoping.world.do(liaison, task.id, **values)
    review(gaoping, "2.2.3")
    with gaoping.world.workshop.reading() as work:
        assert len(work.session.scalars(select(Mending)).all()) == 1


def test_findings_are_listed_by_page_state_and_unit(gaoping: Gaoping) -> None:
    unit = short_unit(gaoping)
    mend(gaoping, unit, "2.2.3")
    review(gaoping, "2.2.3")
    with gaoping.world.workshop.reading() as work:
        everything = queries.of_campaign(work, gaoping.campaign.id)
        assert (everything.total, everything.pages) == (5, 1)
        still = queries.of_campaign(work, gaoping.campaign.id, state="open", unit_id=unit.id)
        assert [row.criterion_key for row in still.rows] == ["1.1.1", "3.4.1", "5.1.2", "5.2.1"]
        assert queries.of_campaign(work, gaoping.campaign.id, unit_id=gaoping.units[1].id).total == 0
        assert queries.open_counts(work, gaoping.campaign.id) == {gaoping.participant_id(unit): 4}


def test_the_database_refuses_what_cannot_be(gaoping: Gaoping) -> None:
    unit = short_unit(gaoping)
    mend(gaoping, unit, "2.2.3")
    impossible = (
        "UPDATE finding SET state = 'mended'",
        "UPDATE finding SET closed_at = opened_at",
        "UPDATE finding SET kind = 'rumour'",
        "UPDATE finding SET got_points = max_points",
        "UPDATE finding SET got_points = -1",
        "UPDATE finding SET criterion_id = (SELECT min(criterion_id) FROM finding)",
        "UPDATE mending SET mended = 1",
        "UPDATE mending SET mended = 0, reviewed_at = done_at",
        "INSERT INTO mending SELECT * FROM mending",
    )
    with gaoping.world.workshop.writing() as work:
        for statement in impossible:
            with pytest.raises(IntegrityError), work.session.begin_nested():
                work.session.execute(text(statement))


def test_a_new_verification_withdraws_what_the_old_one_found(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit, **{**SHORT, "r2_2_3": "2"})
    with gaoping.world.workshop.writing() as work:
        campaigns.reopen(gaoping.office, work, gaoping.campaign.id, gaoping.participant_id(unit), "重新核查")
    gaoping.world.drain()
    gaoping.self_assess(unit)
    gaoping.verify(unit, r2_1_1="no")
    with gaoping.world.workshop.reading() as work:
        rows = queries.of_participant(work, gaoping.participant_id(unit))
        assert [row.criterion_key for row in rows if row.state is FindingState.OPEN] == ["2.1.1"]
        assert sum(row.state is FindingState.WITHDRAWN for row in rows) == 5
        assert work.session.get_one(Participant, gaoping.participant_id(unit)).state == "active"
        assert len(work.session.scalars(select(Assessment)).all()) == 4


def test_the_row_of_a_finding_says_which_units_look_after_it(gaoping: Gaoping) -> None:
    unit = short_unit(gaoping)
    found = findings(gaoping, unit)["2.2.3"]
    with gaoping.world.workshop.writing() as work:
        said = {"lead_unit": "示例单位02", "assisting_units": ["示例单位01"]}
        work.session.execute(update(Criterion).where(Criterion.key == "2.2.3").values(**said))
        running = commands.read(work, ProcessInstance.subject_id == found.id)
        assert row_units(work, running, None) == RowUnits("示例单位02", ("示例单位01",), None)
        assert row_units(work, running, "1.1.1") == RowUnits("", (), None)
        assert row_units(work, running, "9.9.9") is None
