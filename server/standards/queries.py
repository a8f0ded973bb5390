"""Reading the standard of a scheme version, and how a campaign counts by it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from server.campaigns.models import Campaign
from server.db.work import Work
from server.errors import NotFound
from server.i18n import Message
from server.schemes import queries as schemes
from server.schemes.definition import SchemeDefinition, SecondRows, ShortRow
from server.standards.models import Criterion
from server.standards.rules import NotApplicable, PassRule
from server.standards.tree import Node, Rule, Standard

READ = "standards"
"""Where a session keeps the standards it has read; they never change."""


@dataclass(frozen=True, slots=True)
class StoredStandard:
    """A standard with the ids of its rows in the database, by key."""

    standard: Standard
    ids: dict[str, UUID]
    keys: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class Policy:
    """How a campaign counts: pass mark (None: a person decides), rows that do not apply, what short rows become."""

    pass_rule: PassRule | None
    not_applicable: NotApplicable
    stated_total: Decimal | None
    below_pass: ShortRow
    at_or_above_pass: ShortRow
    second_rows: SecondRows


def standard_of(work: Work, version_id: UUID) -> StoredStandard:
    """The standard of a scheme version; empty when the scheme has none."""
    held: dict[UUID, StoredStandard] = work.session.info.setdefault(READ, {})
    if version_id not in held:
        rows = work.session.scalars(
            select(Criterion).where(Criterion.scheme_version_id == version_id).order_by(Criterion.position)
        ).all()
        keys = {row.id: row.key for row in rows}
        standard = Standard(_node(row, keys) for row in rows)
        held[version_id] = StoredStandard(standard, {key: row_id for row_id, key in keys.items()}, keys)
    return held[version_id]


def _node(row: Criterion, keys: dict[UUID, str]) -> Node:
    rule = Rule(row.rule, row.points, row.rule_values) if row.rule is not None and row.points is not None else None
    return Node(
        key=row.key,
        parent_key=keys[row.parent_id] if row.parent_id else None,
        level=row.level,
        position=row.position,
        title=row.title,
        wording=row.wording,
        points=row.points,
        rule=rule,
        may_not_apply=row.may_not_apply,
        core=row.core,
        evidence_asked=row.evidence_asked,
        evidence_source=row.evidence_source,
        lead_role=row.lead_role,
        lead_unit=row.lead_unit,
        assisting_units=tuple(row.assisting_units),
        source=row.source,
        source_line=row.source_line,
    )


def policy_of(work: Work, campaign_id: UUID) -> Policy:
    """How this campaign counts: what its scheme version says, with the campaign's own parameters in it."""
    campaign = work.session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(Message("error-not-found"))
    return policy(schemes.scheme_of(work, campaign.scheme_version_id), campaign.parameters)


def policy(scheme: SchemeDefinition, parameters: dict[str, object]) -> Policy:
    """The policy of a scheme under one campaign's parameters. What a scheme leaves open is read the strict way."""
    assessment = scheme.assessment
    mark = assessment.pass_mark if assessment else None
    findings, second = scheme.findings, scheme.second_verification
    return Policy(
        pass_rule=PassRule(mark.value, mark.inclusive) if mark else None,
        not_applicable=_not_applicable(scheme, parameters),
        stated_total=assessment.total.value if assessment and assessment.total else None,
        below_pass=findings.below_pass.value if findings else ShortRow.BLOCKING,
        at_or_above_pass=findings.at_or_above_pass.value if findings else ShortRow.ADVICE,
        second_rows=second.rows.value if second else SecondRows.MENDED,
    )


def _not_applicable(scheme: SchemeDefinition, parameters: dict[str, object]) -> NotApplicable:
    assessment = scheme.assessment
    if assessment and assessment.not_applicable:
        return NotApplicable(assessment.not_applicable.value.value)
    if assessment and assessment.not_applicable_parameter:
        key = assessment.not_applicable_parameter.value
        chosen = parameters.get(key) or scheme.parameter(key).default
        if chosen:
            return NotApplicable(str(chosen))
    return NotApplicable.ZERO
