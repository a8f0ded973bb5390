"""Which element can be reached from which."""

from collections.abc import Iterable, Mapping

from server.engine.shapes import Element, Flow


def successors(elements: Mapping[str, Element], flows: Iterable[Flow]) -> dict[str, list[str]]:
    """Direct successors in document order; boundary events follow their host."""
    after: dict[str, list[str]] = {element_id: [] for element_id in elements}
    for flow in flows:
        after[flow.source].append(flow.target)
    for element in elements.values():
        if element.attached_to in after:
            after[element.attached_to].append(element.id)
    return after


def reach(after: Mapping[str, Iterable[str]], start: Iterable[str], not_through: str | None = None) -> set[str]:
    """Everything reachable from these, themselves included; `not_through` is reached but not left."""
    seen: set[str] = set()
    todo = list(start)
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        if here != not_through:
            todo.extend(after[here])
    return seen


def reversed_graph(after: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The same arrows, turned round."""
    before: dict[str, list[str]] = {name: [] for name in after}
    for source, targets in after.items():
        for target in targets:
            before[target].append(source)
    return before
