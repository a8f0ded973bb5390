"""Whether the seats that a diagram finds by a form or by a row can be found so. Pure."""

from collections.abc import Iterable, Mapping

from server.engine.contract import Element, SeatRule
from server.organisation.rules import PostKind
from server.schemes.definition import Process, ProcessOf, SchemeDefinition
from server.schemes.findings import Finding
from server.schemes.form_types import NAMING, FieldKind

BY_ROW = frozenset({"lead_unit", "assisting_units"})
BY_FIELD = "form_field"
GATE = "gate"


def check_seats(process: Process, elements: Mapping[str, Element], scheme: SchemeDefinition) -> Iterable[Finding]:
    """A field that is not there or names nobody, and a row that nothing says."""
    for element in elements.values():
        for rule in element.approval.seats if element.approval is not None else ():
            params = {"element": element.name, "field": (rule.of or "")[:80]}
            wrong = _wrong(rule, process, elements, scheme)
            if wrong:
                yield Finding(process.file, wrong, element=element.id, line=element.line, params=params)
        if element.task_kind == GATE and PostKind.SECRETARY in _deciding(element, scheme):
            params = {"element": element.name}
            yield Finding(process.file, "gate-secretary", element=element.id, line=element.line, params=params)


def _deciding(element: Element, scheme: SchemeDefinition) -> set[str]:
    """The kinds of posts that the diagram seats on a task, those that only act while others are empty included."""
    posts = {role.key: role.posts for role in scheme.roles}
    rules = element.approval.seats if element.approval is not None else ()
    roles = [rule.of for rule in rules if rule.by == "role"] if rules else [element.role]
    if element.approval is not None:
        roles.append(element.approval.when_empty)
    named = {kind for rule in rules for kind in (rule.post, rule.of if rule.by == "post" else None) if kind}
    return named.union(*(posts.get(role or "", ()) for role in roles))


def _wrong(rule: SeatRule, process: Process, elements: Mapping[str, Element], scheme: SchemeDefinition) -> str:
    if rule.by in BY_ROW and (scheme.assessment is None or (rule.row is None and process.of is not ProcessOf.FINDING)):
        return "seat-row"
    if rule.by != BY_FIELD:
        return ""
    task = elements.get(rule.task)
    form = next((entry.form for entry in scheme.forms if task is not None and entry.key == task.form), None)
    kinds = {entry.key: entry.kind for entry in form.fields} if form is not None else {}
    if rule.field not in kinds:
        return "seat-field-unknown"
    if kinds[rule.field] not in NAMING or (rule.post and kinds[rule.field] is not FieldKind.UNIT):
        return "seat-field-kind"
    return ""
