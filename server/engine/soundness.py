"""Playing the diagram through with anonymous tokens, to find the ways in which it would hang.

Every choice is tried, conditions are not looked at: a split that only one condition combination makes safe is
reported as well, and rightly so, since nobody can see it in the drawing. The search is bounded; a diagram too large
for it gets no verdict.
"""

from collections.abc import Iterator
from itertools import combinations

from server.engine import graph
from server.engine.draft import Draft
from server.engine.shapes import Element, ElementKind

MAX_STATES = 6_000
MAX_TOKENS = 40
MAX_PER_PLACE = 2
MAX_CHOICES = 6

Marking = tuple[tuple[tuple[str, str], int], ...]
"""(source, target) of a flow, or ("", element) inside an element, to how many tokens are there; sorted."""


Tokens = dict[tuple[str, str], int]


class TooLarge(Exception):
    """More states than we are willing to look at."""


class Game:
    """Moves of the token game on one diagram."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.outgoing = {name: [flow.target for flow in draft.outgoing(name)] for name in draft.elements}
        self.incoming = {name: [flow.source for flow in draft.incoming(name)] for name in draft.elements}
        self.boundaries: dict[str, list[Element]] = {name: [] for name in draft.elements}
        for element in draft.elements.values():
            if element.attached_to in self.boundaries:
                self.boundaries[element.attached_to].append(element)
        self.after = graph.successors(draft.elements, draft.flows)

    def start(self) -> Marking:
        """One token in the start event."""
        start = next(e for e in self.draft.elements.values() if e.kind is ElementKind.START)
        return ((("", start.id), 1),)

    def moves(self, marking: Marking) -> list[Marking]:
        """Markings one move further.

        Outside of joins tokens do not touch each other, so it is enough to move one of them: the order between two
        tokens changes nothing that we look for.
        """
        tokens = dict(marking)
        for place in tokens:
            element = self.draft.elements[place[1]]
            if not place[0] or not self._is_join(element):
                return list(self._leave(tokens, place, element))
        return [m for e in self.draft.elements.values() if self._is_join(e) for m in self._join(tokens, e)]

    def _is_join(self, element: Element) -> bool:
        return element.bpmn_type in ("parallelGateway", "inclusiveGateway") and len(self.incoming[element.id]) > 1

    def _leave(self, tokens: Tokens, place: tuple[str, str], element: Element) -> Iterator[Marking]:
        rest = _without(tokens, place)
        if element.event == "terminate":
            yield ()
            return
        besides = [e.id for e in self.boundaries[element.id] if not e.interrupting]
        for way in self._ways(element):
            yield _with(rest, [(element.id, target) for target in way])
            for extra in besides:
                fork = [(element.id, target) for target in way] + [(extra, t) for t in self.outgoing[extra]]
                yield _with(rest, fork)
        for boundary in self.boundaries[element.id]:
            if boundary.interrupting:
                yield _with(rest, [(boundary.id, target) for target in self.outgoing[boundary.id]])

    def _ways(self, element: Element) -> list[tuple[str, ...]]:
        targets = self.outgoing[element.id]
        if element.bpmn_type in ("exclusiveGateway", "eventBasedGateway"):
            return [(target,) for target in targets]
        if element.bpmn_type == "inclusiveGateway":
            if len(targets) > MAX_CHOICES:
                raise TooLarge
            return [way for size in range(1, len(targets) + 1) for way in combinations(targets, size)]
        return [tuple(targets)]

    def _join(self, tokens: Tokens, element: Element) -> Iterator[Marking]:
        arrived = {source for source in self.incoming[element.id] if (source, element.id) in tokens}
        empty = set(self.incoming[element.id]) - arrived
        if not arrived or (empty and not self._inclusive_ready(tokens, element, arrived, empty)):
            return
        rest = tokens
        for source in arrived:
            rest = _without(rest, (source, element.id))
        for targets in self._ways(element):
            yield _with(rest, [(element.id, target) for target in targets])

    def _inclusive_ready(self, tokens: Tokens, join: Element, arrived: set[str], empty: set[str]) -> bool:
        if join.bpmn_type != "inclusiveGateway":
            return False
        for _, target in tokens:
            if target != join.id:
                ahead = graph.reach(self.after, [target], not_through=join.id)
                if ahead & empty and not ahead & arrived:
                    return False
        return True


def _without(tokens: Tokens, place: tuple[str, str]) -> Tokens:
    rest = dict(tokens)
    rest[place] -= 1
    if not rest[place]:
        del rest[place]
    return rest


def _with(tokens: Tokens, places: list[tuple[str, str]]) -> Marking:
    result = dict(tokens)
    for place in places:
        result[place] = result.get(place, 0) + 1
    return tuple(sorted(result.items()))


def check_soundness(draft: Draft) -> None:
    """Report joins that would wait for ever and places where tokens pile up."""
    game = Game(draft)
    todo = [game.start()]
    seen = set(todo)
    starving: set[str] = set()
    flooded: set[str] = set()
    try:
        while todo:
            marking = todo.pop()
            crowded = {target for (_, target), count in marking if count > MAX_PER_PLACE}
            if crowded or sum(count for _, count in marking) > MAX_TOKENS:
                flooded |= crowded or {marking[0][0][1]}
                continue
            moves = game.moves(marking)
            if not moves:
                starving |= {target for (_, target), _count in marking}
            for following in moves:
                if following not in seen:
                    if len(seen) >= MAX_STATES:
                        raise TooLarge
                    seen.add(following)
                    todo.append(following)
    except TooLarge:
        return
    for name in sorted(starving):
        draft.refuse("join-starves", draft.elements[name])
    for name in sorted(flooded):
        draft.refuse("token-flood", draft.elements[name])
