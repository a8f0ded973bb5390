"""What the page of a scheme shows, in the reader's language: who does what in which phase, roles, dates, standard."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from server.db.work import Work
from server.engine.contract import Definition, Element, ElementKind
from server.i18n import Message, has_text
from server.schemes import queries
from server.schemes.definition import Deadline, Parameter, Role, SchemeDefinition
from server.schemes.ladder import Ladder, ladder_of
from server.schemes.saying import rule_words, source_words
from server.schemes.standard_table import Unit, read_table
from server.schemes.toml_tables import NO_SOURCE
from server.schemes.words import Words


@dataclass(frozen=True, slots=True)
class Duty:
    """One task of a phase: who, what, by when; help says what it asks for."""

    role: str
    task: str
    due: Message | None
    help: str


@dataclass(frozen=True, slots=True)
class PhaseLine:
    title: str
    source: Message
    note: str
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class RoleLine:
    title: str
    who: Message
    fallback: tuple[Message | str, ...]
    duties: str
    source: Message


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    title: str
    rule: Message
    source: Message
    note: str
    more: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """default: empty when it must be given."""

    title: str
    help: str
    default: str
    source: Message


@dataclass(frozen=True, slots=True)
class HandInLine:
    title: str
    sender: str
    receiver: str
    deadline: str
    source: Message


@dataclass(frozen=True, slots=True)
class Diagram:
    key: str
    title: str


@dataclass(frozen=True, slots=True)
class SchemeView:
    """A version in words. standard: None when there is none. unofficial: the criteria are shown in translation."""

    version: queries.VersionRow
    title: str
    scheme: SchemeDefinition
    basis: tuple[tuple[str, Message], ...]
    scope: tuple[str, ...]
    issuers: tuple[Message | str, ...]
    targets: tuple[tuple[Message, Message], ...]
    phases: tuple[PhaseLine, ...]
    roles: tuple[RoleLine, ...]
    deadlines: tuple[DeadlineLine, ...]
    ladder: Message
    ladder_source: Message
    ladder_note: str
    parameters: tuple[ParameterLine, ...]
    hand_ins: tuple[HandInLine, ...]
    standard: tuple[Unit, ...] | None
    unofficial: bool
    diagrams: tuple[Diagram, ...]


def _ladder_words(found: Ladder) -> Message:
    days = " / ".join(str(each) for each in found.remind_before)
    return Message("scheme-ladder-words", {"days": days, "head": found.head_after, "order": found.order_after})


def _more(scheme: SchemeDefinition, entry: Deadline, words: Words) -> Iterable[Message]:
    """What is said of one deadline besides its rule: fixed by the notice, a ladder of its own, a sprint window."""
    if entry.bound:
        yield Message("scheme-bound")
    if entry.ladder is not None:
        yield _ladder_words(ladder_of(scheme, entry.key, {}))
    for sprint in scheme.sprints:
        if sprint.deadline == entry.key:
            title = words.get(f"sprint.{sprint.key}.title", sprint.title)
            yield Message("scheme-sprint", {"title": title, "days": sprint.days, "yellow": sprint.yellow})


def scheme_view(work: Work, version_id: UUID, language: str) -> SchemeView:
    """Everything for the page of one version. Raises NotFound."""
    version = queries.version(work, version_id)
    found = queries.loaded(work, version_id)
    scheme, words = found.scheme, queries.words_of(work, version_id, language)
    definitions = {entry.key: queries.definition_of(work, version_id, entry.key) for entry in scheme.processes}
    standard = scheme.assessment.standard.value if scheme.assessment is not None else None
    return SchemeView(
        version=version,
        title=words.get("scheme.title", scheme.title.value),
        scheme=scheme,
        basis=tuple(_basis(scheme, words)),
        scope=_scope(scheme, words),
        issuers=_issuers(scheme, words),
        targets=tuple(_targets(scheme, words)),
        phases=tuple(_phases(scheme, definitions, words)),
        roles=tuple(_role(role, words) for role in scheme.roles),
        deadlines=tuple(
            DeadlineLine(
                words.get(f"deadline.{entry.key}.title", entry.title),
                rule_words(entry.rule, scheme, words),
                source_words(entry.source),
                words.get(f"deadline.{entry.key}.note", entry.source.note),
                tuple(_more(scheme, entry, words)),
            )
            for entry in scheme.deadlines
        ),
        ladder=_ladder_words(ladder_of(scheme, None, {})),
        ladder_source=source_words(scheme.ladder.source if scheme.ladder is not None else NO_SOURCE),
        ladder_note=words.get("ladder.note", scheme.ladder.source.note) if scheme.ladder is not None else "",
        parameters=tuple(_parameter(entry, words) for entry in scheme.parameters),
        hand_ins=tuple(_hand_ins(scheme, words)),
        standard=read_table(found.files[standard], words) if standard in found.files else None,
        unofficial=not words.own and any(key.startswith("row.") for key in words.entries),
        diagrams=tuple(
            Diagram(entry.key, words.get(f"process.{entry.key}", entry.title)) for entry in scheme.processes
        ),
    )


def _basis(scheme: SchemeDefinition, words: Words) -> Sequence[tuple[str, Message]]:
    return [
        (
            " ".join(
                part
                for part in (
                    words.get(f"basis.{entry.key}.issuer", entry.issuer),
                    words.get(f"basis.{entry.key}.title", entry.title),
                    entry.number,
                )
                if part
            ),
            source_words(entry.source),
        )
        for entry in scheme.basis
    ]


def _scope(scheme: SchemeDefinition, words: Words) -> tuple[str, ...]:
    if scheme.scope is None:
        return ()
    kinds = [words.get(f"scope.kinds.{number}", kind) for number, kind in enumerate(scheme.scope.kinds)]
    return (words.get("scope.title", scheme.scope.title), *kinds)


def _issuers(scheme: SchemeDefinition, words: Words) -> tuple[Message | str, ...]:
    titles = [(words.get(f"issuer.{entry.key}", entry.title), entry.lead) for entry in scheme.issuers]
    return tuple(Message("scheme-issuer-lead", {"title": title}) if lead else title for title, lead in titles)


def _targets(scheme: SchemeDefinition, words: Words) -> Sequence[tuple[Message, Message]]:
    return [
        (
            Message(
                "scheme-target",
                {
                    "day": Message(
                        "scheme-day", {"year": str(entry.by.year), "month": entry.by.month, "day": entry.by.day}
                    ),
                    "percent": str(entry.percent),
                    "title": words.get(f"target.{entry.key}", entry.title),
                },
            ),
            source_words(entry.source),
        )
        for entry in scheme.targets
    ]


def _phases(scheme: SchemeDefinition, definitions: dict[str, Definition], words: Words) -> Sequence[PhaseLine]:
    tasks = list(_tasks(scheme, definitions))
    return [
        PhaseLine(
            words.get(f"phase.{phase.key}.title", phase.title),
            source_words(phase.source),
            words.get(f"phase.{phase.key}.note", phase.source.note),
            tuple(_duty(scheme, words, key, element) for key, element in tasks if element.phase == phase.key),
        )
        for phase in scheme.phases
    ]


def _tasks(scheme: SchemeDefinition, definitions: dict[str, Definition]) -> Iterator[tuple[str, Element]]:
    """All user tasks with their process, in the order of the diagrams; a called process stands where it is called."""
    seen: set[str] = set()
    roots = sorted(scheme.processes, key=lambda process: not process.root)
    for process in roots:
        yield from _tasks_from(process.key, definitions, seen)


def _tasks_from(key: str, definitions: dict[str, Definition], seen: set[str]) -> Iterator[tuple[str, Element]]:
    if key in seen or key not in definitions:
        return
    seen.add(key)
    for element in definitions[key].elements.values():
        if element.kind is ElementKind.USER:
            yield key, element
        elif element.called is not None:
            yield from _tasks_from(element.called, definitions, seen)


def _duty(scheme: SchemeDefinition, words: Words, process_key: str, element: Element) -> Duty:
    due = next((entry for entry in scheme.deadlines if entry.key == element.deadline), None)
    return Duty(
        _role_title(scheme, words, element.role or ""),
        words.element(element.id, element.name, process_key),
        rule_words(due.rule, scheme, words) if due is not None else None,
        words.get(f"help.{process_key}.{element.id}", element.documentation),
    )


def _role_title(scheme: SchemeDefinition, words: Words, key: str) -> str:
    title = next((role.title for role in scheme.roles if role.key == key), key)
    return words.get(f"role.{key}.title", title)


def _role(role: Role, words: Words) -> RoleLine:
    return RoleLine(
        words.get(f"role.{role.key}.title", role.title),
        Message(f"scheme-role-{role.unit.value}", {"post": _post(role.post)}),
        tuple(_post(post) for post in role.fallback),
        words.get(f"role.{role.key}.duties", role.duties),
        source_words(role.source),
    )


def _post(kind: str) -> Message | str:
    """What a kind of post is called; free kinds are called by their key."""
    key = f"organisation-kind-{kind}"
    return Message(key) if has_text(key) else kind


def _parameter(entry: Parameter, words: Words) -> ParameterLine:
    default = entry.default or ""
    return ParameterLine(
        words.get(f"parameter.{entry.key}.title", entry.title),
        words.get(f"parameter.{entry.key}.help", entry.help),
        words.get(f"parameter.{entry.key}.choice.{default}", default),
        source_words(entry.source),
    )


def _hand_ins(scheme: SchemeDefinition, words: Words) -> Sequence[HandInLine]:
    titles = {entry.key: words.get(f"deadline.{entry.key}.title", entry.title) for entry in scheme.deadlines}
    return [
        HandInLine(
            words.get(f"hand_in.{entry.key}", entry.title),
            _role_title(scheme, words, entry.sender),
            _role_title(scheme, words, entry.receiver),
            titles.get(entry.deadline or "", ""),
            source_words(entry.source),
        )
        for entry in scheme.hand_ins
    ]
