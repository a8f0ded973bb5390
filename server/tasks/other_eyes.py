"""Whether somebody would judge what they did themselves, or what somebody did for whom they act."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import select

from server.actor import Actor
from server.db.work import Work
from server.identity.delegations import delegators
from server.tasks.models import Decision, Task, TaskState


def has_done(
    actor: Actor, work: Work, instance_id: UUID | None, elements: Collection[str], posts: Iterable[UUID | None]
) -> bool:
    """Whether a standing decision on one of these steps is of the actor, of whom the entry is for, or of a delegator.

    posts: of the seats of the task that is to be done; who lent one of them to the actor counts as the actor.
    """
    acting = {actor.person_id, actor.on_behalf.person_id if actor.on_behalf else None} - {None}
    acting |= delegators(work.session, actor, [post_id for post_id in posts if post_id is not None], work.now)
    did = work.session.scalars(
        select(Decision.person_id)
        .join(Task, Task.id == Decision.task_id)
        .where(Task.instance_id == instance_id, Task.element_id.in_(elements), Task.state == TaskState.DONE)
        .where(Decision.taken_back_at.is_(None))
    )
    return bool(acting & set(did))
