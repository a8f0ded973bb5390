"""The daily seal."""

from server.actor import SYSTEM
from server.audit import jobs, operations, queries
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.db.jobs import InlineJobQueue, Jobs
from server.db.work import Workshop


def test_the_seal_is_made_once_for_what_moved(workshop: Workshop) -> None:
    queue = workshop.jobs
    assert isinstance(queue, InlineJobQueue)
    with workshop.writing() as work:
        operations.record(SYSTEM, work, Stream("unit", "1"), Verb.UNIT_ADDED, {"unit": "1"})
    for _ in range(2):
        with workshop.writing() as work:
            queue.enqueue(work.session, jobs.SEAL, "tick", {})
        queue.drain(workshop, Jobs(jobs.JOBS))
    with workshop.reading() as work:
        assert [seal.sequence for seal in queries.export_seals(work.session)] == [1]
