"""Whether the diagrams of a package may run, and fit what scheme.toml says. Pure, but for the trial in a child."""

from collections.abc import Iterable, Mapping, Sequence

from server.engine.contract import (
    Definition,
    DefinitionRejected,
    Element,
    ElementKind,
    FactCatalogue,
    FactKind,
    FactType,
    Vocabulary,
    call_cycles,
    compile_process,
    lint_process,
)
from server.engine.trial import trial_start
from server.schemes.definition import Keyed, Process, SchemeDefinition
from server.schemes.findings import Finding, errors_of, from_engine
from server.schemes.form_types import Field, FieldKind, Form
from server.schemes.package import Files
from server.schemes.parts import Known
from server.schemes.schedule_rules import follows
from server.schemes.scheme_toml import FILE
from server.schemes.seat_checks import check_seats

FORM_KIND = "form"
ASSESSING = "assessments."
FACT_KINDS: Mapping[FieldKind, FactKind] = {
    FieldKind.TEXT: FactKind.STRING,
    FieldKind.CHOICE: FactKind.STRING,
    FieldKind.DATE: FactKind.DATE,
    FieldKind.INTEGER: FactKind.NUMBER,
    FieldKind.NUMBER: FactKind.NUMBER,
    FieldKind.CHECK: FactKind.BOOLEAN,
    FieldKind.UNIT: FactKind.STRING,
    FieldKind.POST: FactKind.STRING,
    FieldKind.PERSON: FactKind.STRING,
}
"""Fields that become facts of their instance; long texts, files and tables stay in the decision alone."""


def check_diagrams(files: Files, scheme: SchemeDefinition, known: Known) -> list[Finding]:
    """Findings of the engine about each diagram, and what joins diagrams, forms and scheme."""
    decisions = {path: content for path, content in files.items() if path.endswith(".dmn")}
    definitions: dict[str, Definition] = {}
    findings: list[Finding] = []
    for process in scheme.processes:
        if process.file not in files:
            continue
        definition = _compiled(files[process.file], decisions)
        if definition is not None:
            definitions[process.key] = definition
        catalogue = _catalogue(scheme, definition, known)
        vocabulary = _vocabulary(scheme, known)
        findings += from_engine(process.file, lint_process(files[process.file], decisions, catalogue, vocabulary))
        if definition is not None:
            findings += _elements(process, definition, scheme)
    findings += from_engine("", call_cycles(definitions.values()))
    findings += _hand_ins(scheme, definitions)
    if len(definitions) == len(scheme.processes):
        findings += _unused(scheme, definitions.values())
    return findings


def try_diagrams(files: Files, scheme: SchemeDefinition, known: Known) -> list[Finding]:
    """Start each process once in a child process with limits. Takes about half a second each; for publishing."""
    decisions = {path: content for path, content in files.items() if path.endswith(".dmn")}
    findings: list[Finding] = []
    for process in scheme.processes:
        definition = _compiled(files[process.file], decisions)
        catalogue = _catalogue(scheme, definition, known)
        findings += from_engine(process.file, trial_start(files[process.file], decisions, catalogue))
    return errors_of(findings)


def _compiled(bpmn: bytes, decisions: Mapping[str, bytes]) -> Definition | None:
    try:
        return compile_process(bpmn, decisions)
    except DefinitionRejected:
        return None


def _vocabulary(scheme: SchemeDefinition, known: Known) -> Vocabulary:
    return Vocabulary(
        task_kinds=known.task_kinds | {FORM_KIND} if known.task_kinds is not None else None,
        roles=frozenset(role.key for role in scheme.roles),
        forms=frozenset(form.key for form in scheme.forms),
        deadlines=frozenset(deadline.key for deadline in scheme.deadlines),
        phases=frozenset(phase.key for phase in scheme.phases),
        collections=known.collections,
        activities=known.activities,
        processes=frozenset(process.key for process in scheme.processes),
    )


def _catalogue(scheme: SchemeDefinition, definition: Definition | None, known: Known) -> FactCatalogue | None:
    """All facts that expressions of one process may read; None when the host's own are not known here."""
    if known.facts is None:
        return None
    names = dict(known.facts.names)
    for element in definition.elements.values() if definition is not None else ():
        names.update(_facts_of_element(scheme, element, known))
    return FactCatalogue(names)


def _facts_of_element(scheme: SchemeDefinition, element: Element, known: Known) -> Mapping[str, FactType]:
    if element.kind is ElementKind.USER and element.task_kind == FORM_KIND:
        form = next((entry.form for entry in scheme.forms if entry.key == element.form), None)
        return facts_of_form(element.id, form) if form is not None else {}
    if element.kind is ElementKind.USER:
        fields = known.outcomes.get(element.task_kind or "", {})
        return {f"form.{element.id}.{name}": fact for name, fact in fields.items()}
    if element.kind is ElementKind.ACTIVITY:
        fields = known.results.get(element.activity or "", {})
        return {f"result_of.{element.id}.{name}": fact for name, fact in fields.items()}
    if element.kind is ElementKind.CHILDREN:
        fields = known.results.get("children", {})
        return {f"result_of.{element.id}.{name}": fact for name, fact in fields.items()}
    return {}


def facts_of_form(element_id: str, form: Form) -> dict[str, FactType]:
    """The facts that a form leaves behind: `form.<element>.<field>`."""
    return {f"form.{element_id}.{field.key}": _fact_type(field) for field in form.fields if field.kind in FACT_KINDS}


def _fact_type(field: Field) -> FactType:
    return FactType(FACT_KINDS[field.kind], field.title, tuple(choice.value for choice in field.choices))


def _elements(process: Process, definition: Definition, scheme: SchemeDefinition) -> Iterable[Finding]:
    if definition.process_id != process.key:
        yield Finding(
            process.file,
            "process-id",
            element=definition.process_id,
            params={"key": process.key, "id": definition.process_id},
        )
    yield from check_seats(process, definition.elements, scheme)
    for element in definition.elements.values():
        if element.kind is not ElementKind.USER:
            continue
        if element.task_kind == FORM_KIND and not element.form:
            yield _at(process, element, "task-form-missing")
        if (element.task_kind or "").startswith(ASSESSING) and scheme.assessment is None:
            yield _at(process, element, "task-no-standard")


def _at(process: Process, element: Element, rule: str) -> Finding:
    return Finding(process.file, rule, element=element.id, line=element.line, params={"element": element.name})


def _hand_ins(scheme: SchemeDefinition, definitions: Mapping[str, Definition]) -> Iterable[Finding]:
    for entry in scheme.hand_ins:
        definition = definitions.get(entry.process)
        if definition is None:
            continue
        element = definition.elements.get(entry.element)
        if element is None or element.kind is not ElementKind.USER:
            place = f"hand_in.{entry.key}.element"
            yield Finding(
                FILE, "element-unknown", element=place, params={"id": entry.element, "process": entry.process}
            )


def _unused(scheme: SchemeDefinition, definitions: Iterable[Definition]) -> Iterable[Finding]:
    """Names that no diagram uses; not wrong, but somebody will wait for them in vain."""
    elements = [element for definition in definitions for element in definition.elements.values()]
    followed = {follows(entry.rule) for entry in scheme.deadlines}
    used = {
        "form": {element.form for element in elements},
        "deadline": {element.deadline for element in elements}
        | followed
        | {entry.deadline for entry in scheme.hand_ins},
        "role": {element.role for element in elements},
    }
    named: Mapping[str, Sequence[Keyed]] = {"form": scheme.forms, "deadline": scheme.deadlines, "role": scheme.roles}
    for what, entries in named.items():
        for entry in entries:
            if entry.key not in used[what]:
                yield Finding(
                    FILE, f"{what}-unused", "warning", element=f"{what}.{entry.key}", params={"key": entry.key}
                )
