"""Jobs run batch by batch, failures are retried and then given up, and what dead nodes left is taken over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text, update

from server.db import nodes
from server.db.jobs import Job, JobArguments, Jobs
from server.db.models import NodeHeartbeat
from server.db.runner import MAX_ATTEMPTS, Runner
from server.db.work import Work, Workshop
from server.worker import Tick, ask, start_in_process
from tests.db.conftest import QUICK, Parked, effects, record, sql, until, waiting

Start = Callable[..., Runner]


def count_to(limit: int) -> Job:
    def run(work: Work, arguments: JobArguments) -> JobArguments | None:
        number = int(arguments["next"])
        record(work, f"batch {number}")
        return {"next": number + 1} if number + 1 < limit else None

    return Job("count", run)


def request(workshop: Workshop, name: str, key: str = "1", **arguments: str | int) -> None:
    with workshop.writing() as work:
        work.jobs.enqueue(work.session, name, key, arguments)


def test_a_job_runs_all_its_batches_once(job_engine: Engine, job_workshop: Workshop, running: Start) -> None:
    running(count_to(25))
    request(job_workshop, "count", next=0)
    until(lambda: len(effects(job_engine)) == 25 and waiting(job_engine, "SUCCESS") == 3)
    assert set(effects(job_engine).values()) == {1}


def test_a_batch_commits_whole_or_not_at_all(job_engine: Engine, job_workshop: Workshop, running: Start) -> None:
    parked = Parked()

    def half(work: Work, arguments: JobArguments) -> None:
        record(work, "half")
        raise RuntimeError("no more")

    running(Job("half", half), parked=parked)
    request(job_workshop, "half")
    until(lambda: bool(parked.told))
    assert effects(job_engine) == {}


def test_a_job_that_fails_five_times_is_given_up_and_others_go_on(
    job_engine: Engine, job_workshop: Workshop, running: Start
) -> None:
    parked = Parked()
    tries: list[int] = []

    def poison(work: Work, arguments: JobArguments) -> None:
        tries.append(1)
        raise ValueError("毒")

    running(Job("poison", poison), count_to(3), parked=parked)
    request(job_workshop, "poison", key="p", unit="u1")
    request(job_workshop, "count", next=0)
    until(lambda: bool(parked.told) and len(effects(job_engine)) == 3)
    assert parked.told == [("poison", "p", {"unit": "u1"}, "ValueError: 毒")]
    assert len(tries) == MAX_ATTEMPTS


def test_a_later_batch_has_all_its_attempts(job_engine: Engine, job_workshop: Workshop, running: Start) -> None:
    """Only failures in a row count, and what is told are the arguments of the batch that fails."""
    failures = {0: 3, 1: 4, 2: 99}
    parked = Parked()

    def shaky(work: Work, arguments: JobArguments) -> JobArguments:
        number = int(arguments["next"])
        if failures[number] > 0:
            failures[number] -= 1
            raise OSError("shaky")
        return {"next": number + 1}

    running(Job("shaky", shaky), parked=parked)
    request(job_workshop, "shaky", next=0)
    until(lambda: bool(parked.told))
    assert parked.told[0][2] == {"next": 2}
    assert failures[2] == 99 - MAX_ATTEMPTS


def test_a_job_nobody_knows_is_given_up(job_workshop: Workshop, running: Start) -> None:
    parked = Parked()
    running(parked=parked)
    request(job_workshop, "unheard-of")
    until(lambda: bool(parked.told))
    assert parked.told[0][0] == "unheard-of"


def test_a_batch_that_answers_nonsense_is_given_up(job_engine: Engine, job_workshop: Workshop, running: Start) -> None:
    parked = Parked()

    def nonsense(work: Work, arguments: JobArguments) -> JobArguments:
        record(work, "nonsense")
        return {"next": 1.5}  # type: ignore[dict-item]

    running(Job("nonsense", nonsense), parked=parked)
    request(job_workshop, "nonsense")
    until(lambda: bool(parked.told))
    assert effects(job_engine) == {}


def test_a_stopped_runner_hands_over(job_engine: Engine, job_workshop: Workshop, running: Start) -> None:
    first = running(count_to(40))
    request(job_workshop, "count", next=0)
    until(lambda: len(effects(job_engine)) > 2)
    first.stop()
    assert waiting(job_engine, "PENDING") == 0
    with job_workshop.reading() as work:
        assert nodes.living(work) == frozenset()
    running(count_to(40))
    until(lambda: len(effects(job_engine)) == 40)
    assert set(effects(job_engine).values()) == {1}


def test_work_of_the_dead_is_taken_over(job_engine: Engine, job_workshop: Workshop, running: Start) -> None:
    request(job_workshop, "count", next=0)
    claim_for(job_engine, "dead", attempts=1)
    with job_workshop.writing() as work:
        nodes.beat(work, "dead")
        work.session.execute(update(NodeHeartbeat).values(seen_at=work.now - timedelta(minutes=5)))
    runner = running(count_to(2))
    runner.reap()
    until(lambda: waiting(job_engine, "SUCCESS") == 1)
    assert len(effects(job_engine)) == 2


def test_work_of_the_living_is_left_alone(job_engine: Engine, job_workshop: Workshop, running: Start) -> None:
    request(job_workshop, "count", next=0)
    claim_for(job_engine, "living", attempts=1)
    with job_workshop.writing() as work:
        nodes.beat(work, "living")
    runner = running(count_to(2))
    runner.reap()
    assert waiting(job_engine, "PENDING") == 1


def test_work_that_keeps_killing_its_process_is_given_up(
    job_engine: Engine, job_workshop: Workshop, running: Start
) -> None:
    parked = Parked()
    request(job_workshop, "count", key="k", next=7)
    claim_for(job_engine, "dead", attempts=MAX_ATTEMPTS)
    runner = running(count_to(2), parked=parked)
    runner.reap()
    until(lambda: waiting(job_engine, "MAX_RECOVERY_ATTEMPTS_EXCEEDED") == 1)
    runner.reap()
    runner.reap()
    assert [told[:3] for told in parked.told] == [("count", "k", {"next": 7})]
    assert effects(job_engine) == {}
    assert waiting(job_engine, "MAX_RECOVERY_ATTEMPTS_EXCEEDED") == 0


def test_work_stranded_in_this_process_is_taken_up(job_engine: Engine, job_workshop: Workshop, running: Start) -> None:
    runner = running(count_to(2))
    request(job_workshop, "count", next=0)
    until(lambda: waiting(job_engine, "SUCCESS") == 1)
    with job_engine.begin() as connection:
        claim = "UPDATE {status} SET status = 'PENDING', executor_id = :node, started_at_epoch_ms = 1"
        connection.execute(sql(job_engine, claim), {"node": runner.node})
    runner.reap()
    until(lambda: waiting(job_engine, "SUCCESS") == 1)


def test_one_leads_at_a_time(job_engine: Engine) -> None:
    first, second = nodes.Leadership(job_engine), nodes.Leadership(job_engine)
    assert first.held()
    assert first.held()
    assert not second.held()
    first.release()
    assert second.held()
    second.release()


@pytest.mark.postgres
def test_a_lost_connection_loses_the_lead(job_engine: Engine) -> None:
    if job_engine.dialect.name == "sqlite":
        pytest.skip("a file lock needs no connection")
    first, second = nodes.Leadership(job_engine), nodes.Leadership(job_engine)
    assert first.held()
    with job_engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%advisory%' AND pid <> :me"),
            {"me": connection.scalar(text("SELECT pg_backend_pid()"))},
        )
    until(second.held)
    assert not first.held()
    second.release()


def test_clocks_together_ask_once_for_a_stretch(job_engine: Engine, job_workshop: Workshop) -> None:
    tick = Tick("due", 3600)
    for _ in range(3):
        ask(job_workshop, tick)
    assert waiting(job_engine) == 1


def test_background_runs_ticks_and_stops(job_engine: Engine, job_workshop: Workshop) -> None:
    def due(work: Work, arguments: JobArguments) -> None:
        record(work, "due")

    background = start_in_process(job_workshop, Jobs((Job("due", due),)), (Tick("due", 3600),), Parked(), QUICK)
    try:
        until(lambda: effects(job_engine) == {"due": 1})
    finally:
        background.stop()
    with job_workshop.reading() as work:
        assert nodes.last_seen(work) is None


def test_a_tick_for_a_job_that_does_not_exist_is_refused(job_workshop: Workshop) -> None:
    with pytest.raises(LookupError, match="nothing"):
        start_in_process(job_workshop, Jobs(), (Tick("nothing", 60),), Parked())


def claim_for(engine: Engine, node: str, attempts: int) -> None:
    """As if that node had claimed everything that waits."""
    with engine.begin() as connection:
        claim = "UPDATE {status} SET status = 'PENDING', executor_id = :node, recovery_attempts = :attempts"
        connection.execute(sql(engine, claim), {"node": node, "attempts": attempts})
