"""Rows written at once: as the ORM would have written them, and guarded by the revision."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy.orm.exc import StaleDataError

from server.db.rows import insert_now, update_now
from server.db.work import Workshop
from server.processes.models import ProcessInstance
from server.tasks.models import Seat, Task


def task() -> Task:
    return Task(id=uuid4(), origin="request", kind="form", title="Plan", opened_at=datetime(2021, 3, 1, tzinfo=UTC))


def test_a_row_gets_its_defaults_and_belongs_to_the_session(workshop: Workshop) -> None:
    row = task()
    with workshop.writing() as work:
        insert_now(work.session, [row])
        assert (row.attempt, row.late, row.state) == (1, False, "open")
        row.matter = "changed by the ORM"
    with workshop.reading() as work:
        kept = work.session.get_one(Task, row.id)
        assert (kept.matter, kept.policy, kept.due_at) == ("changed by the ORM", "one", None)


def test_a_change_reaches_the_row_and_the_object(workshop: Workshop) -> None:
    row = task()
    with workshop.writing() as work:
        insert_now(work.session, [row])
        insert_now(work.session, [Seat(id=uuid4(), task_id=row.id, key="rescue")])
        update_now(work.session, row, title="Another plan")
        assert row.title == "Another plan"
        assert row not in work.session.dirty
    with workshop.reading() as work:
        assert work.session.get_one(Task, row.id).title == "Another plan"


def test_a_row_with_a_revision_is_not_written_over(workshop: Workshop) -> None:
    row = ProcessInstance(id=uuid4(), revision=3)
    with workshop.writing() as work, pytest.raises(StaleDataError):
        update_now(work.session, row, outcome="done")
