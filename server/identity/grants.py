"""Which kinds of post hold which permissions; one domain a kind, so that administrators exclude each other."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from server.actor import Actor, ActorKind
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.operations import Entry
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
    wanted = _Wanted(post_kind, permission, unit_id, holder_unit_id)
    return _grant_all(actor, work, [wanted])[0]


class _Wanted(NamedTuple):
    post_kind: str
    permission: Permission
    unit_id: UUID | None = None
    holder_unit_id: UUID | None = None


def _grant_all(actor: Actor, work: Work, wanted: Sequence[_Wanted]) -> list[PermissionGrant]:
    """One row for each, in order: what stands already, and what had to be added."""
    require_whole_tree(actor)
    for each in wanted:
        _require_lawful(each)
    kinds = {each.post_kind for each in wanted}
    session = work.session
    standing = {
        (row.post_kind, row.permission, row.unit_id, row.holder_unit_id): row
        for row in session.scalars(select(PermissionGrant).where(PermissionGrant.post_kind.in_(kinds)))
    }
    known = set(session.scalars(select(PostKindDomain.post_kind).where(PostKindDomain.post_kind.in_(kinds))))
    session.add_all(PostKindDomain(post_kind=kind, domain=domain_of(kind).value) for kind in sorted(kinds - known))
    session.flush()
    added = []
    for each in wanted:
        if each not in standing:
            standing[each] = PermissionGrant(
                id=work.ids.new(), domain=domain_of(each.post_kind).value, **each._asdict()
            )
            added.append(each)
    session.add_all(standing[each] for each in added)
    session.flush()
    entries = [
        Entry(
            Verb.GRANT_ADDED,
            {
                "kind": each.post_kind,
                "permission": each.permission,
                "unit": each.unit_id,
                "holder_unit": each.holder_unit_id,
            },
            {},
        )
        for each in added
    ]
    if entries:
        audit.record_many(actor, work, audit.Stream(StreamKind.LOGIN, GRANTS), entries)
    return [standing[each] for each in wanted]


def _require_lawful(wanted: _Wanted) -> None:
    if wanted.permission not in ALLOWED[domain_of(wanted.post_kind)]:
        facts = {"permission": wanted.permission.value, "kind": wanted.post_kind}
        raise Conflict(Message("identity-domains-exclude", facts))
    if (wanted.unit_id is None) != (wanted.holder_unit_id is None):
        raise Invalid(Message("identity-grant-needs-holder"))


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
    wanted = [_Wanted(kind, permission) for kind, permissions in OWN_UNIT.items() for permission in permissions]
    if authority_id is not None:
        wanted += [
            _Wanted(kind, permission, over_id or authority_id, authority_id)
            for kind, permissions in AUTHORITY.items()
            for permission in permissions
        ]
    _grant_all(actor, work, wanted)


def require_whole_tree(actor: Actor) -> None:
    """Grants reach over the tree, so that only who manages all accounts may give them."""
    if actor.kind is not ActorKind.SYSTEM and not whole_tree(actor.paths(PERMISSION)):
        raise NotAllowed(Message("error-not-allowed"))
