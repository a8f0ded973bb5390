"""The gate and the recognised list at the end of a running campaign."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign
from server.errors import NotFound, Stale
from server.processes.models import ProcessInstance
from server.processes.registry import Running
from server.recognitions import operations, queries
from server.recognitions.models import Recognition
from server.recognitions.rules import GateCard, Standing
from server.recognitions.views import safe
from server.tasks.models import Decision
from server.tasks.operations import NotComplete
from tests.assessments.kept import come_to
from tests.assessments.support import Gaoping

LOSING = {"r1_1_1": "none", "r2_2_4": "no", "r2_2_5": "no", "r3_2_1": "no", "r3_2_2": "no", "r5_2_1": "no"}
"""100 - 9 - 5 * 3 = 76."""


def to_gate(gaoping: Gaoping) -> str:
    """One unit passes, one falls short and mends nothing; the list is submitted. Returns the gate task's id."""
    come_to(gaoping, _play_to_gate)
    return str(gaoping.task(gaoping.leader, "Approve").id)


def _play_to_gate(gaoping: Gaoping) -> None:
    first, second = gaoping.units
    gaoping.self_assess(first)
    gaoping.verify(first)
    gaoping.self_assess(second)
    gaoping.verify(second, **LOSING)
    gaoping.world.later(days=60)
    submit(gaoping)


def submit(gaoping: Gaoping) -> None:
    task = gaoping.task(gaoping.office, "Summarise")
    gaoping.world.do(gaoping.office, task.id, verdict="submit", opinion="建议认定。")


def card_of(gaoping: Gaoping) -> GateCard:
    with gaoping.world.workshop.reading() as work:
        return queries.gate_card(work, gaoping.campaign.id)


def decide(gaoping: Gaoping, **values: str) -> None:
    gaoping.world.do(gaoping.leader, gaoping.task(gaoping.leader, "Approve").id, **values)


def test_the_card_shows_every_participant_as_it_stands(gaoping: Gaoping) -> None:
    assert [row.standing for row in card_of(gaoping).rows] == [Standing.NOT_HANDED_IN] * 2
    to_gate(gaoping)
    card = card_of(gaoping)
    assert [(row.number, row.standing, row.self_total, row.total, row.lacking) for row in card.rows] == [
        (1, Standing.PASSED, "100", "100", ""),
        (2, Standing.SHORT, "100", "76", "4"),
    ]
    assert (card.rate.recognised, card.rate.in_scope) == (1, 2)
    assert card.aim is None


def test_a_yes_on_what_was_shown_names_those_who_passed(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    seen = card_of(gaoping).hash
    decide(gaoping, verdict="approve", seen=seen)
    with gaoping.world.workshop.reading() as work:
        (named,) = queries.recognised(work, gaoping.campaign.id)
        assert (named.unit_name, named.total, named.from_on.isoformat()) == (
            gaoping.units[0].name,
            Decimal(100),
            "2026-05-01",
        )
        (other,) = queries.not_recognised(work, gaoping.campaign.id)
        assert (other.unit_name, other.standing, other.lacking) == (gaoping.units[1].name, Standing.SHORT, "4")
        row = queries.rate_of(work, gaoping.campaign.id)
        assert (row.rate.percent, row.withdrawn, row.aim) == (Decimal(50), 0, None)
        decision = work.session.scalars(select(Decision).where(Decision.verdict == "approve")).one()
        assert decision.seen_hash == seen
        assert work.session.get_one(Campaign, gaoping.campaign.id).state == "ended"
        shown = queries.campaign_results(work, gaoping.campaign.id, [other.participant_id, other.unit_id])
        assert shown[other.participant_id].verified_total == "76"
        assert not shown[other.participant_id].recognised
        target = queries.campaign_target(work, gaoping.campaign.id)
        assert target is not None
        assert (target.percent, target.aim, target.reached) == ("50", None, None)


def test_a_list_that_changed_after_it_was_shown_is_refused(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    seen = card_of(gaoping).hash
    with gaoping.world.workshop.writing() as work:
        campaigns.withdraw(gaoping.office, work, gaoping.campaign.id, gaoping.participant_id(gaoping.units[1]), "撤并")
    with pytest.raises(Stale):
        decide(gaoping, verdict="approve", seen=seen)
    with gaoping.world.workshop.reading() as work:
        assert queries.recognised(work, gaoping.campaign.id) == []
    decide(gaoping, verdict="approve", seen=card_of(gaoping).hash)
    with gaoping.world.workshop.reading() as work:
        row = queries.rate_of(work, gaoping.campaign.id)
        assert (row.rate.recognised, row.rate.in_scope, row.withdrawn) == (1, 1, 1)
        (gone,) = queries.not_recognised(work, gaoping.campaign.id)
        assert (gone.standing, gone.reason) == (Standing.WITHDRAWN, "撤并")


HALF: tuple[tuple[dict[str, str], set[str]], ...] = (
    ({}, {"verdict", "seen"}),
    ({"verdict": "approve"}, {"seen"}),
    ({"verdict": "return", "seen": "x"}, {"reason"}),
    ({"verdict": "return", "seen": "x", "reason": "  "}, {"reason"}),
)


def test_a_gate_does_not_open_by_half(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    for values, fields in HALF:
        with pytest.raises(NotComplete) as error:
            decide(gaoping, **values)
        assert set(error.value.fields) == fields


def test_only_yes_or_no(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    with pytest.raises(NotComplete) as error:
        decide(gaoping, verdict="perhaps", seen=card_of(gaoping).hash, reason="长" * 2001)
    assert set(error.value.fields) == {"verdict", "reason"}


def test_a_return_goes_back_with_its_reason_and_names_nobody(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    decide(gaoping, verdict="return", seen=card_of(gaoping).hash, reason="请再核。")
    assert gaoping.task(gaoping.office, "Summarise").kind == "form"
    with gaoping.world.workshop.reading() as work:
        assert queries.recognised(work, gaoping.campaign.id) == []
        assert work.session.scalars(select(Decision.opinion).where(Decision.verdict == "return")).all() == ["请再核。"]
    submit(gaoping)
    decide(gaoping, verdict="approve", seen=card_of(gaoping).hash)
    with gaoping.world.workshop.reading() as work:
        assert len(queries.recognised(work, gaoping.campaign.id)) == 1


def test_granting_twice_names_nobody_twice(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    decide(gaoping, verdict="approve", seen=card_of(gaoping).hash)
    with gaoping.world.workshop.writing() as work:
        campaign = work.session.get_one(Campaign, gaoping.campaign.id)
        instance = work.session.get_one(ProcessInstance, campaign.root_instance_id)
        running = Running(instance, None, campaign.scheme_version_id)  # type: ignore[arg-type]
        assert operations.grant(work, running, {}) == {"granted": 1}
        assert len(work.session.scalars(select(Recognition)).all()) == 1


def test_the_database_refuses_what_cannot_be(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    decide(gaoping, verdict="approve", seen=card_of(gaoping).hash)
    impossible = (
        "UPDATE recognition SET how = 'bought'",
        "UPDATE recognition SET how = 'exempt'",
        "UPDATE recognition SET total = NULL",
        "UPDATE recognition SET until_on = '2020-01-01'",
        "UPDATE recognition SET revoked_at = granted_at",
        "INSERT INTO recognition SELECT * FROM recognition",
    )
    with gaoping.world.workshop.writing() as work:
        for statement in impossible:
            with pytest.raises(IntegrityError), work.session.begin_nested():
                work.session.execute(text(statement))


def test_an_unknown_campaign_has_no_card(gaoping: Gaoping) -> None:
    with gaoping.world.workshop.reading() as work, pytest.raises(NotFound):
        queries.gate_card(work, gaoping.units[0].id)


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_starts_a_formula(words: str) -> None:
    assert safe(words) == f"'{words}"
    assert safe("市档案局") == "市档案局"
