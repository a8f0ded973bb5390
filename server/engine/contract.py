"""The contract of the engine: everything the rest of the product may import from this package.

Namespace of our BPMN extension: `urn:greengate:bpmn:1`, prefix `gg` (see docs/bpmn-extensions.md).
"""

from server.engine.compiler import compile_process
from server.engine.errors import (
    DefinitionRejected,
    EngineError,
    EngineRefusal,
    ExpressionFailed,
    FactMissing,
    ReturnRefused,
    StateUnreadable,
    StepBudgetExceeded,
    TaskNotOpen,
    TooManyReturns,
    ValuesRefused,
)
from server.engine.lint import call_cycles, lint_process
from server.engine.process_engine import ProcessEngine, no_facts
from server.engine.shapes import (
    JSON,
    Approval,
    Definition,
    Element,
    ElementKind,
    FactCatalogue,
    FactKind,
    FactPort,
    FactType,
    Finding,
    Flow,
    Lane,
    Passed,
    ReturnTarget,
    SeatRule,
    SentBack,
    Step,
    Thrown,
    Vocabulary,
    Waiting,
)
from server.engine.trial import trial_start
from server.engine.words import cure, refusal, what

__all__ = [
    "JSON",
    "Approval",
    "Definition",
    "DefinitionRejected",
    "Element",
    "ElementKind",
    "EngineError",
    "EngineRefusal",
    "ExpressionFailed",
    "FactCatalogue",
    "FactKind",
    "FactMissing",
    "FactPort",
    "FactType",
    "Finding",
    "Flow",
    "Lane",
    "Passed",
    "ProcessEngine",
    "ReturnRefused",
    "ReturnTarget",
    "SeatRule",
    "SentBack",
    "StateUnreadable",
    "Step",
    "StepBudgetExceeded",
    "TaskNotOpen",
    "Thrown",
    "TooManyReturns",
    "ValuesRefused",
    "Vocabulary",
    "Waiting",
    "call_cycles",
    "compile_process",
    "cure",
    "lint_process",
    "no_facts",
    "refusal",
    "trial_start",
    "what",
]
