"""A key is taken once on every database, and its answer is given again."""

import pytest
from sqlalchemy import Engine

from server.db import idempotency
from server.db.idempotency import Answer
from server.db.work import Workshop
from server.errors import Invalid

ANSWER = Answer(201, {"id": "1"})


def test_a_key_is_taken_once_and_answers_again(job_engine: Engine, job_workshop: Workshop) -> None:
    with job_workshop.writing() as work:
        first = idempotency.claim(work, "who", "key", "what")
        assert first.answer is None
        idempotency.keep(work, first, ANSWER)
    with job_workshop.writing() as work:
        again = idempotency.claim(work, "who", "key", "what")
    assert (again.id, again.answer) == (first.id, ANSWER)


def test_a_key_that_was_rolled_back_is_free(job_engine: Engine, job_workshop: Workshop) -> None:
    work = job_workshop.open()
    assert idempotency.claim(work, "who", "key", "what").answer is None
    work.session.rollback()
    work.session.close()
    with job_workshop.writing() as work:
        assert idempotency.claim(work, "who", "key", "what").answer is None


def test_a_key_used_for_something_else_is_refused(job_engine: Engine, job_workshop: Workshop) -> None:
    with job_workshop.writing() as work:
        idempotency.keep(work, idempotency.claim(work, "who", "key", "what"), ANSWER)
    with pytest.raises(Invalid), job_workshop.writing() as work:
        idempotency.claim(work, "who", "key", "other")
    with job_workshop.writing() as work:
        assert idempotency.claim(work, "somebody else", "key", "other").answer is None
