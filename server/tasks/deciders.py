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

GATE = "gate"


def require_decider(actor: Actor, work: Work, task: Task) -> None:
    """Raises NotAllowed for a gate and who holds a secretary's post, on whatever seat, for whomever it would count.

    The posts are asked for, not the grants: who chose to act as another post is a secretary all the same. A post that
    somebody only looks after for a colleague does not count, else its holder could bar a leader by delegating to them.
    """
    people = {actor.person_id, actor.on_behalf.person_id if actor.on_behalf else None} - {None}
    if task.kind != GATE or not people:
        return
    on: date = today(work.now, DEFAULT_ZONE)
    found = work.session.scalar(
        select(Holding.id)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.person_id.in_(people), Holding.delegated_by.is_(None), held_on(on))
        .where(Post.kind == PostKind.SECRETARY)
        .limit(1)
    )
    if found is not None:
        raise NotAllowed(Message("task-gate-secretary"))
