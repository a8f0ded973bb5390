"""A whole campaign on each database: one passes, one mends and passes, one mends nothing, one withdraws."""

from decimal import Decimal
from pathlib import Path

from sqlalchemy import text

from server.assessments import queries as assessments
from server.campaigns import operations as campaigns
from server.ports import VirtualClock
from server.recognitions import queries
from server.recognitions.rules import Standing
from tests.assessments.support import Gaoping
from tests.databases import open_database
from tests.findings.test_mending import mend, review
from tests.recognitions.test_gate import LOSING, card_of, decide, submit


def test_the_recognised_list_is_what_was_earned(database_url: str, tmp_path: Path, clock: VirtualClock) -> None:
    engine = open_database(database_url)
    gaoping = Gaoping(engine, tmp_path, clock, units=4)
    good, mending, idle, leaving = gaoping.units
    gaoping.self_assess(good, r3_4_1="na", r3_4_2="na")
    gaoping.verify(good, r3_4_1="na", r3_4_2="na", r2_2_3="4")
    for unit in (mending, idle):
        gaoping.self_assess(unit)
        gaoping.verify(unit, **LOSING)
    for key in ("1.1.1", "5.2.1"):
        mend(gaoping, mending, key)
        review(gaoping, key)
    with gaoping.world.workshop.writing() as work:
        campaigns.withdraw(gaoping.office, work, gaoping.campaign.id, gaoping.participant_id(leaving), "机构撤并")
    gaoping.world.later(days=60)
    again = gaoping.task(gaoping.verifier, "VerifyAgain", mending)
    gaoping.world.do(gaoping.verifier, again.id, rows={"1.1.1": {"answer": "quota"}, "5.2.1": {"answer": "yes"}})
    submit(gaoping)
    decide(gaoping, verdict="approve", seen=card_of(gaoping).hash)
    with gaoping.world.workshop.reading() as work:
        named = queries.recognised(work, gaoping.campaign.id)
        assert [(row.unit_name, row.total) for row in named] == [(good.name, Decimal(99)), (mending.name, Decimal(88))]
        others = queries.not_recognised(work, gaoping.campaign.id)
        assert [(row.unit_name, row.standing, row.total) for row in others] == [
            (idle.name, Standing.SHORT, "76"),
            (leaving.name, Standing.WITHDRAWN, ""),
        ]
        row = queries.rate_of(work, gaoping.campaign.id)
        assert (row.rate.recognised, row.rate.in_scope, row.rate.percent) == (2, 3, Decimal("66.66"))
        assert assessments.broken_seals(work) == ([], None)
        counts = work.session.execute(text("SELECT body, count(*) FROM assessment GROUP BY body ORDER BY body")).all()
        assert [tuple(each) for each in counts] == [("second", 1), ("self", 3), ("verification", 3)]
    engine.dispose()
