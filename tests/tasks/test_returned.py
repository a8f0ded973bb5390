"""Returned spreadsheets fill drafts: of the right task only, by those who may, and never more than the draft."""

import io
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from server.actor import Actor, OnBehalf, Source
from server.audit.models import AuditRow
from server.errors import Conflict, Invalid, NotFound
from server.evidence.models import Evidence
from server.processes.models import ProcessDefinition
from server.tasks import operations, queries, returned
from server.tasks.models import Decision, Draft, Task
from server.tasks.returned import Taken
from tests.assessments.support import Gaoping
from tests.tasks.paper import as_csv, filled, looked, made, saved
from tests.world import World


def take(world: World, actor: Actor, task_id: UUID, content: bytes, name: str = "回.xlsx") -> Taken:
    found = looked(world, content, name)
    with world.workshop.writing() as work:
        return returned.take(actor, work, task_id, found)


def draft(world: World, task_id: UUID) -> Draft | None:
    with world.workshop.reading() as work:
        found = work.session.get(Draft, task_id)
        work.session.expunge_all()
        return found


def refused(world: World, actor: Actor, task_id: UUID, content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        take(world, actor, task_id, content)
    assert draft(world, task_id) is None
    return str(caught.value.message)


@pytest.fixture
def task(world: World) -> Task:
    world.open_campaign()
    return world.inbox(world.actor(world.units[0], "liaison"))[0]


def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


def test_a_unit_fills_its_own_draft_and_hands_in_itself(world: World, task: Task) -> None:
    liaison = world.actor(world.units[0], "liaison")
    with world.workshop.writing() as work:
        operations.save_draft(liaison, work, task.id, {"summary": "", "proof": ["x"]})
    taken = take(world, liaison, task.id, filled(made(world, task.id), {"1": "表格里的做法"}))
    assert (taken.count, taken.problems, taken.proof) == (1, (), None)
    kept = draft(world, task.id)
    assert kept is not None
    assert kept.values == {"summary": "表格里的做法", "proof": ["x"]}
    assert kept.proof_id is None
    assert [each.id for each in world.inbox(liaison)] == [task.id]


def test_what_an_office_enters_keeps_the_file_as_its_proof(any_world: World) -> None:
    world = any_world
    world.open_campaign()
    task = world.inbox(world.actor(world.units[0], "liaison"))[0]
    content = filled(made(world, task.id), {"1": "表格里的做法"}, signer="王五")
    taken = take(world, office(world), task.id, content, "一 单位.xlsx")
    again = take(world, office(world), task.id, content, "一 单位.xlsx")
    assert taken.proof is not None
    assert again.proof is not None
    assert (taken.proof.name, again.proof.id) == ("一 单位.xlsx", taken.proof.id)
    kept = draft(world, task.id)
    assert kept is not None
    assert (kept.proof_id, kept.filled_in_by) == (taken.proof.id, "王五")
    with world.workshop.writing() as work:
        operations.save_draft(office(world), work, task.id, {"summary": "又改了"})
    still = draft(world, task.id)
    assert still is not None
    assert still.proof_id == taken.proof.id
    behalf = OnBehalf("王五", Source.FILE, scan_evidence_id=taken.proof.id)
    world.do(operations.on_behalf(office(world), behalf), task.id, summary="又改了")
    with world.workshop.reading() as work:
        decision = work.session.scalars(select(Decision).where(Decision.task_id == task.id)).one()
        assert (decision.source, decision.scan_evidence_id) == ("file", taken.proof.id)
        verbs = work.session.scalars(select(AuditRow.verb).where(AuditRow.verb == "task:sheet-taken")).all()
        assert len(verbs) == 2
        assert len(work.session.scalars(select(Evidence.id)).all()) == 1


def test_strangers_and_those_who_only_look_are_not_let_in(world: World, task: Task) -> None:
    content = filled(made(world, task.id), {"1": "做法"})
    other = world.actor(world.units[1], "liaison")
    for actor in (other, world.actor(world.units[0], "head"), world.actor(world.authority, "verifier")):
        with pytest.raises(NotFound):
            take(world, actor, task.id, content)
    assert draft(world, task.id) is None


def test_a_closed_task_is_not_filled(world: World, task: Task) -> None:
    liaison, content = world.actor(world.units[0], "liaison"), filled(made(world, task.id), {"1": "做法"})
    world.do(liaison, task.id, summary="做好了")
    with pytest.raises((Conflict, NotFound)):
        take(world, liaison, task.id, content)
    with pytest.raises(Conflict):
        take(world, office(world), task.id, content)
    with pytest.raises(Conflict):
        made(world, task.id)


def test_a_file_of_another_unit_is_refused_and_named_only_to_who_may_see_it(world: World, task: Task) -> None:
    other = world.inbox(world.actor(world.units[1], "liaison"))[0]
    content = filled(made(world, other.id), {"1": "别家的做法"})
    liaison = world.actor(world.units[0], "liaison")
    assert refused(world, liaison, task.id, content) == "这份表格不属于这项待办。"
    assert "示例单位02" in refused(world, office(world), task.id, content)


def test_a_file_of_an_earlier_version_is_refused(world: World, task: Task) -> None:
    content = filled(made(world, task.id), {"1": "做法"})
    with world.workshop.writing() as work:
        definition = work.session.get_one(ProcessDefinition, task.definition_id)
        newer = ProcessDefinition(
            **{
                column.key: getattr(definition, column.key)
                for column in ProcessDefinition.__table__.columns
                if column.key not in ("id", "scheme_version_id")
            },
            id=uuid4(),
            scheme_version_id=world.versions["seasons"],
        )
        work.session.add(newer)
        work.session.flush()
        work.session.get_one(Task, task.id).definition_id = newer.id
    assert "以前的方案版本" in refused(world, world.actor(world.units[0], "liaison"), task.id, content)


def marked(content: bytes, mark: str) -> bytes:
    """The file with other words for its marks; nothing else is changed."""
    book = load_workbook(io.BytesIO(content))
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and "GG1." in cell.value:
                    cell.value = mark
    return saved(book)


def test_a_mark_that_was_changed_taken_away_or_doubled_is_refused(world: World, task: Task) -> None:
    content = made(world, task.id)
    other = world.inbox(world.actor(world.units[1], "liaison"))[0]
    mark = load_workbook(io.BytesIO(content))["greengate"]["A1"].value
    second = load_workbook(io.BytesIO(made(world, other.id)))["greengate"]["A1"].value
    forged = mark.replace(mark[6], "B" if mark[6] == "A" else "A", 1)
    for words, key in (
        (forged, "sheet-forged"),
        ("", "sheet-not-ours"),
        ("GG1.x", "sheet-not-ours"),
        (f"{mark} {second}", "sheet-two-marks"),
    ):
        with pytest.raises(Invalid) as caught:
            looked(world, marked(content, words))
        assert caught.value.message.key == key


def test_the_mark_at_the_foot_is_enough_and_so_is_the_hidden_one(world: World, task: Task) -> None:
    liaison = world.actor(world.units[0], "liaison")
    content = filled(made(world, task.id), {"1": "做法"})
    assert take(world, liaison, task.id, as_csv(content, "gb18030"), "回.csv").count == 1
    book = load_workbook(io.BytesIO(content))
    page = book.worksheets[0]
    page.delete_rows(page.max_row)
    assert take(world, liaison, task.id, saved(book)).count == 1


def test_a_file_made_in_one_language_is_read_by_who_reads_the_other(world: World, task: Task) -> None:
    content = filled(made(world, task.id, "en"), {("1", "Answer"): "words"}, codes="No.")
    taken = take(world, world.actor(world.units[0], "liaison"), task.id, content)
    assert taken.values["summary"] == "words"


def test_the_office_finds_the_steps_of_a_campaign_and_others_find_none(world: World) -> None:
    campaign = world.open_campaign()
    with world.workshop.reading() as work:
        (step,) = returned.steps(office(world), work, campaign.id, "zh-CN")
        assert step.count == 3
        found = returned.pages(office(world), work, campaign.id, step.element_id, at_most=2)
        assert [page.unit_name for page in found] == ["示例单位01", "示例单位02"]
        liaison = world.actor(world.units[0], "liaison")
        assert returned.steps(liaison, work, campaign.id, "zh-CN") == ()


def test_a_self_assessment_is_filled_row_by_row(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    task = gaoping.to_self_assessment(unit)
    proof = gaoping.upload(unit)
    with gaoping.world.workshop.writing() as work:
        before = {"rows": {"2.1.1": {"answer": "yes", "evidence": [proof]}, "2.1.2": {"answer": "no", "note": "旧"}}}
        operations.save_draft(gaoping.liaison(unit), work, task.id, before)
    content = filled(
        made(gaoping.world, task.id),
        {
            ("1.1.1", "自评结果"): "不涉及",
            ("2.1.1", "原件存放处"): "3 号柜",
            ("2.1.2", "自评结果"): "符合",
            ("2.2.3", "自评结果"): "５",
            ("2.1.3", "自评结果"): "大概符合",
            "R1": "已全面自评。\n第二段",
        },
    )
    taken = take(gaoping.world, gaoping.office, task.id, content)
    rows = taken.values["rows"]
    assert rows["2.1.1"] == {"answer": "yes", "evidence": [proof], "on_paper": "3 号柜"}
    assert rows["2.1.2"] == {"answer": "yes", "note": "旧"}
    assert rows["2.2.3"] == {"answer": "5"}
    assert taken.values["report"] == "已全面自评。\n第二段"
    assert "2.1.3" not in rows
    wrong = [(each.column, each.cause.key) for each in taken.problems]
    assert ("自评结果", "sheet-cell-choice") in wrong


def test_the_paper_of_a_self_assessment_names_every_criterion(gaoping: Gaoping) -> None:
    task = gaoping.to_self_assessment(gaoping.units[0])
    with gaoping.world.workshop.reading() as work:
        page = queries.task_page(work, task.id)
        assert page is not None
        sheet = returned.sheet_of(work, page, "zh-CN")
    assert sheet is not None
    assert sheet.landscape
    codes = [line.code for line in sheet.blocks[0].lines if line.code]
    assert codes[0] == "1.1.1"
    assert len(codes) == len(set(codes)) > 30
    assert [line.code for line in sheet.blocks[1].lines] == ["R1", "R2"]


def test_a_mending_is_filled_and_its_paper_says_what_fell_short(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit, r1_1_1="none", r2_2_3="1", r3_4_1="no", r5_1_2="1", r5_2_1="no")
    task = gaoping.task(gaoping.liaison(unit), "Mend", matter="2.2.3")
    content = made(gaoping.world, task.id)
    assert "2.2.3 现场核查不符" in as_csv(content).decode()
    taken = take(gaoping.world, gaoping.office, task.id, filled(content, {"1": "已经整改", "2": "2 号柜"}))
    assert taken.values == {"done": "已经整改", "on_paper": "2 号柜"}
    assert taken.page.unit_name == unit.name
