"""What the engine says, as messages for the edge to render."""

from server.engine.errors import DefinitionRejected, EngineError
from server.engine.shapes import Finding
from server.i18n import Message


def what(finding: Finding) -> Message:
    """What is wrong; names the element."""
    return Message(f"lint-{finding.rule}", _arguments(finding))


def cure(finding: Finding) -> Message:
    """What to do about it."""
    return Message(f"lint-{finding.rule}-cure", _arguments(finding))


def _arguments(finding: Finding) -> dict[str, object]:
    named = finding.element_name or finding.element_id
    return {**finding.params, "element": named or Message("lint-whole-file"), "line": finding.line or 0}


def refusal(error: EngineError) -> Message:
    """Why a command was refused. element is the id; callers that know the name put it in its place."""
    if isinstance(error, DefinitionRejected) and error.findings:
        return what(error.findings[0])
    return Message(f"engine-{error.reason}", {**error.params, "element": error.element_id or ""})
