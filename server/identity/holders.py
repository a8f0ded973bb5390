"""Which posts hold a permission over a unit: who must act where no diagram says who."""

from uuid import UUID

from sqlalchemy import and_, literal, or_, select
from sqlalchemy.orm import Session, aliased

from server.identity.models import PermissionGrant
from server.organisation.models import Post, Unit


def nearest_posts(session: Session, permission: str, unit_id: UUID) -> tuple[UUID, ...]:
    """The posts that hold a permission over a unit, of the lowest unit above it that has such posts, first by rank.

    Empty when there is none, or no such unit. Whether somebody holds the post today is not asked.
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id))
    if path is None:
        return ()
    over = aliased(Unit)
    own = and_(PermissionGrant.unit_id.is_(None), literal(path).startswith(Unit.path))
    given = and_(PermissionGrant.holder_unit_id == Unit.id, literal(path).startswith(over.path))
    rows = session.execute(
        select(Post.id, Unit.path)
        .join(Unit, Unit.id == Post.unit_id)
        .join(PermissionGrant, PermissionGrant.post_kind == Post.kind)
        .outerjoin(over, over.id == PermissionGrant.unit_id)
        .where(PermissionGrant.permission == permission, or_(own, given), Unit.closed_on.is_(None))
        .order_by(Post.rank, Post.title)
    ).all()
    above = [row for row in rows if path.startswith(row[1])]
    chosen = above or rows
    deepest = max((len(row[1]) for row in chosen), default=0)
    return tuple(dict.fromkeys(row[0] for row in chosen if len(row[1]) == deepest))
