"""What comes after a step by the diagram; pure."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from server.engine.contract import Definition, Element, ElementKind, Flow

STOPS = frozenset({ElementKind.USER, ElementKind.CHILDREN, ElementKind.END})
AT_MOST = 6


@dataclass(frozen=True, slots=True)
class Ahead:
    """A step that may come next. when: the choices on the way to it, in order; empty when nothing is to be chosen."""

    element: Element
    when: tuple[Flow, ...]


def ahead(definition: Definition, here: Collection[str]) -> tuple[Ahead, ...]:
    """The nearest steps of people, children or ends behind these elements, each once, by the shortest way."""
    found: list[Ahead] = []
    seen = set(here)
    todo: deque[tuple[str, tuple[Flow, ...]]] = deque((element_id, ()) for element_id in here)
    while todo:
        source, when = todo.popleft()
        for flow in definition.flows:
            if flow.source != source or flow.target in seen:
                continue
            seen.add(flow.target)
            chosen = (*when, flow) if flow.condition is not None or flow.is_default else when
            element = definition.elements[flow.target]
            if element.kind in STOPS:
                found.append(Ahead(element, chosen))
            else:
                todo.append((element.id, chosen))
    return tuple(found[:AT_MOST])
