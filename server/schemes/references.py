"""Whether the parts of scheme.toml fit each other and the files beside it. Pure."""

from collections.abc import Iterable
from itertools import pairwise

from server.schemes import schedule_rules
from server.schemes.definition import Keyed, NotApplicable, ParameterKind, SchemeDefinition
from server.schemes.findings import Finding
from server.schemes.ladder_toml import check_ladder
from server.schemes.package import Files
from server.schemes.scheme_toml import FILE

FREE = ("scheme.toml", "README.md")


def check_references(files: Files, scheme: SchemeDefinition) -> list[Finding]:
    """Every name that leads nowhere, every circle, every file that nothing names."""
    return [
        *_issuers(scheme),
        *_processes(files, scheme),
        *_deadlines(scheme),
        *_assessment(files, scheme),
        *_targets(scheme),
        *_roles(scheme),
        *check_ladder(scheme),
        *_files(files, scheme),
    ]


def _finding(rule: str, element: str, *, warning: bool = False, **params: str | int) -> Finding:
    return Finding(FILE, rule, "warning" if warning else "error", element=element, params=params)


def _keys(entries: Iterable[Keyed]) -> frozenset[str]:
    return frozenset(entry.key for entry in entries)


def _issuers(scheme: SchemeDefinition) -> Iterable[Finding]:
    if not scheme.issuers:
        yield _finding("issuer-missing", "issuer", warning=True)
    elif sum(issuer.lead for issuer in scheme.issuers) != 1:
        yield _finding("issuer-lead", "issuer")


def _processes(files: Files, scheme: SchemeDefinition) -> Iterable[Finding]:
    if not scheme.processes:
        yield _finding("process-none", "process")
        return
    roots = [process.key for process in scheme.processes if process.root]
    if len(roots) > 1:
        yield _finding("process-root", f"process.{roots[1]}", count=len(roots))
    elif not roots:
        yield _finding("process-no-root", "process", warning=True)
    seen: set[str] = set()
    for process in scheme.processes:
        place = f"process.{process.key}.file"
        if process.file not in files or not process.file.endswith(".bpmn"):
            yield _finding("file-missing", place, path=process.file)
        elif process.file in seen:
            yield _finding("file-shared", place, path=process.file)
        seen.add(process.file)


def _deadlines(scheme: SchemeDefinition) -> Iterable[Finding]:
    rules = scheme.rules
    parameters = {parameter.key: parameter for parameter in scheme.parameters}
    placed = schedule_rules.order(rules)
    for key, rule in rules.items():
        place = f"deadline.{key}.rule"
        to = schedule_rules.follows(rule)
        if to is not None and to not in rules:
            yield _finding("deadline-unknown", place, deadline=to)
        elif key not in placed and to in rules and _in_circle(rules, key):
            yield _finding("deadline-circle", place, deadline=key)
        for name in schedule_rules.parameters_of(rule):
            if name not in parameters:
                yield _finding("parameter-unknown", place, parameter=name)
            elif parameters[name].kind is not ParameterKind.INTEGER:
                yield _finding("parameter-not-number", place, parameter=name)


def _in_circle(rules: dict[str, schedule_rules.Rule], key: str) -> bool:
    seen: set[str] = set()
    at: str | None = key
    while at is not None and at in rules and at not in seen:
        seen.add(at)
        at = schedule_rules.follows(rules[at])
    return at == key


def _assessment(files: Files, scheme: SchemeDefinition) -> Iterable[Finding]:
    assessment = scheme.assessment
    if assessment is None:
        return
    if assessment.standard.value not in files:
        yield _finding("file-missing", "assessment.standard", path=assessment.standard.value)
    mark, total = assessment.pass_mark, assessment.total
    if mark is not None and total is not None and not 0 < mark.value <= total.value:
        yield _finding("pass-mark", "assessment.pass_mark", mark=str(mark.value), total=str(total.value))
    if assessment.not_applicable_parameter is not None:
        key = assessment.not_applicable_parameter.value
        parameter = next((entry for entry in scheme.parameters if entry.key == key), None)
        if parameter is None:
            yield _finding("parameter-unknown", "assessment.not_applicable", parameter=key)
        elif not parameter.choices or set(parameter.choices) - {policy.value for policy in NotApplicable}:
            choices = ", ".join(policy.value for policy in NotApplicable)
            yield _finding("value-choice", f"parameter.{key}.choices", choices=choices)


def _targets(scheme: SchemeDefinition) -> Iterable[Finding]:
    for level in sorted({target.level for target in scheme.targets}):
        rising = sorted((target for target in scheme.targets if target.level == level), key=lambda target: target.by)
        for earlier, later in pairwise(rising):
            if earlier.by == later.by:
                yield _finding("target-twice", f"target.{later.key}", day=later.by.isoformat())
            elif later.percent < earlier.percent:
                yield _finding("target-falls", f"target.{later.key}", warning=True, day=later.by.isoformat())


def _roles(scheme: SchemeDefinition) -> Iterable[Finding]:
    roles, deadlines, processes = _keys(scheme.roles), _keys(scheme.deadlines), _keys(scheme.processes)
    if scheme.gate_by is not None and scheme.gate_by.value not in roles:
        yield _finding("role-unknown", "gate.by", role=scheme.gate_by.value)
    for role in scheme.roles:
        if role.post in role.fallback or len(set(role.fallback)) != len(role.fallback):
            yield _finding("role-fallback", f"role.{role.key}.fallback", role=role.key)
    for entry in scheme.hand_ins:
        for name, role_key in (("from", entry.sender), ("to", entry.receiver)):
            if role_key and role_key not in roles:
                yield _finding("role-unknown", f"hand_in.{entry.key}.{name}", role=role_key)
        if entry.deadline is not None and entry.deadline not in deadlines:
            yield _finding("deadline-unknown", f"hand_in.{entry.key}.deadline", deadline=entry.deadline)
        if entry.process and entry.process not in processes:
            yield _finding("process-unknown", f"hand_in.{entry.key}.process", process=entry.process)


def _files(files: Files, scheme: SchemeDefinition) -> Iterable[Finding]:
    """Files that nothing names would lie in the version without effect."""
    named = {process.file for process in scheme.processes} | {form.file for form in scheme.forms}
    if scheme.assessment is not None:
        named.add(scheme.assessment.standard.value)
    for path in sorted(files):
        if path in named or path in FREE or path.startswith(("i18n/", "examples/")) or path.endswith(".dmn"):
            continue
        yield Finding(path, "file-unlisted")
