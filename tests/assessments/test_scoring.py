"""Self-assessment, verification and second verification in a running campaign."""

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from server.assessments import queries
from server.assessments.models import Assessment, Body, Score
from server.assessments.queries import scores_of, seal_now
from server.assessments.self_assessment import SelfAssessment
from server.assessments.verification import Verification
from server.campaigns import operations as campaigns
from server.errors import Conflict
from server.standards.queries import standard_of
from server.tasks.kinds import TaskContext
from server.tasks.models import Task
from server.tasks.operations import NotComplete
from tests.assessments.support import ROWS, Gaoping


def refused(error: pytest.ExceptionInfo[NotComplete]) -> set[str]:
    """Keys of everything that was said to be missing or wrong."""
    assert all(str(each.text) for each in error.value.missing)
    said = {each.text.key for each in error.value.missing}
    return said | {message.key for messages in error.value.fields.values() for message in messages}


def test_a_full_sheet_is_sealed_with_its_rows_and_files(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit, r2_2_3="3", r3_4_1="na", r3_1_3="no")
    with gaoping.world.workshop.reading() as work:
        (found,) = work.session.scalars(select(Assessment)).all()
        assert (found.body, found.attempt, found.state) == ("self", 1, "sealed")
        assert found.total == Decimal("97.00")
        assert (found.passed, found.verdict, found.total_exact) == (True, "met", "97")
        assert found.by_name == f"{unit.name}liaison"
        stored = standard_of(work, gaoping.world.versions["gaoping"])
        rows = scores_of(work, found.id, stored)
        assert tuple(rows) == ROWS
        assert rows["2.2.3"].claim == {"count": 3}
        assert rows["1.1.1"].claim == {"branch": "targets"}
        assert (rows["3.4.1"].not_applicable, rows["3.4.1"].points) == (True, Decimal(2))
        assert sum(row.points for row in rows.values()) == found.total
        assert len(rows["2.1.1"].evidence) == 1
        assert len(queries.report_files(work, found.id)) == 1
        assert seal_now(work, found.id) == found.seal_hash
        assert queries.authoritative(work, gaoping.participant_id(unit)) is None


def test_the_process_goes_on_to_the_verifier_with_small_values(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    assert gaoping.task(gaoping.verifier, "Verify", unit).kind == "assessments.verification"


def test_an_empty_sheet_names_everything_that_lacks(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    task = gaoping.to_self_assessment(unit)
    with pytest.raises(NotComplete) as error:
        gaoping.world.do(gaoping.liaison(unit), task.id)
    assert len(error.value.missing) == 44
    assert error.value.missing[0].anchor == "row-1.1.1"
    assert refused(error) == {
        "assessments-row-unanswered",
        "assessments-report-missing",
        "assessments-report-file-missing",
    }


def test_points_without_evidence_are_not_taken(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    task = gaoping.to_self_assessment(unit)
    values = gaoping.self_values(unit)
    del values["rows"]["2.1.1"]["evidence"]  # type: ignore[index]
    with pytest.raises(NotComplete) as error:
        gaoping.world.do(gaoping.liaison(unit), task.id, **values)
    assert refused(error) == {"assessments-evidence-missing"}
    values["rows"]["2.1.1"]["on_paper"] = "办公室3号柜"  # type: ignore[index]
    values["report_evidence"], values["report_on_paper"] = [], "办公室3号柜"
    gaoping.world.do(gaoping.liaison(unit), task.id, **values)


def test_another_unit_s_evidence_is_as_if_it_were_not(gaoping: Gaoping) -> None:
    unit, other = gaoping.units
    task = gaoping.to_self_assessment(unit)
    for stranger in (gaoping.upload(other), str(uuid4()), "no-id"):
        values = gaoping.self_values(unit)
        values["rows"]["2.1.1"]["evidence"] = [stranger]  # type: ignore[index]
        with pytest.raises(NotComplete) as error:
            gaoping.world.do(gaoping.liaison(unit), task.id, **values)
        assert refused(error) == {"assessments-evidence-unknown"}
        assert list(error.value.fields) == ["evidence.2.1.1"]


def test_wrong_answers_are_named_and_nothing_is_sealed(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    task = gaoping.to_self_assessment(unit)
    values = gaoping.self_values(unit, r2_2_3="三", r1_1_1="targets|quota", r2_1_1="na")
    values["rows"]["9.9.9"] = {"answer": "yes"}  # type: ignore[index]
    with pytest.raises(NotComplete) as error:
        gaoping.world.do(gaoping.liaison(unit), task.id, **values)
    assert set(error.value.fields) == {"answer.2.2.3", "answer.1.1.1", "answer.2.1.1", "rows"}
    with gaoping.world.workshop.reading() as work:
        assert work.session.scalars(select(Assessment)).all() == []


def test_a_verifier_must_say_why_points_differ_or_fall_short(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit, r2_1_2="no")
    task = gaoping.task(gaoping.verifier, "Verify", unit)
    values = gaoping.verification_values(r2_1_1="no")
    rows = values["rows"]
    rows["2.1.1"]["note"] = ""  # type: ignore[index]
    with pytest.raises(NotComplete) as error:
        gaoping.world.do(gaoping.verifier, task.id, **values)
    assert [missing.text.args["key"] for missing in error.value.missing] == ["2.1.1", "2.1.2"]
    assert refused(error) == {"assessments-reason-missing"}


def test_evidence_a_verifier_sends_along_is_dropped_and_the_unit_s_is_sealed(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    task = gaoping.task(gaoping.verifier, "Verify", unit)
    values = gaoping.verification_values()
    values["rows"]["2.1.1"]["evidence"] = [gaoping.upload(gaoping.units[1])]  # type: ignore[index]
    gaoping.world.do(gaoping.verifier, task.id, **values)
    with gaoping.world.workshop.reading() as work:
        standing = queries.standing(work, gaoping.participant_id(unit))
        stored = standard_of(work, gaoping.world.versions["gaoping"])
        own = scores_of(work, standing[Body.SELF].id, stored)["2.1.1"]
        seen = scores_of(work, standing[Body.VERIFICATION].id, stored)["2.1.1"]
        assert [row.id for row in seen.evidence] == [row.id for row in own.evidence]
        assert standing[Body.VERIFICATION].based_on_id == standing[Body.SELF].id


@pytest.mark.parametrize(
    ("answers", "total", "verdict"),
    [
        ({"r1_1_1": "none", "r2_2_3": "2", "r3_4_1": "no", "r5_1_2": "1", "r5_2_1": "no"}, "80.00", "met"),
        ({"r1_1_1": "none", "r2_2_3": "1", "r3_4_1": "no", "r5_1_2": "1", "r5_2_1": "no"}, "79.00", "not_met"),
        ({}, "100.00", "met"),
    ],
)
def test_eighty_passes_and_seventy_nine_does_not(
    gaoping: Gaoping, answers: dict[str, str], total: str, verdict: str
) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit, **answers)
    result = gaoping.result(unit)
    assert result is not None
    assert (result.body, result.total, result.verdict) == (Body.VERIFICATION, Decimal(total), verdict)


def test_taking_over_what_was_claimed_keeps_what_was_typed(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit, r2_2_3="4", r3_4_1="na")
    task_id = gaoping.task(gaoping.verifier, "Verify", unit).id
    kind = Verification()
    with gaoping.world.workshop.reading() as work:
        task = work.session.get_one(Task, task_id)
        context = TaskContext(task, None, gaoping.world.versions["gaoping"])
        form = {"answer.2.1.1": ["no"], "note.2.1.1": ["没有文件"], "answer.2.1.2": ["no"], "helper": ["accept_all"]}
        values = kind.read(work, context, form)
        assert len(values["rows"]) == 42
        assert values["rows"]["2.1.1"] == {"answer": "no", "note": "没有文件"}
        assert values["rows"]["2.1.2"] == {"answer": "no"}
        assert [each.text.args["key"] for each in kind.missing(work, context, values)] == ["2.1.2"]
        values["rows"]["2.1.2"]["note"] = "没有文件"
        assert values["rows"]["2.2.3"] == {"answer": "4", "note": "与自评一致。"}
        assert values["rows"]["3.4.1"] == {"answer": "na"}
        assert values["rows"]["1.1.1"] == {"answer": "targets"}
        assert not kind.missing(work, context, values)
        shown = kind.show(gaoping.verifier, work, context, values)
        assert shown["sheet"]["summary"]["total"] == "96"
        assert shown["sheet"]["summary"]["outcome"] == "met"


def test_what_is_shown_before_anything_is_typed(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    task_id = gaoping.to_self_assessment(unit).id
    kind = SelfAssessment()
    with gaoping.world.workshop.reading() as work:
        context = TaskContext(work.session.get_one(Task, task_id), None, gaoping.world.versions["gaoping"], "en")
        page = kind.show(gaoping.liaison(unit), work, context, {})["sheet"]
        assert page["summary"] == {
            "total": "0",
            "max": "100",
            "mark": "80",
            "inclusive": True,
            "outcome": "open",
            "shortfall": "",
            "answered": 0,
            "count": 42,
            "short": 0,
            "lost": "0",
        }
        assert [group.key for group in page["groups"]][:3] == ["1.1", "2.1", "2.2"]
        assert sum(len(group.rows) for group in page["groups"]) == 42


def test_a_unit_that_does_its_round_again_ends_what_rested_on_the_first(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit, r2_1_1="no")
    with gaoping.world.workshop.writing() as work:
        campaigns.reopen(gaoping.office, work, gaoping.campaign.id, gaoping.participant_id(unit), "材料有误")
    gaoping.world.drain()
    assert gaoping.result(unit) is not None
    gaoping.self_assess(unit)
    assert gaoping.result(unit) is None
    gaoping.verify(unit)
    result = gaoping.result(unit)
    assert result is not None
    assert (result.attempt, result.total) == (2, Decimal(100))
    with gaoping.world.workshop.reading() as work:
        rows, count = queries.history(work, gaoping.participant_id(unit))
        assert count == 4
        assert sorted(row.state for row in rows) == ["sealed", "sealed", "superseded", "superseded"]
        assert queries.broken_seals(work) == ([], None)


def test_one_task_seals_once(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    task = gaoping.to_self_assessment(unit)
    values = gaoping.self_values(unit)
    gaoping.world.do(gaoping.liaison(unit), task.id, "key-1", **values)
    assert gaoping.world.do(gaoping.liaison(unit), task.id, "key-1", **values).repeated
    with pytest.raises(Conflict):
        gaoping.world.do(gaoping.liaison(unit), task.id, "key-2", **values)
    with gaoping.world.workshop.reading() as work:
        assert len(work.session.scalars(select(Assessment)).all()) == 1


def test_a_changed_row_breaks_the_seal(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    with gaoping.world.workshop.writing() as work:
        work.session.execute(text("UPDATE score SET points = points - 1 WHERE points = 900"))
    with gaoping.world.workshop.reading() as work:
        (found,) = work.session.scalars(select(Assessment)).all()
        assert queries.broken_seals(work) == ([found.id], None)


IMPOSSIBLE = (
    "UPDATE assessment SET passed = NULL",
    "UPDATE assessment SET verdict = 'not_met'",
    "UPDATE assessment SET total = -1",
    "UPDATE assessment SET body = 'friend'",
    "UPDATE assessment SET seal_hash = 'short'",
    "UPDATE score SET points = -1",
    "UPDATE score SET criterion_id = (SELECT min(criterion_id) FROM score)",
)


def test_the_database_refuses_what_cannot_be(gaoping: Gaoping) -> None:
    gaoping.self_assess(gaoping.units[0])
    with gaoping.world.workshop.writing() as work:
        for statement in IMPOSSIBLE:
            with pytest.raises(IntegrityError), work.session.begin_nested():
                work.session.execute(text(statement))


def test_two_standing_results_of_one_body_are_refused_by_the_database(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit)
    with gaoping.world.workshop.writing() as work:
        with pytest.raises(IntegrityError):
            work.session.execute(text("UPDATE assessment SET body = 'self', attempt = 7 WHERE body = 'verification'"))
        work.session.rollback()


def test_points_are_kept_as_whole_hundredths(gaoping: Gaoping) -> None:
    gaoping.self_assess(gaoping.units[0], r2_2_3="3")
    with gaoping.world.workshop.reading() as work:
        assert work.session.execute(text("SELECT sum(points) FROM score")).scalar_one() == 9800
        assert work.session.execute(text("SELECT total, typeof(total) FROM assessment")).one() == (9800, "integer")
        assert {type(row.points) for row in work.session.scalars(select(Score))} == {Decimal}
