"""The page of a standard: every row with its points and source, and sums at each level."""

from typing import Any
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from server.errors import NotFound
from server.i18n import Message
from server.schemes import queries as schemes
from server.standards import queries
from server.standards.kinds import kind_of, shown
from server.standards.rules import NotApplicable, SumDifference, Total, check_sums, total
from server.standards.tree import Node
from server.web import current_actor, current_work, language, render

blueprint = Blueprint("standards", __name__)


@blueprint.get("/standards/<uuid:version_id>")
def standard(version_id: UUID) -> ResponseReturnValue:
    """Open to everybody who is logged in: a standard is published with its notice."""
    current_actor()
    work = current_work()
    version = schemes.version(work, version_id)
    stored = queries.standard_of(work, version_id)
    if not stored.standard.rows:
        raise NotFound(Message("error-not-found"))
    scheme = schemes.scheme_of(work, version_id)
    stated = scheme.assessment.total.value if scheme.assessment and scheme.assessment.total else None
    sums = total(stored.standard, [], NotApplicable.ZERO)
    return render(
        "standards/standard.html",
        title=version.title,
        nodes=[_node(node, sums) for node in stored.standard.nodes],
        total=shown(stored.standard.max_points),
        stated=shown(stated) if stated is not None else "",
        differences=[_difference(each) for each in check_sums(stored.standard, stated)],
        word=schemes.words_of(work, version_id, language()).get,
    )


def _node(node: Node, sums: Total) -> dict[str, Any]:
    return {
        "key": node.key,
        "level": node.level,
        "title": node.title,
        "text": node.wording,
        "is_row": node.rule is not None,
        "points": shown(node.max_points if node.rule else sums.by_node[node.key].max_points),
        "rule": kind_of(node.rule).words() if node.rule else None,
        "asked": node.evidence_asked,
        "source": node.source,
        "line": node.source_line,
        "may_not_apply": node.may_not_apply,
    }


def _difference(wrong: SumDifference) -> dict[str, str]:
    return {"title": wrong.title, "stated": shown(wrong.stated), "computed": shown(wrong.computed)}
