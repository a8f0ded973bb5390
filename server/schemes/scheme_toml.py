"""`scheme.toml` into a `SchemeDefinition`, with every finding at once."""

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from server.schemes import ladder_toml, schedule_rules, schedule_toml
from server.schemes.definition import (
    Assessment,
    Basis,
    Deadline,
    FindingPolicy,
    FormFile,
    HandIn,
    Issuer,
    Keyed,
    Late,
    NotApplicable,
    Origin,
    Parameter,
    ParameterKind,
    PassMark,
    Phase,
    Process,
    ProcessOf,
    Role,
    RoleUnit,
    SchemeDefinition,
    Scope,
    SecondRows,
    SecondVerification,
    ShortRow,
    Sourced,
    Target,
)
from server.schemes.findings import Finding
from server.schemes.form_types import Form, FormRejected
from server.schemes.forms import parse_form
from server.schemes.package import Files
from server.schemes.toml_tables import NO_SOURCE, Table, to_decimal

FILE = "scheme.toml"
FORMAT = 1
MAX_ENTRIES = 200
K = TypeVar("K", bound=Keyed)


@dataclass(frozen=True, slots=True)
class Parsed:
    """definition: None when the file cannot be read at all. It may be partial when there are findings."""

    definition: SchemeDefinition | None
    findings: tuple[Finding, ...]


def parse_scheme(files: Files) -> Parsed:
    """Read scheme.toml and the forms that it names."""
    content = files.get(FILE)
    if content is None:
        return Parsed(None, (Finding(FILE, "scheme-missing"),))
    try:
        data = tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
    except UnicodeDecodeError:
        return Parsed(None, (Finding(FILE, "not-utf8"),))
    except (ValueError, RecursionError) as error:
        return Parsed(None, (Finding(FILE, "not-toml", params={"reason": str(error)[:200]}),))
    findings: list[Finding] = []
    root = Table(data, "", FILE, findings)
    if root.raw("format") != FORMAT:
        return Parsed(None, (Finding(FILE, "format", element="format", params={"known": FORMAT}),))
    definition = _definition(root, files)
    root.done()
    return Parsed(definition, tuple(findings))


def _definition(root: Table, files: Files) -> SchemeDefinition:
    head = root.table("scheme") or _absent(root, "scheme")
    key = head.key()
    language = head.text("language")
    if language and language not in ("zh-CN", "en"):
        head.refuse("value-choice", "language", choices="zh-CN, en")
    title = head.sourced_text("title", needed=True) or Sourced("", NO_SOURCE)
    number, recipients = head.sourced_text("number"), head.sourced_text("recipients")
    issued_on, recognition = head.sourced_day("issued_on"), head.sourced_text("recognition")
    head.done()
    return SchemeDefinition(
        key=key,
        language=language,
        title=title,
        number=number,
        issued_on=issued_on,
        recipients=recipients,
        recognition=recognition,
        issuers=_each(root, "issuer", _issuer),
        basis=_each(root, "basis", _basis),
        scope=_scope(root),
        targets=_targets(root),
        phases=_each(root, "phase", _phase),
        roles=_each(root, "role", _role),
        deadlines=_each(root, "deadline", _deadline),
        parameters=_each(root, "parameter", _parameter),
        assessment=_assessment(root),
        findings=_policy(root),
        second_verification=_second(root),
        gate_by=_gate(root),
        hand_ins=_each(root, "hand_in", _hand_in),
        processes=_each(root, "process", _process),
        forms=_each(root, "form", lambda table: _form(table, files)),
        ladder=ladder_toml.read_ladder(root),
        sprints=_each(root, "sprint", ladder_toml.read_sprint),
    )


def _absent(root: Table, name: str) -> Table:
    root.refuse("value-missing", name)
    return Table({}, name, FILE, [])


def _each(root: Table, name: str, read: Callable[[Table], K | None]) -> tuple[K, ...]:
    """All entries of one kind; keys may stand once."""
    tables = root.tables(name)
    if len(tables) > MAX_ENTRIES:
        root.refuse("too-many-entries", name, limit=MAX_ENTRIES)
        tables = tables[:MAX_ENTRIES]
    found: list[K] = []
    for table in tables:
        entry = read(table)
        table.done()
        if entry is None:
            continue
        if any(other.key == entry.key for other in found):
            table.refuse("key-twice", key=entry.key)
        else:
            found.append(entry)
    return tuple(found)


def _issuer(table: Table) -> Issuer:
    return Issuer(table.key(), table.text("title"), table.flag("lead"), table.source())


def _basis(table: Table) -> Basis:
    return Basis(
        table.key(),
        table.text("title"),
        table.text("issuer", needed=False),
        table.text("number", needed=False),
        table.source(),
    )


def _scope(root: Table) -> Scope | None:
    table = root.table("scope")
    if table is None:
        return None
    scope = Scope(table.text("title"), table.texts("kinds"), table.source())
    table.done()
    return scope


def _targets(root: Table) -> tuple[Target, ...]:
    found = []
    for table in root.tables("target"):
        by, percent = table.day("by"), table.decimal("percent")
        title, level, source = table.text("title"), table.text("level", needed=False), table.source()
        table.done()
        if percent is not None and not 0 < percent <= 100:
            table.refuse("value-percent", "percent")
        elif by is not None and percent is not None:
            found.append(Target(by, percent, title, level, source))
    return tuple(found)


def _phase(table: Table) -> Phase:
    return Phase(table.key(), table.text("title"), table.source())


def _role(table: Table) -> Role:
    return Role(
        key=table.key(),
        title=table.text("title"),
        unit=table.choice("unit", RoleUnit) or RoleUnit.AUTHORITY,
        post=table.key("post"),
        fallback=table.texts("fallback"),
        duties=table.text("duties", needed=False),
        source=table.source(),
    )


def _deadline(table: Table) -> Deadline | None:
    key, title, source = table.key(), table.text("title"), table.source()
    rule, late = schedule_toml.read_rule(table), table.choice("late", Late, Late.ACCEPT)
    said, bound = ladder_toml.read_ladder(table), table.flag("bound")
    if bound and source.origin is not Origin.NOTICE:
        table.refuse("deadline-bound-source", "bound")
    if bound and rule is not None and schedule_rules.waits_for(rule) is not None:
        table.refuse("deadline-bound-waits", "bound")
    return Deadline(key, title, rule, source, late, said, bound) if rule is not None and late is not None else None


def _parameter(table: Table) -> Parameter:
    kind = table.choice("kind", ParameterKind) or ParameterKind.TEXT
    parameter = Parameter(
        key=table.key(),
        title=table.text("title"),
        kind=kind,
        help=table.text("help", needed=False),
        choices=table.texts("choices"),
        minimum=table.decimal("minimum", needed=False),
        maximum=table.decimal("maximum", needed=False),
        default=table.text("default", needed=False) or None,
        source=table.source(),
    )
    if (kind is ParameterKind.CHOICE) != bool(parameter.choices):
        table.refuse("parameter-choices", "choices")
    least, most = parameter.minimum, parameter.maximum
    if least is not None and most is not None and least > most:
        table.refuse("parameter-bounds", "minimum")
    if parameter.default is not None and not _default_fits(parameter):
        table.refuse("parameter-default", "default")
    return parameter


def _default_fits(parameter: Parameter) -> bool:
    if parameter.kind is ParameterKind.CHOICE:
        return parameter.default in parameter.choices
    if parameter.kind in (ParameterKind.INTEGER, ParameterKind.DECIMAL):
        number = to_decimal(parameter.default)
        return (
            number is not None
            and (parameter.kind is ParameterKind.DECIMAL or number == int(number))
            and (parameter.minimum is None or number >= parameter.minimum)
            and (parameter.maximum is None or number <= parameter.maximum)
        )
    return True


def _assessment(root: Table) -> Assessment | None:
    table = root.table("assessment")
    if table is None:
        return None
    standard = table.sourced_text("standard", needed=True)
    total, mark = table.sourced_decimal("total"), _pass_mark(table)
    policy, parameter = _not_applicable(table)
    table.done()
    return Assessment(standard, total, mark, policy, parameter) if standard is not None else None


def _pass_mark(table: Table) -> PassMark | None:
    inner = table.table("pass_mark")
    if inner is None:
        return None
    if not inner.has("inclusive"):
        inner.refuse("value-missing", "inclusive")
    value, inclusive, source = inner.decimal("value"), inner.flag("inclusive"), inner.source()
    inner.done()
    return PassMark(value, inclusive, source) if value is not None else None


def _not_applicable(table: Table) -> tuple[Sourced[NotApplicable] | None, Sourced[str] | None]:
    inner = table.table("not_applicable")
    if inner is None:
        return None, None
    if inner.has("parameter"):
        key, source = inner.key("parameter"), inner.source()
        inner.done()
        return None, Sourced(key, source)
    value, source = inner.choice("value", NotApplicable), inner.source()
    inner.done()
    return (Sourced(value, source) if value is not None else None), None


def _policy(root: Table) -> FindingPolicy | None:
    table = root.table("findings")
    if table is None:
        return None
    below = table.sourced_choice("below_pass", ShortRow)
    above = table.sourced_choice("at_or_above_pass", ShortRow)
    table.done()
    return FindingPolicy(below, above) if below is not None and above is not None else None


def _second(root: Table) -> SecondVerification | None:
    table = root.table("second_verification")
    if table is None:
        return None
    rows = table.sourced_choice("rows", SecondRows)
    table.done()
    return SecondVerification(rows) if rows is not None else None


def _gate(root: Table) -> Sourced[str] | None:
    table = root.table("gate")
    if table is None:
        return None
    by = table.sourced_text("by", needed=True)
    table.done()
    return by


def _hand_in(table: Table) -> HandIn:
    return HandIn(
        key=table.key(),
        title=table.text("title"),
        process=table.text("process"),
        element=table.text("element"),
        sender=table.key("from"),
        receiver=table.key("to"),
        deadline=table.key("deadline", needed=False) or None,
        source=table.source(),
    )


def _process(table: Table) -> Process:
    return Process(
        key=table.text("key"),
        title=table.text("title"),
        file=table.text("file"),
        of=table.choice("of", ProcessOf, ProcessOf.OTHER) or ProcessOf.OTHER,
        root=table.flag("root"),
    )


def _form(table: Table, files: Files) -> FormFile:
    key, title, file = table.key(), table.text("title"), table.text("file")
    form: Form | None = None
    if file and file not in files:
        table.refuse("file-missing", "file", path=file)
    elif file:
        try:
            form = parse_form(files[file], key)
        except FormRejected as error:
            table.findings.extend(_form_findings(file, error))
    return FormFile(key, title, file, form)


def _form_findings(file: str, error: FormRejected) -> Iterable[Finding]:
    for rule, path, params in error.problems:
        line = params.get("line") if rule == "form-json" else None
        yield Finding(file, rule, element=path or None, line=int(line) if line else None, params=params)
