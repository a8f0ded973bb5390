"""A gate passed with conditions: what is refused, what becomes of them, and what the process hears."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from server.actor import OnBehalf, Source
from server.audit.models import AuditRow
from server.audit.verbs import Verb
from server.campaigns.models import Campaign
from server.errors import NotAllowed, NotFound, Stale
from server.recognitions import conditions, queries
from server.recognitions.models import GateCondition
from server.recognitions.pages import recognised_page
from server.tasks import operations
from server.tasks.models import Decision, Origin, Task
from server.tasks.operations import NotComplete
from tests.assessments.support import Gaoping
from tests.recognitions.test_gate import card_of, decide, submit, to_gate

LINE = {"unit": "all", "what": "公共机构节水改造全部完成", "by": "2026-06-30"}


def agree(gaoping: Gaoping, *lines: Any, **more: Any) -> None:
    decide(gaoping, verdict="conditional", seen=card_of(gaoping).hash, conditions=list(lines), **more)


def wrong(gaoping: Gaoping, *lines: Any) -> list[str]:
    with pytest.raises(NotComplete) as error:
        agree(gaoping, *lines)
    assert set(error.value.fields) == {"conditions"}
    return [message.key.removeprefix("recognitions-condition-") for message in error.value.fields["conditions"]]


def test_a_yes_with_conditions_goes_on_as_a_yes_and_opens_a_task_for_each_unit(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    first, second = gaoping.units
    agree(gaoping, LINE, {"unit": str(second.id), "what": "补报台账", "by": "2026-05-20"}, reason="原则同意。")
    with gaoping.world.workshop.reading() as work:
        assert [row.unit_name for row in queries.recognised(work, gaoping.campaign.id)] == [first.name]
        assert work.session.get_one(Campaign, gaoping.campaign.id).state == "ended"
        decision = work.session.scalars(select(Decision).where(Decision.verdict == "conditional")).one()
        assert decision.opinion.splitlines() == [
            "原则同意。",
            "条件 1：全部参评单位，公共机构节水改造全部完成（2026-06-30前）",
            f"条件 2：{second.name}，补报台账（2026-05-20前）",
        ]
        found = work.session.execute(
            select(Task.unit_id, Task.matter, Task.due_at, Task.origin)
            .where(Task.kind == conditions.MEET)
            .order_by(Task.matter, Task.unit_id)
        ).all()
        assert {(row[0], row[1], row[2].date().isoformat(), row[3]) for row in found} == {
            (first.id, LINE["what"], LINE["by"], Origin.REQUEST),
            (second.id, LINE["what"], LINE["by"], Origin.REQUEST),
            (second.id, "补报台账", "2026-05-20", Origin.REQUEST),
        }
        assert len(found) == 3
        written = work.session.scalars(select(AuditRow).where(AuditRow.verb == Verb.CONDITION_SET)).all()
        assert sorted(row.details["what"] for row in written) == sorted([LINE["what"], "补报台账"])


def test_a_unit_says_what_it_has_done_and_the_condition_is_met(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    first, second = gaoping.units
    agree(gaoping, LINE)
    (task,) = [each for each in gaoping.world.inbox(gaoping.liaison(first)) if each.kind == conditions.MEET]
    with pytest.raises(NotComplete):
        gaoping.world.do(gaoping.liaison(first), task.id, done="  ")
    with pytest.raises(NotFound):
        gaoping.world.do(gaoping.liaison(second), task.id, done="不是本单位的")
    gaoping.world.do(gaoping.liaison(first), task.id, done="已经改造完成。")
    with gaoping.world.workshop.reading() as work:
        (row,) = conditions.of_campaign(work, gaoping.campaign.id)
        assert (row.met, row.asked, row.unit_name) == (1, 2, "")
        (named,) = queries.recognised(work, gaoping.campaign.id)
        assert recognised_page(named, [row])["conditional"]
        assert not recognised_page(named, [replace(row, unit_id=second.id)])["conditional"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"what": ""}, "what"),
        ({"what": "长" * 201}, "long"),
        ({"by": ""}, "by"),
        ({"by": "下周"}, "by"),
        ({"by": "2026-04-30"}, "past"),
        ({"by": "2999-01-01"}, "far"),
        ({"unit": "019b0000-0000-7000-8000-000000000000"}, "unit"),
        ({"unit": "x"}, "unit"),
    ],
)
def test_a_condition_that_says_too_little_is_refused(gaoping: Gaoping, change: dict[str, str], fault: str) -> None:
    to_gate(gaoping)
    assert wrong(gaoping, {**LINE, **change}) == [fault]


def test_other_conditions_that_cannot_be(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    assert wrong(gaoping) == ["none"]
    assert wrong(gaoping, "x", 7) == ["what", "by", "what", "by"]
    assert wrong(gaoping, *[LINE] * 9) == ["many"]
    assert wrong(gaoping, {**LINE, "unit": str(gaoping.world.authority.id)}) == ["unit"]
    with pytest.raises(NotComplete) as error:
        decide(gaoping, verdict="approve", seen=card_of(gaoping).hash, conditions=[LINE])
    assert [each.key for each in error.value.fields["conditions"]] == ["recognitions-condition-unused"]
    with gaoping.world.workshop.reading() as work:
        assert work.session.scalars(select(GateCondition)).all() == []


def test_a_card_that_changed_opens_no_condition(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    with pytest.raises(Stale):
        decide(gaoping, verdict="conditional", seen="0" * 64, conditions=[LINE])
    with gaoping.world.workshop.reading() as work:
        assert work.session.scalars(select(Task).where(Task.kind == conditions.MEET)).all() == []


def test_a_double_click_sets_the_conditions_once(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    task = gaoping.task(gaoping.leader, "Approve")
    values = {"verdict": "conditional", "seen": card_of(gaoping).hash, "conditions": [LINE]}
    repeated = []
    for _ in range(2):
        with gaoping.world.workshop.writing() as work:
            repeated.append(operations.complete(gaoping.leader, work, task.id, values, "one-key").repeated)
    assert repeated == [False, True]
    with gaoping.world.workshop.reading() as work:
        assert len(work.session.scalars(select(GateCondition)).all()) == 1


def test_conditions_are_entered_from_a_meeting_and_never_from_a_call(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    task = gaoping.task(gaoping.leader, "Approve")
    values = {"verdict": "conditional", "seen": card_of(gaoping).hash, "conditions": [LINE]}
    for source, through in ((Source.PHONE, False), (Source.MEETING, True)):
        actor = replace(gaoping.office, on_behalf=OnBehalf("某主任", source))
        with gaoping.world.workshop.writing() as work:
            if not through:
                with pytest.raises(NotAllowed):
                    operations.complete(actor, work, task.id, values, source.value)
                continue
            operations.complete(actor, work, task.id, values, source.value)
            assert [row.set_by for row in work.session.scalars(select(GateCondition))] == ["某主任"]


def test_a_return_names_the_units_and_the_next_card_compares(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    second = gaoping.units[1]
    decide(gaoping, verdict="return", seen=card_of(gaoping).hash, phrase="请核实后再报。", units=[str(second.id)])
    with gaoping.world.workshop.reading() as work:
        said = work.session.scalars(select(Decision.opinion).where(Decision.verdict == "return")).one()
        assert said == f"请核实后再报。\n请再核实：{second.name}"
    submit(gaoping)
    again = gaoping.task(gaoping.leader, "Approve")
    with gaoping.world.workshop.reading() as work:
        last = queries.last_numbers(work, gaoping.campaign.id, again.id)
        assert last is not None
        assert (last.verdict, last.numbers.passed, last.numbers.short) == ("return", 1, 1)


def test_units_go_with_a_return_only_and_are_of_the_list(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    seen = card_of(gaoping).hash
    for verdict, unit, key in (
        ("approve", str(gaoping.units[1].id), "recognitions-units-unused"),
        ("return", str(gaoping.world.authority.id), "recognitions-units-unknown"),
    ):
        with pytest.raises(NotComplete) as error:
            decide(gaoping, verdict=verdict, seen=seen, units=[unit], reason="x")
        assert [each.key for each in error.value.fields["units"]] == [key]
