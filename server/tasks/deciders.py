"""Who may not decide a gate whatever post or seat they act on: a leader's secretary prepares, and decides nothing."""

from datetime import date

from sqlalchemy import select

from server.actor import Actor
from server.db.work import Work
from server.errors import NotAllowed
from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE, Holding, Post
from server.organisation.queries import held_on
from server.organisation.rules import PostKind, today
from server.tasks.models import Task

LEADERS = frozenset({"gate", "recognitions.look"})
"""Kinds of task that are a leader's own: entered from a meeting or from paper only, and never by a secretary."""


def require_decider(actor: Actor, work: Work, task: Task) -> None:
    """Raises NotAllowed for a leader's task and who holds a secretary's post, on whatever seat."""
    if task.kind in LEADERS:
        require_no_secretary(actor, work)


def require_no_secretary(actor: Actor, work: Work) -> None:
    """Raises NotAllowed for who holds a secretary's post, for whomever it would count.

    The posts are asked for, not the grants: who chose to act as another post is a secretary all the same. A post that
    somebody only looks after for a colleague does not count, else its holder could bar a leader by delegating to them.
    """
    if is_secretary(actor, work):
        raise NotAllowed(Message("task-gate-secretary"))


def is_secretary(actor: Actor, work: Work) -> bool:
    """Whether who acts, or for whom it would count, holds a secretary's post today."""
    people = {actor.person_id, actor.on_behalf.person_id if actor.on_behalf else None} - {None}
    if not people:
        return False
    on: date = today(work.now, DEFAULT_ZONE)
    found = work.session.scalar(
        select(Holding.id)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.person_id.in_(people), Holding.delegated_by.is_(None), held_on(on))
        .where(Post.kind == PostKind.SECRETARY)
        .limit(1)
    )
    return found is not None
