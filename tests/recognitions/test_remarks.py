"""A leader's remark: who may write one, what is refused, the tasks that it becomes, and what comes back."""

from dataclasses import replace
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from server.actor import Actor, Grant, OnBehalf, Source
from server.audit.models import AuditRow
from server.audit.verbs import Verb
from server.campaigns import operations as campaigns
from server.campaigns import queries as campaign_queries
from server.campaigns.models import Participant
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.evidence import operations as evidence
from server.identity.models import PermissionGrant, PostKindDomain
from server.recognitions import remark_queries, remarks
from server.recognitions.models import Remark, RemarkPart
from server.recognitions.remarks import HANDLE, LOOK, Typed
from server.tasks.models import Task
from server.tasks.operations import NotComplete
from server.tasks.rules import Light
from tests.assessments.support import Gaoping
from tests.recognitions.test_gate import to_gate
from tests.recognitions.test_preparing import secretary

DAY = "2026-04-30"


def leader(gaoping: Gaoping) -> Actor:
    """The leader with what their post may do in an installation."""
    path = gaoping.world.authority.path
    more = (Grant("gate.decide", path), Grant("campaign.view", gaoping.world.root_path))
    return replace(gaoping.leader, grants=(*gaoping.leader.grants, *more))


def said(gaoping: Gaoping, **more: object) -> Typed:
    typed = Typed(words="请抓紧整改。", by=DAY, units=tuple(str(unit.id) for unit in gaoping.units))
    return replace(typed, **more)  # type: ignore[arg-type]


def write(gaoping: Gaoping, actor: Actor, typed: Typed, key: str = "", gate: UUID | None = None) -> UUID:
    with gaoping.world.workshop.writing() as work:
        return remarks.write(actor, work, gaoping.campaign.id, gate, typed, key or uuid4().hex)


def tasks_of(gaoping: Gaoping, actor: Actor, kind: str) -> list[Task]:
    return [task for task in gaoping.world.inbox(actor) if task.kind == kind]


def shares(gaoping: Gaoping, actor: Actor) -> list[tuple[str, str, int]]:
    with gaoping.world.workshop.reading() as work:
        detail = campaign_queries.campaign(work, gaoping.campaign.id)
        assert detail is not None
        rows, _ = remark_queries.of_campaign(actor, work, detail)
        return [(part.unit_name, part.state, part.attempt) for row in rows for part in row.parts]


def test_each_unit_named_gets_a_task_with_its_own_date(gaoping: Gaoping) -> None:
    first, second = gaoping.units
    write(gaoping, leader(gaoping), said(gaoping, days={str(second.id): "2026-05-15"}))
    (one,), (two,) = (tasks_of(gaoping, gaoping.liaison(unit), HANDLE) for unit in (first, second))
    assert (one.matter, one.unit_id) == ("请抓紧整改。", first.id)
    assert one.due_at is not None
    assert two.due_at is not None
    assert (one.due_at.date().isoformat(), two.due_at.date().isoformat()) == (DAY, "2026-05-15")
    with gaoping.world.workshop.reading() as work:
        (row,) = work.session.scalars(select(AuditRow).where(AuditRow.verb == Verb.REMARK_WRITTEN)).all()
        assert row.details["units"] == 2


def test_an_answer_goes_back_to_the_leader_who_asks_again_and_settles(gaoping: Gaoping) -> None:
    first, _ = gaoping.units
    write(gaoping, leader(gaoping), said(gaoping, units=(str(first.id),)))
    liaison, world = gaoping.liaison(first), gaoping.world
    with world.workshop.writing() as work:
        file = evidence.add(liaison, work, first.id, gaoping.campaign.id, BytesIO("整改台账".encode()), "台账.txt")
    (task,) = tasks_of(gaoping, liaison, HANDLE)
    world.do(liaison, task.id, done="已整改一半。", evidence=[str(file.id)])
    world.later(hours=1)
    assert shares(gaoping, leader(gaoping)) == [(first.name, "answered", 1)]
    (look,) = tasks_of(gaoping, leader(gaoping), LOOK)
    assert first.name in look.matter
    for lacking in ({}, {"opinion": "还差一半"}, {"opinion": "还差一半", "day": "2020-01-01"}, {"day": "2026-06-01"}):
        with pytest.raises(NotComplete):
            world.do(leader(gaoping), look.id, verdict="again", **lacking)
    world.do(leader(gaoping), look.id, verdict="again", opinion="还差一半", day="2026-06-01")
    world.later(hours=1)
    (task,) = tasks_of(gaoping, liaison, HANDLE)
    assert shares(gaoping, leader(gaoping)) == [(first.name, "asked", 2)]
    world.do(liaison, task.id, done="全部整改。")
    world.later(hours=1)
    (look,) = tasks_of(gaoping, leader(gaoping), LOOK)
    world.do(leader(gaoping), look.id, verdict="settled")
    assert shares(gaoping, leader(gaoping)) == [(first.name, "closed", 2)]
    with world.workshop.reading() as work:
        part = work.session.scalars(select(RemarkPart)).one()
        rounds = remark_queries.rounds(work, part)
        assert [(each.kind, each.words) for each in rounds] == [
            ("answer", "已整改一半。"),
            ("look", "还差一半"),
            ("answer", "全部整改。"),
            ("look", ""),
        ]
        assert [row.name for row in rounds[0].files] == ["台账.txt"]
        verbs = (Verb.REMARK_ASKED_AGAIN, Verb.REMARK_CLOSED)
        written = work.session.scalars(select(AuditRow.verb).where(AuditRow.verb.in_(verbs))).all()
        assert sorted(written) == sorted(verbs)
        (mine,) = remark_queries.own(leader(gaoping), work)
        assert mine.words == "请抓紧整改。"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"words": ""}, "words"),
        ({"words": "长" * 2001}, "words"),
        ({"units": ()}, "units"),
        ({"units": ("x",)}, "units"),
        ({"units": (str(uuid4()),)}, "units"),
        ({"by": ""}, "by"),
        ({"by": "下周"}, "by"),
        ({"by": "2020-01-01"}, "by"),
        ({"by": "2999-01-01"}, "by"),
    ],
)
def test_what_says_too_little_is_refused(gaoping: Gaoping, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as error:
        write(gaoping, leader(gaoping), said(gaoping, **change))
    assert field in error.value.fields
    with gaoping.world.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(Remark)) == 0


def test_all_units_are_named_at_once_and_not_more_than_the_limit(
    gaoping: Gaoping, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = said(gaoping, units=(), everybody=True)
    write(gaoping, leader(gaoping), everybody)
    assert len(shares(gaoping, leader(gaoping))) == 2
    monkeypatch.setattr(remarks, "UNITS_AT_MOST", 1)
    with pytest.raises(Invalid) as error:
        write(gaoping, leader(gaoping), everybody)
    assert set(error.value.fields) == {"units"}


def test_the_office_may_be_named(gaoping: Gaoping) -> None:
    write(gaoping, leader(gaoping), said(gaoping, units=(str(gaoping.world.authority.id),)))
    assert [name for name, _, _ in shares(gaoping, leader(gaoping))] == [gaoping.world.authority.name]


def test_who_may_write(gaoping: Gaoping) -> None:
    first, _ = gaoping.units
    world = gaoping.world
    with pytest.raises(NotAllowed):
        write(gaoping, gaoping.liaison(first), said(gaoping))
    stranger = replace(gaoping.liaison(first), unit_id=uuid4(), grants=(), seat_keys=frozenset())
    with pytest.raises(NotFound):
        write(gaoping, stranger, said(gaoping))
    assistant = secretary(world, world.authority)
    with pytest.raises(NotAllowed):
        write(gaoping, replace(assistant, grants=leader(gaoping).grants), said(gaoping))
    with pytest.raises(NotAllowed):
        write(gaoping, replace(assistant, grants=gaoping.office.grants), said(gaoping, name="某主任", source="meeting"))


def test_the_office_enters_from_a_meeting_and_never_from_a_call(gaoping: Gaoping) -> None:
    with gaoping.world.workshop.writing() as work:
        work.session.add(PostKindDomain(post_kind="leader", domain="business"))
        work.session.flush()
        work.session.add(PermissionGrant(id=uuid4(), post_kind="leader", domain="business", permission="gate.decide"))
    for more in ({}, {"name": "某主任", "source": "phone"}, {"name": "", "source": "meeting"}):
        with pytest.raises(Invalid):
            write(gaoping, gaoping.office, said(gaoping, **more))
    write(gaoping, gaoping.office, said(gaoping, name="某主任", source="meeting"))
    with gaoping.world.workshop.reading() as work:
        remark = work.session.scalars(select(Remark)).one()
        assert (remark.name, remark.entered_by, remark.person_id) == ("某主任", gaoping.office.name, None)
    first, _ = gaoping.units
    (task,) = tasks_of(gaoping, gaoping.liaison(first), HANDLE)
    gaoping.world.do(gaoping.liaison(first), task.id, done="已办。")
    assert len(tasks_of(gaoping, leader(gaoping), LOOK)) == 1


def test_a_secretary_settles_nothing(gaoping: Gaoping) -> None:
    first, _ = gaoping.units
    write(gaoping, leader(gaoping), said(gaoping, units=(str(first.id),)))
    (task,) = tasks_of(gaoping, gaoping.liaison(first), HANDLE)
    gaoping.world.do(gaoping.liaison(first), task.id, done="已办。")
    (look,) = tasks_of(gaoping, leader(gaoping), LOOK)
    assistant = secretary(gaoping.world, gaoping.world.authority)
    borrowed = replace(assistant, seat_keys=assistant.seat_keys | leader(gaoping).seat_keys)
    with pytest.raises(NotAllowed):
        gaoping.world.do(borrowed, look.id, verdict="settled")


def test_a_double_click_writes_one_remark(gaoping: Gaoping) -> None:
    assert write(gaoping, leader(gaoping), said(gaoping), "k") == write(gaoping, leader(gaoping), said(gaoping), "k")
    assert len(shares(gaoping, leader(gaoping))) == 2
    assert write(gaoping, gaoping.office, said(gaoping, name="某主任", source="paper"), "k")
    assert len(shares(gaoping, leader(gaoping))) == 4


def test_who_answered_does_not_settle_it_too(gaoping: Gaoping) -> None:
    first, _ = gaoping.units
    write(gaoping, leader(gaoping), said(gaoping, units=(str(first.id),)))
    (task,) = tasks_of(gaoping, gaoping.liaison(first), HANDLE)
    by_phone = replace(gaoping.office, on_behalf=OnBehalf(name="某人", source=Source.PHONE))
    gaoping.world.do(by_phone, task.id, done="已办。")
    (look,) = tasks_of(gaoping, leader(gaoping), LOOK)
    from_meeting = replace(gaoping.office, on_behalf=OnBehalf(name="某主任", source=Source.MEETING))
    with pytest.raises(NotAllowed):
        gaoping.world.do(from_meeting, look.id, verdict="settled")
    gaoping.world.do(leader(gaoping), look.id, verdict="settled")


def test_a_number_of_a_person_is_kept_to_the_remark_itself(gaoping: Gaoping) -> None:
    first, _ = gaoping.units
    write(gaoping, leader(gaoping), said(gaoping, words="请与张三13800138000联系。", units=(str(first.id),)))
    (task,) = tasks_of(gaoping, gaoping.liaison(first), HANDLE)
    assert "13800138000" not in task.matter
    with gaoping.world.workshop.reading() as work:
        assert "13800138000" in work.session.scalars(select(Remark.words)).one()


def test_other_words_under_the_same_key_are_not_dropped_in_silence(gaoping: Gaoping) -> None:
    write(gaoping, leader(gaoping), said(gaoping), "k")
    with pytest.raises(Conflict):
        write(gaoping, leader(gaoping), said(gaoping, words="改过的话。"), "k")


def test_units_see_what_is_asked_of_them_alone_and_a_late_one_is_red(gaoping: Gaoping) -> None:
    first, second = gaoping.units
    write(gaoping, leader(gaoping), said(gaoping))
    write(gaoping, leader(gaoping), said(gaoping, units=(str(second.id),)))
    assert shares(gaoping, gaoping.liaison(first)) == [(first.name, "asked", 1)]
    (task,) = tasks_of(gaoping, gaoping.liaison(first), HANDLE)
    with pytest.raises(NotFound):
        gaoping.world.do(gaoping.liaison(second), task.id, done="不是本单位的")
    gaoping.world.later(days=90)
    with gaoping.world.workshop.reading() as work:
        detail = campaign_queries.campaign(work, gaoping.campaign.id)
        assert detail is not None
        rows, _ = remark_queries.of_campaign(leader(gaoping), work, detail)
        assert {part.light for row in rows for part in row.parts} == {Light.RED}
        note = remark_queries.note(leader(gaoping), work, gaoping.campaign.id)
        assert note is not None
        assert (note[0], note[1].args["late"]) == ("bad", 3)
        own = remark_queries.note(gaoping.liaison(first), work, gaoping.campaign.id)
        assert own is not None
        assert own[1].args["all"] == 1


def test_who_leaves_owes_no_answer_and_what_was_answered_is_still_settled(gaoping: Gaoping) -> None:
    first, second = gaoping.units
    write(gaoping, leader(gaoping), said(gaoping))
    (task,) = tasks_of(gaoping, gaoping.liaison(second), HANDLE)
    gaoping.world.do(gaoping.liaison(second), task.id, done="已办。")
    with gaoping.world.workshop.writing() as work:
        for participant_id in work.session.scalars(select(Participant.id).order_by(Participant.number)).all():
            campaigns.withdraw(gaoping.office, work, gaoping.campaign.id, participant_id, "机构撤销")
    assert shares(gaoping, leader(gaoping)) == [(first.name, "dropped", 1), (second.name, "answered", 1)]
    assert tasks_of(gaoping, gaoping.liaison(first), HANDLE) == []
    (look,) = tasks_of(gaoping, leader(gaoping), LOOK)
    with pytest.raises(NotComplete):
        gaoping.world.do(leader(gaoping), look.id, verdict="again", opinion="还差", day="2026-06-01")
    gaoping.world.do(leader(gaoping), look.id, verdict="settled")
    with pytest.raises(Invalid):
        write(gaoping, leader(gaoping), said(gaoping))


def test_a_remark_on_a_gate_is_of_its_campaign(gaoping: Gaoping) -> None:
    gate = UUID(to_gate(gaoping))
    write(gaoping, leader(gaoping), said(gaoping, by="2026-12-01"), gate=gate)
    with gaoping.world.workshop.reading() as work:
        assert remark_queries.of_gate(leader(gaoping), work, gaoping.campaign.id, gate) == (1, True)
        first, _ = gaoping.units
        assert remark_queries.of_gate(gaoping.liaison(first), work, gaoping.campaign.id, gate) == (1, False)
    with pytest.raises(NotFound):
        write(gaoping, leader(gaoping), said(gaoping, by="2026-12-01"), gate=uuid4())


def test_a_campaign_that_was_called_off_takes_no_remark(gaoping: Gaoping) -> None:
    with gaoping.world.workshop.writing() as work:
        campaign = work.session.get_one(type(gaoping.campaign), gaoping.campaign.id)
        campaign.state = "cancelled"
    with pytest.raises(Conflict):
        write(gaoping, leader(gaoping), said(gaoping))
