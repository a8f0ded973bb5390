"""After work was sent back: whether it may go straight to the task that returned it, and the going there.

What that needs lies with the token of the task it was sent to: it lives as long as that is open, and no longer.
"""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from server.engine.errors import ReturnRefused
from server.engine.shapes import JSON, Element, ElementKind, SentBack
from server.engine.specs import Join, Scope, disarm, inside
from server.engine.token import Instance, Token

THROUGH_ALL, STRAIGHT, CHOICE = "through-all", "straight", "choice"
WAYS = (THROUGH_ALL, STRAIGHT, CHOICE)
RETURNED = "return"
"""The verdict by which a drawn way back counts as sending back."""
BACK = "back"
CAME = "came"
HOST_WORKS = frozenset({ElementKind.CHILDREN, ElementKind.ACTIVITY})
Done = list[tuple[str, Scope]]


def note(instance: Instance, token: Token, scope: Scope, later: Done) -> dict[str, Any] | None:
    """What to remember of a return into a scope, before that is closed; None when there is no other way than all again.

    later: what was completed after the target, and stands if the work goes straight.
    """
    element = instance.definition.elements[token.task_spec.name]
    stands = [entry for entry in later if inside(entry[1], scope) and entry[0] != element.id]
    if element.resubmit not in (STRAIGHT, CHOICE) or not stands:
        return None
    others = [
        other
        for other in instance.open_tokens()
        if other is not token and inside(other.scope, scope) and "host" not in other.internal_data
    ]
    return {
        "to": element.id,
        "scope": token.scope,
        "stands": stands,
        "closed": [[other.task_spec.name, _kept(other)] for other in others],
        "why": _why_not(instance, [token, *others], scope),
    }


def note_drawn(instance: Instance, element: Element, scope: Scope, values: Mapping[str, JSON]) -> None:
    """A verdict that leads back by a way of the diagram, to one task done before in the same branch, is a return."""
    if element.resubmit not in (STRAIGHT, CHOICE) or values.get("verdict") != RETURNED:
        return
    new = {line.task_id for line in instance.trail if line.change == "entered"}
    opened = [t for t in instance.open_tokens() if t.id in new and "host" not in t.internal_data]
    if len(opened) != 1 or opened[0].scope != scope or opened[0].task_spec.name == element.id:
        return
    done = instance.store.done
    at = next((i for i, entry in enumerate(done) if entry[0] == opened[0].task_spec.name), None)
    if at is None or instance.definition.elements[opened[0].task_spec.name].kind is not ElementKind.USER:
        return
    stands = [entry for entry in done[at + 1 :] if inside(entry[1], scope) and entry[0] != element.id]
    if stands:
        opened[0].internal_data[BACK] = {"to": element.id, "scope": scope, "stands": stands, "closed": [], "why": None}


def sent_back(instance: Instance, token: Token) -> SentBack | None:
    """Who returned the work to this open task, and whether it may go straight there."""
    back = token.internal_data.get(BACK)
    if back is None:
        return None
    why = back["why"]
    origin = instance.definition.elements.get(back["to"])
    if origin is None or not inside(back["scope"], token.scope):
        return None
    stands = tuple(dict.fromkeys(name for name, _ in back["stands"]))
    return SentBack(origin.id, origin.resubmit, stands, f"engine-{why}" if why else None)


def go_straight(instance: Instance, token: Token) -> None:
    """Complete a task and enter the one that had returned the work; what lay beside that is open as it was."""
    known = sent_back(instance, token)
    if known is None or known.reason is not None:
        raise ReturnRefused(token.task_spec.name, reason="straight-not-now")
    back = token.internal_data.pop(BACK)
    stands = [(name, scope) for name, scope in back["stands"]]
    again = {name for name, _ in stands}
    instance.store.done = [entry for entry in instance.store.done if entry[0] not in again] + stands
    disarm(token)
    token._set_state(TaskState.COMPLETED)
    for name, kept in back["closed"]:
        _open_again(instance, name, kept)
    returned = instance.enter(back["to"], back["scope"])
    returned.internal_data[CAME] = [token.task_spec.name, back]


def as_before(instance: Instance, target: str) -> dict[str, Any] | None:
    """What the target knew when the work came straight from it, for who takes that back."""
    known = [token.internal_data[CAME] for token in instance.open_tokens() if CAME in token.internal_data]
    return next((back for name, back in known if name == target), None)


def _kept(token: Token) -> dict[str, Any]:
    return {key: value for key, value in token.internal_data.items() if key in ("via", "scope", "race")}


def _open_again(instance: Instance, name: str, kept: dict[str, Any]) -> None:
    spec = instance.spec.task_specs[name]
    if isinstance(spec, Join):
        # It waited there and does so again; nothing arrives that had not arrived.
        waits = Token(instance, spec, instance.task_tree, TaskState.WAITING)
        waits.internal_data = dict(kept)
        return
    instance.enter(name, kept["scope"], **{key: value for key, value in kept.items() if key == "race"})


def _why_not(instance: Instance, tokens: list[Token], scope: Scope) -> str | None:
    """Children and activities would be started a second time; a reminder's branch has lost the task it reminded of."""
    elements = instance.definition.elements
    if any(elements[token.task_spec.name].kind in HOST_WORKS for token in tokens):
        return "straight-children"
    if any(level[2] == 0 for token in tokens for level in token.scope[len(scope) :]):
        return "straight-boundary"
    return None
