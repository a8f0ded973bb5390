"""Keeping the store: contents nobody refers to go, and all others are checked against their hashes each day."""

import logging

from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.evidence import kept, queries
from server.evidence.store import BlobStore

log = logging.getLogger("greengate.evidence")

DAY = 24 * 3600
SWEEP = "evidence.sweep"
CHECK = "evidence.check"
CHECKED_AT_ONCE = 20
BYTES_AT_ONCE = 16 * 1024 * 1024
"""A batch stops here: its contents are read while its transaction is open, and SQLite lets nobody else write."""


def sweep(work: Work, _arguments: JobArguments) -> None:
    """Remove what uploads have left behind, and files nobody came back for."""
    kept.purge(work, work.now)
    removed = work.part(BlobStore).sweep(work.clock.now(), lambda hashes: queries.referred(work, hashes))
    if removed:
        log.info("%d files that nobody refers to were removed", removed)


def check(work: Work, arguments: JobArguments) -> JobArguments | None:
    """Check some contents and note what is wrong. arguments: `after`, the last hash checked."""
    store = work.part(BlobStore)
    read = 0
    for blob in queries.contents_after(work, str(arguments.get("after", "")), CHECKED_AT_ONCE):
        found = queries.problem_of(store, blob)
        blob.checked_at, blob.problem = work.now, found
        if found is not None:
            log.error("evidence content %s is %s", blob.sha256, found)
        read += blob.size_bytes
        if read >= BYTES_AT_ONCE:
            break
    return {"after": blob.sha256} if read else None


JOBS = (Job(SWEEP, sweep), Job(CHECK, check))
TICKS = ((SWEEP, DAY), (CHECK, DAY))
