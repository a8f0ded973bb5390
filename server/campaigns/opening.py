"""The page that opens a campaign: what it proposes, and how its fields are read back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from server.actor import Actor
from server.campaigns.operations import MANAGE, propose_dates, waiting_keys
from server.campaigns.rules import YEAR_FIRST, YEAR_LAST, Opening
from server.db.work import Work
from server.deadlines.operations import end_of_day
from server.errors import NotAllowed, NotFound
from server.i18n import DEFAULT_LANGUAGE, LANGUAGES, Message, text
from server.organisation.models import Unit
from server.schemes import queries as schemes
from server.schemes.definition import Parameter, SchemeDefinition
from server.schemes.saying import source_words
from server.schemes.words import Words
from server.web import language, say


@dataclass(frozen=True, slots=True)
class DateLine:
    """One deadline on the page. value: ISO day or what was typed. waits: it follows from an event and stays empty."""

    key: str
    title: str
    value: str
    waits: bool
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class ParameterLine:
    key: str
    title: str
    help: str
    kind: str
    value: str
    choices: tuple[tuple[str, str], ...]
    source: str


@dataclass(slots=True)
class OpeningPage:
    """Everything on the page, as it is shown and shown again."""

    version_id: UUID
    scheme: SchemeDefinition
    words: Words
    scheme_title: str
    unit_id: UUID
    unit_name: str
    year: str
    title: str
    starts_on: str
    key: str
    dates: list[DateLine] = field(default_factory=list)
    parameters: list[ParameterLine] = field(default_factory=list)
    chosen: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnitChoice:
    id: UUID
    name: str
    kind: str


def scheme_choices(work: Work) -> list[tuple[str, str]]:
    """Published versions that a campaign can be opened from: id and words."""
    return [(str(row.version_id), f"{row.title} · v{row.number}") for row in schemes.page(work).rows]


def authority_of(work: Work, actor: Actor) -> Unit:
    """The unit in whose name the actor opens campaigns: its own, when it may."""
    unit = work.session.get(Unit, actor.unit_id) if actor.unit_id else None
    if unit is None or not actor.may(MANAGE, unit.path):
        raise NotAllowed(Message("error-not-allowed"))
    return unit


def authority_zone(work: Work, unit_id: UUID) -> str:
    """The zone in which a campaign's days end."""
    return work.session.get_one(Unit, unit_id).zone


def unit_choices(work: Work, authority_id: UUID) -> Sequence[UnitChoice]:
    """Units that may take part: those beside and below the authority, open today, the tree's root left out."""
    authority = work.session.get(Unit, authority_id)
    if authority is None:
        return []
    root = authority.path if authority.parent_id is None else authority.path.rsplit("/", 2)[0] + "/"
    rows = work.session.scalars(
        select(Unit)
        .where(Unit.path.startswith(root, autoescape=True), Unit.parent_id.is_not(None), Unit.closed_on.is_(None))
        .order_by(Unit.code)
    ).all()
    return [UnitChoice(unit.id, unit.name, unit.kind) for unit in rows if unit.path.count("/") == root.count("/") + 1]


def blank_opening(work: Work, actor: Actor, version_id: UUID, year: int) -> OpeningPage:
    """The page as the scheme's rules propose it."""
    authority = authority_of(work, actor)
    scheme = schemes.scheme_of(work, version_id)
    name = scheme.recognition.value if scheme.recognition else scheme.title.value
    today = work.now.astimezone(ZoneInfo(authority.zone)).date()
    page = _page(work, version_id, scheme, authority)
    page.year = str(year)
    written = scheme.language if scheme.language in LANGUAGES else DEFAULT_LANGUAGE
    page.title = text("campaigns-proposed-title", written, year=str(year), name=name)
    page.starts_on = today.isoformat()
    page.key = str(work.ids.new())
    proposed = propose_dates(work, version_id, year, authority.zone, {})
    _fill_dates(work, page, {key: _iso(due_at, authority.zone) for key, due_at in proposed.items()})
    _fill_parameters(page, {})
    return page


def _page(work: Work, version_id: UUID, scheme: SchemeDefinition, authority: Unit) -> OpeningPage:
    words = schemes.words_of(work, version_id, language())
    labels = {
        deadline.key: words.get(f"deadline.{deadline.key}.title", deadline.title) for deadline in scheme.deadlines
    }
    title = words.get("scheme.title", scheme.title.value)
    return OpeningPage(version_id, scheme, words, title, authority.id, authority.name, "", "", "", "", labels=labels)


def _fill_dates(work: Work, page: OpeningPage, values: dict[str, str]) -> None:
    waits = waiting_keys(work, page.version_id)
    page.dates = [
        DateLine(
            deadline.key,
            page.labels[deadline.key],
            values.get(deadline.key, ""),
            deadline.key in waits,
            say(source_words(deadline.source)),
            page.words.get(f"deadline.{deadline.key}.note", deadline.source.note),
        )
        for deadline in page.scheme.deadlines
    ]


def _fill_parameters(page: OpeningPage, values: dict[str, str]) -> None:
    page.parameters = [_parameter(page.words, each, values) for each in page.scheme.parameters]


def _parameter(words: Words, each: Parameter, values: dict[str, str]) -> ParameterLine:
    base = f"parameter.{each.key}"
    return ParameterLine(
        each.key,
        words.get(f"{base}.title", each.title),
        words.get(f"{base}.help", each.help),
        each.kind.value,
        values.get(each.key, each.default or ""),
        tuple((choice, words.get(f"{base}.choice.{choice}", choice)) for choice in each.choices),
        say(source_words(each.source)),
    )


def _iso(due_at: datetime | None, zone: str) -> str:
    return due_at.astimezone(ZoneInfo(zone)).date().isoformat() if due_at else ""


def read_opening(
    work: Work, actor: Actor, form: MultiDict[str, str]
) -> tuple[OpeningPage, Opening, dict[str, list[Message]]]:
    """The page's fields as typed, the same as values, and what cannot be read."""
    authority = authority_of(work, actor)
    try:
        version_id = UUID(form.get("version", ""))
    except ValueError as error:
        raise NotFound(Message("error-not-found")) from error
    scheme = schemes.scheme_of(work, version_id)
    page = _page(work, version_id, scheme, authority)
    errors: dict[str, list[Message]] = {}
    page.year, page.title = form.get("year", "")[:10], form.get("title", "")[:300]
    page.starts_on, page.key = form.get("starts_on", "")[:20], form.get("_key", "")[:80] or str(work.ids.new())
    _fill_dates(work, page, {deadline.key: form.get(f"date.{deadline.key}", "")[:20] for deadline in scheme.deadlines})
    given = {each.key: form.get(f"parameter.{each.key}", "")[:200] for each in scheme.parameters}
    _fill_parameters(page, given)
    page.chosen = set(form.getlist("participants"))
    dates = {line.key: _instant(line, authority.zone, errors) for line in page.dates}
    dates = {key: due_at for key, due_at in dates.items() if f"date.{key}" not in errors}
    starts_on = _day(page.starts_on)
    if starts_on is None:
        errors["starts_on"] = [Message("campaign-date-wrong", {"value": page.starts_on})]
    units = [choice.id for choice in unit_choices(work, authority.id) if str(choice.id) in page.chosen]
    opening = Opening(
        scheme_version_id=version_id,
        unit_id=authority.id,
        year=year_of(page.year) or 0,
        title=page.title,
        starts_on=starts_on or work.now.astimezone(ZoneInfo(authority.zone)).date(),
        participants=tuple(units),
        dates=dates,
        parameters=given,
    )
    return page, opening, errors


def year_of(text: str) -> int | None:
    """A year that a campaign may have; None for anything else."""
    year = int(text) if text.isascii() and text.isdigit() else 0
    return year if YEAR_FIRST <= year <= YEAR_LAST else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _instant(line: DateLine, zone: str, errors: dict[str, list[Message]]) -> datetime | None:
    if not line.value:
        return None
    day = _day(line.value)
    if day is None:
        errors[f"date.{line.key}"] = [Message("campaign-date-wrong", {"value": line.value})]
        return None
    return end_of_day(day, zone)
