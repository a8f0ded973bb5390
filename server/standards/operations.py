"""Writing a standard, once, when its scheme version is published."""

from uuid import UUID

from server.db.work import Work
from server.standards.models import Criterion
from server.standards.tree import Standard


def install(work: Work, version_id: UUID, standard: Standard) -> None:
    """Store a standard that has been checked, as rows of its version."""
    ids = {node.key: work.ids.new() for node in standard.nodes}
    for node in standard.nodes:
        work.session.add(
            Criterion(
                id=ids[node.key],
                scheme_version_id=version_id,
                parent_id=ids[node.parent_key] if node.parent_key else None,
                key=node.key,
                level=node.level,
                position=node.position,
                title=node.title,
                wording=node.wording,
                points=node.points,
                rule=node.rule.kind if node.rule else None,
                rule_values=dict(node.rule.values) if node.rule else {},
                may_not_apply=node.may_not_apply,
                core=node.core,
                evidence_asked=node.evidence_asked,
                evidence_source=node.evidence_source,
                lead_role=node.lead_role,
                lead_unit=node.lead_unit,
                assisting_units=list(node.assisting_units),
                source=node.source,
                source_line=node.source_line,
            )
        )
    work.session.flush()
