"""Which kinds of post hold which permissions; one domain a kind, so that administrators exclude each other."""

from uuid import UUID

from sqlalchemy import select

from server.actor import Actor, ActorKind
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.verbs import Verb
from server.db.work import Work
from server.errors import Conflict, Invalid, NotAllowed
from server.i18n import Message
from server.identity.models import PermissionGrant, PostKindDomain
from server.identity.permissions import ALLOWED, AUTHORITY, OWN_UNIT, Permission, domain_of
from server.identity.queries import whole_tree

PERMISSION = Permission.ACCOUNT_MANAGE
GRANTS = "grants"
"""Key of the audit stream of all grants."""


def grant(
    actor: Actor,
    work: Work,
    post_kind: str,
    permission: Permission,
    *,
    unit_id: UUID | None = None,
    holder_unit_id: UUID | None = None,
) -> PermissionGrant:
    """Let posts of a kind hold a permission; asking for what stands already changes nothing.

    Without units: over each post's own unit and all below. With both: over the first, for posts in the second alone.
    """
    require_whole_tree(actor)
    domain = domain_of(post_kind)
    if permission not in ALLOWED[domain]:
        raise Conflict(Message("identity-domains-exclude", {"permission": permission.value, "kind": post_kind}))
    if (unit_id is None) != (holder_unit_id is None):
        raise Invalid(Message("identity-grant-needs-holder"))
    session = work.session
    standing = session.scalars(
        select(PermissionGrant).where(
            PermissionGrant.post_kind == post_kind,
            PermissionGrant.permission == permission.value,
            PermissionGrant.unit_id.is_(None) if unit_id is None else PermissionGrant.unit_id == unit_id,
            PermissionGrant.holder_unit_id.is_(None)
            if holder_unit_id is None
            else PermissionGrant.holder_unit_id == holder_unit_id,
        )
    ).one_or_none()
    if standing is not None:
        return standing
    if session.get(PostKindDomain, post_kind) is None:
        session.add(PostKindDomain(post_kind=post_kind, domain=domain.value))
        session.flush()
    row = PermissionGrant(
        id=work.ids.new(),
        post_kind=post_kind,
        domain=domain.value,
        permission=permission.value,
        unit_id=unit_id,
        holder_unit_id=holder_unit_id,
    )
    session.add(row)
    session.flush()
    subject = {"kind": post_kind, "permission": permission, "unit": unit_id, "holder_unit": holder_unit_id}
    audit.record(actor, work, audit.Stream(StreamKind.LOGIN, GRANTS), Verb.GRANT_ADDED, subject)
    return row


def revoke_grant(actor: Actor, work: Work, grant_id: UUID) -> None:
    """Take a grant away; one that is gone already is no mistake."""
    require_whole_tree(actor)
    row = work.session.get(PermissionGrant, grant_id)
    if row is None:
        return
    subject = {
        "kind": row.post_kind,
        "permission": row.permission,
        "unit": row.unit_id,
        "holder_unit": row.holder_unit_id,
    }
    work.session.delete(row)
    audit.record(actor, work, audit.Stream(StreamKind.LOGIN, GRANTS), Verb.GRANT_REMOVED, subject)


def seed_grants(actor: Actor, work: Work, *, authority_id: UUID | None = None, over_id: UUID | None = None) -> None:
    """Put the default grants in place; safe to repeat.

    authority_id: the unit that runs campaigns; its office, verifiers, leaders and head get their permissions over the
    unit over_id and all below it (by default over the authority itself).
    """
    for kind, permissions in OWN_UNIT.items():
        for permission in permissions:
            grant(actor, work, kind, permission)
    if authority_id is None:
        return
    for kind, permissions in AUTHORITY.items():
        for permission in permissions:
            grant(actor, work, kind, permission, unit_id=over_id or authority_id, holder_unit_id=authority_id)


def require_whole_tree(actor: Actor) -> None:
    """Grants reach over the tree, so that only who manages all accounts may give them."""
    if actor.kind is not ActorKind.SYSTEM and not whole_tree(actor.paths(PERMISSION)):
        raise NotAllowed(Message("error-not-allowed"))
