"""The closed list of permissions, and what may stand together on one post."""

from enum import StrEnum

from server.organisation.rules import PostKind


class Permission(StrEnum):
    ORGANISATION_MANAGE = "organisation.manage"
    SCHEME_MANAGE = "scheme.manage"
    CAMPAIGN_MANAGE = "campaign.manage"
    CAMPAIGN_VIEW = "campaign.view"
    TASK_ON_BEHALF = "task.on_behalf"
    TASK_RESCUE = "task.rescue"
    PROCESS_OPERATE = "process.operate"
    VERIFICATION_DO = "verification.do"
    GATE_DECIDE = "gate.decide"
    GATE_PREPARE = "gate.prepare"
    AUDIT_READ = "audit.read"
    SYSTEM_MANAGE = "system.manage"
    ACCOUNT_MANAGE = "account.manage"
    UNIT_WORK = "unit.work"


class Domain(StrEnum):
    """A post kind belongs to one domain: business, or one of the three administrators, who exclude each other."""

    BUSINESS = "business"
    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


ALLOWED: dict[Domain, frozenset[Permission]] = {
    Domain.BUSINESS: frozenset(Permission)
    - {Permission.SYSTEM_MANAGE, Permission.ACCOUNT_MANAGE, Permission.AUDIT_READ},
    Domain.SYSTEM: frozenset(
        {Permission.SYSTEM_MANAGE, Permission.ORGANISATION_MANAGE, Permission.SCHEME_MANAGE, Permission.PROCESS_OPERATE}
    ),
    Domain.SECURITY: frozenset({Permission.ACCOUNT_MANAGE}),
    Domain.AUDIT: frozenset({Permission.AUDIT_READ}),
}
"""What each domain may hold. Administrators keep the machine, the accounts or the records; they approve no business."""


ADMINISTRATORS: dict[PostKind, Domain] = {
    PostKind.SYSTEM_ADMINISTRATOR: Domain.SYSTEM,
    PostKind.SECURITY_ADMINISTRATOR: Domain.SECURITY,
    PostKind.AUDIT_ADMINISTRATOR: Domain.AUDIT,
}
"""Post kinds of the three administrators. Every other kind is of the business domain."""

OWN_UNIT: dict[PostKind, tuple[Permission, ...]] = {
    PostKind.HEAD: (Permission.UNIT_WORK, Permission.CAMPAIGN_VIEW),
    PostKind.DEPUTY: (Permission.UNIT_WORK, Permission.CAMPAIGN_VIEW),
    PostKind.LIAISON: (Permission.UNIT_WORK, Permission.CAMPAIGN_VIEW),
    PostKind.OFFICE: (Permission.UNIT_WORK, Permission.CAMPAIGN_VIEW),
    PostKind.VERIFIER: (Permission.UNIT_WORK, Permission.CAMPAIGN_VIEW),
    PostKind.LEADER: (Permission.UNIT_WORK, Permission.CAMPAIGN_VIEW),
    PostKind.SECRETARY: (Permission.GATE_PREPARE, Permission.CAMPAIGN_VIEW),
    PostKind.MEMBER: (Permission.UNIT_WORK,),
    PostKind.SYSTEM_ADMINISTRATOR: (
        Permission.SYSTEM_MANAGE,
        Permission.ORGANISATION_MANAGE,
        Permission.SCHEME_MANAGE,
        Permission.PROCESS_OPERATE,
    ),
    PostKind.SECURITY_ADMINISTRATOR: (Permission.ACCOUNT_MANAGE,),
    PostKind.AUDIT_ADMINISTRATOR: (Permission.AUDIT_READ,),
}
"""What posts of a kind hold over their own unit and all below it, wherever they stand."""

AUTHORITY: dict[PostKind, tuple[Permission, ...]] = {
    PostKind.OFFICE: (
        Permission.ORGANISATION_MANAGE,
        Permission.SCHEME_MANAGE,
        Permission.CAMPAIGN_MANAGE,
        Permission.CAMPAIGN_VIEW,
        Permission.TASK_ON_BEHALF,
        Permission.TASK_RESCUE,
        Permission.PROCESS_OPERATE,
    ),
    PostKind.VERIFIER: (Permission.VERIFICATION_DO, Permission.CAMPAIGN_VIEW),
    PostKind.LEADER: (Permission.GATE_DECIDE, Permission.CAMPAIGN_VIEW),
    PostKind.HEAD: (Permission.GATE_DECIDE, Permission.CAMPAIGN_VIEW),
    PostKind.SECRETARY: (Permission.GATE_PREPARE, Permission.CAMPAIGN_VIEW),
}
"""What the posts of the authority that runs campaigns hold over the subtree it is named for, in that unit alone."""


def domain_of(post_kind: str) -> Domain:
    return next((domain for kind, domain in ADMINISTRATORS.items() if kind == post_kind), Domain.BUSINESS)
