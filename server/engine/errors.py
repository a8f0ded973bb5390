"""What the engine refuses, and why. None of these leaves a half-done step: the caller keeps its old state."""

from collections.abc import Sequence

from server.engine.shapes import Finding


class EngineError(Exception):
    """Anything the engine says no to.

    element_id: where. reason: a short word for the catalogue (`engine-<reason>`). params: for its placeables.
    """

    reason = "failed"

    def __init__(self, element_id: str | None = None, *, reason: str | None = None, **params: str | int) -> None:
        self.element_id = element_id
        self.reason = reason or type(self).reason
        self.params = params
        details = " ".join(f"{key}={value!r}" for key, value in params.items())
        super().__init__(f"{type(self).__name__} {self.reason} at {element_id} {details}".strip())


class DefinitionRejected(EngineError):
    """The file cannot be compiled; all that is wrong with it at once."""

    reason = "definition-rejected"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0] if self.findings else None
        super().__init__(first.element_id if first else None, rules=", ".join(sorted({f.rule for f in self.findings})))


class EngineRefusal(EngineError):
    """A command on an instance is refused; its state is as before."""


class TaskNotOpen(EngineRefusal):
    """The task was done, cancelled or returned already, or is not of the kind this command is for."""

    reason = "task-not-open"


class FactMissing(EngineRefusal):
    """A fact port does not know the name it was asked for; the engine answers ExpressionFailed."""

    reason = "fact-missing"

    def __init__(self, name: str) -> None:
        super().__init__(None, name=name)
        self.name = name


class ExpressionFailed(EngineRefusal):
    """An expression gave no answer, or not the kind of answer that was needed."""

    reason = "expression-failed"

    def __init__(self, element_id: str | None, expression: str, reason: str, **params: str | int) -> None:
        super().__init__(element_id, reason=reason, expression=expression, **params)
        self.expression = expression


class StepBudgetExceeded(EngineRefusal):
    """The diagram runs in a circle without ever waiting for anybody."""

    reason = "step-budget-exceeded"


class StateUnreadable(EngineRefusal):
    """The stored state is damaged, of another version, or of another definition."""

    reason = "state-unreadable"


class ReturnRefused(EngineRefusal):
    """The work cannot be sent back there."""

    reason = "return-refused"


class TooManyReturns(EngineRefusal):
    """The instance was sent back as often as is allowed."""

    reason = "too-many-returns"


class ValuesRefused(EngineRefusal):
    """The values are not plain JSON, or too large."""

    reason = "values-refused"
