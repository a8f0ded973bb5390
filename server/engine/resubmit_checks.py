"""Whether coming straight back to a task that returns work makes sense where the diagram asks for it."""

from collections.abc import Mapping

from server.engine import graph
from server.engine.draft import Draft
from server.engine.resubmits import THROUGH_ALL, WAYS
from server.engine.shapes import Element, ElementKind

FORM = "form"
"""The one kind of task whose changes are told apart from additions; any other goes through all steps again."""


def check_resubmit(draft: Draft) -> None:
    """Everything about `gg:resubmit` that is misspelt, or could never have an effect."""
    after = graph.successors(draft.elements, draft.flows)
    for element in draft.elements.values():
        if element.kind is not ElementKind.USER or element.resubmit == THROUGH_ALL:
            continue
        if element.resubmit not in WAYS:
            draft.refuse("resubmit-value", element, value=element.resubmit[:20])
            continue
        targets = _targets(draft, element, after)
        if not targets:
            draft.refuse("resubmit-nowhere", element)
        elif all(target.task_kind != FORM for target in targets):
            draft.refuse("resubmit-kind", element)
        elif not any(_between(draft, target, element, after) for target in targets):
            draft.warn("resubmit-nothing", element)


def _targets(draft: Draft, element: Element, after: Mapping[str, list[str]]) -> list[Element]:
    """Tasks to which the work can be sent back from here: those that are named, and those to which a way leads back."""
    named = [draft.elements[name] for name in element.return_targets if name in draft.elements]
    found: dict[str, Element] = {each.id: each for each in named if each.kind is ElementKind.USER}
    seen, todo = set(), list(after[element.id])
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        if draft.elements[here].kind is not ElementKind.USER:
            todo.extend(after[here])
        elif here != element.id and element.id in graph.reach(after, [here]):
            found[here] = draft.elements[here]
    return list(found.values())


def _between(draft: Draft, target: Element, element: Element, after: Mapping[str, list[str]]) -> bool:
    """Whether anybody else acts after the target, before or beside the returning task."""
    until = graph.reach(after, after[target.id], not_through=element.id)
    behind = graph.reach(after, after[element.id], not_through=target.id)
    return any(draft.elements[name].kind is ElementKind.USER for name in until - behind - {target.id, element.id})
