"""Sending work back: the one door, compiled in as a loop from any user task to an earlier one.

Nothing is rewound. The returning task is closed as returned, every token inside the scope of the target is cancelled,
and a new token enters the target. A target in a sibling branch, or in a block that was already joined, would leave
that join waiting for ever; it is refused.
"""

from server.engine import resubmits
from server.engine.errors import ReturnRefused, TooManyReturns
from server.engine.shapes import ElementKind, Passed, ReturnTarget
from server.engine.specs import Scope, inside
from server.engine.token import Instance, Token

MAX_RETURNS = 50


def remember(instance: Instance, token: Token) -> None:
    """A user task is about to be completed: from now on it can be a target."""
    name = token.task_spec.name
    instance.store.done = [entry for entry in instance.store.done if entry[0] != name]
    instance.store.done.append((name, token.scope))


def targets(instance: Instance, token: Token) -> tuple[ReturnTarget, ...]:
    """Every declared target of the token's element with the reason why not."""
    declared = instance.definition.elements[token.task_spec.name].return_targets
    found = []
    for name in declared:
        reason = "return-used-up" if instance.store.returns >= MAX_RETURNS else _reason(instance, token, name)
        found.append(ReturnTarget(name, reason is None, f"engine-{reason}" if reason else None))
    return tuple(found)


def go_back(instance: Instance, token: Token, target: str, *, undeclared: bool) -> None:
    """Close what lies inside the target's scope and enter the target."""
    origin = instance.definition.elements[token.task_spec.name]
    if instance.store.returns >= MAX_RETURNS:
        raise TooManyReturns(origin.id, limit=MAX_RETURNS)
    if not undeclared and target not in origin.return_targets:
        raise ReturnRefused(origin.id, reason="return-not-declared", target=target[:80])
    reason = _reason(instance, token, target)
    if reason is not None:
        raise ReturnRefused(origin.id, reason=reason, target=target[:80])
    instance.store.returns += 1
    at = next(index for index, entry in enumerate(instance.store.done) if entry[0] == target)
    scope = instance.store.done[at][1]
    done = instance.store.done
    # A repair, or who takes back what they handed in, returns nothing to anybody.
    back = (
        resubmits.as_before(instance, target) if undeclared else resubmits.note(instance, token, scope, done[at + 1 :])
    )
    _close(instance, token, scope)
    instance.store.done = done[:at] + [entry for entry in done[at:] if not inside(entry[1], scope)]
    entered = instance.enter(target, scope)
    if back is not None:
        entered.internal_data[resubmits.BACK] = back


def _reason(instance: Instance, token: Token, target: str) -> str | None:
    element = instance.definition.elements.get(target)
    if element is None or element.kind is not ElementKind.USER:
        return "return-not-a-task"
    scope = next((scope for name, scope in instance.store.done if name == target), None)
    if scope is None:
        return "return-not-passed"
    if not inside(token.scope, scope):
        return "return-into-branch"
    return None


def _close(instance: Instance, token: Token, scope: Scope) -> None:
    number = len(instance.trail)
    token.cancel()
    closed = instance.trail[number]
    instance.trail[number] = Passed(closed.element_id, closed.task_id, "returned")
    for other in instance.open_tokens():
        if inside(other.scope, scope):
            other.cancel()
