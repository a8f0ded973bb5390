"""The closed list of permissions, and what may stand together on one post."""

from enum import StrEnum


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


class PostKind(StrEnum):
    """The kinds of post that come with grants; further kinds are free keys."""

    HEAD = "head"
    DEPUTY = "deputy"
    LIAISON = "liaison"
    OFFICE = "office"
    VERIFIER = "verifier"
    LEADER = "leader"
    MEMBER = "member"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"


ADMINISTRATORS: dict[PostKind, Domain] = {
    PostKind.SYSTEM_ADMINISTRATOR: Domain.SYSTEM,
    PostKind.SECURITY_ADMINISTRATOR: Domain.SECURITY,
    PostKind.AUDIT_ADMINISTRATOR: Domain.AUDIT,
}
