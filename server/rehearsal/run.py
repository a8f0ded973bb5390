"""`greengate rehearse`: a scratch database, a virtual clock, one campaign from opening to the recognised list."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from server.actor import SYSTEM
from server.bootstrap import Application, assemble
from server.campaigns import operations as campaigns
from server.campaigns.rules import Opening
from server.channels import Channels
from server.config import Settings
from server.db.engines import open_engine
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.db.work import Workshop
from server.errors import Invalid, NotFound
from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE
from server.ports import VirtualClock, seeded_ids
from server.rehearsal import course, found, people, script
from server.rehearsal.chance import Chance
from server.rehearsal.driver import MORNING, Driver, Play, Stage
from server.schemes import operations as schemes
from server.schemes import queries as scheme_queries
from server.schemes.commands import shipped
from server.schemes.definition import SchemeDefinition
from server.schemes.package import Read, read_folder
from server.schemes.parts import SchemeParts

UNITS_AT_MOST = 5000
YEAR_WITHOUT_NOTICE = 2025
HOUR = 3600
RUN_UP = timedelta(days=14)
"""How long before its first date a campaign opens when the notice came too late for that, or bears no date."""
BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal leaves behind while its database still stands."""

    application: Application
    play: Play
    found: dict[str, Any]


def rehearse(scheme_key: str, units: int, seed: int) -> dict[str, Any]:
    """Play one campaign of a shipped scheme and say what came of it, as plain JSON; the same seed says the same.

    Raises NotFound for a scheme that is not shipped, Invalid for a number of units that cannot be.
    """
    with played(scheme_key, units, seed) as rehearsal:
        return rehearsal.found


@contextmanager
def played(scheme_key: str, units: int, seed: int) -> Iterator[Rehearsal]:
    """A rehearsal with its scratch database, which goes at the end of the block."""
    if not 0 < units <= UNITS_AT_MOST:
        raise Invalid(Message("rehearsal-units-wrong", {"most": UNITS_AT_MOST}))
    package = _package(scheme_key)
    with tempfile.TemporaryDirectory(prefix="greengate-rehearsal-") as folder:
        data = Path(folder)
        settings = Settings(data, f"sqlite:///{data / 'rehearsal.sqlite'}", secret_key=b"")
        engine = open_engine(settings.database_url)
        try:
            Base.metadata.create_all(engine)
            clock = VirtualClock(BEFORE_ALL)
            application = assemble(settings, engine, clock, seeded_ids(clock, seed), InlineJobQueue())
            yield _play(application, clock, package, units, seed)
        finally:
            engine.dispose()


def _package(scheme_key: str) -> Read:
    folders = {folder.name: folder for folder in shipped()}
    if scheme_key not in folders:
        known = ", ".join(sorted(folders))
        raise NotFound(Message("rehearsal-scheme-unknown", {"key": scheme_key[:100], "known": known}))
    return read_folder(folders[scheme_key])


def _play(application: Application, clock: VirtualClock, package: Read, units: int, seed: int) -> Rehearsal:
    workshop, queue = application.workshop, application.workshop.jobs
    if not isinstance(queue, InlineJobQueue):
        raise TypeError("a rehearsal runs its jobs inline")
    workshop.parts.get(SchemeParts).trial = False  # what is shipped has been tried before it was shipped
    with workshop.writing() as work:
        version = schemes.install(SYSTEM, work, package)
        scheme = scheme_queries.scheme_of(work, version.id)
    zone = ZoneInfo(DEFAULT_ZONE)
    year = year_of(scheme)
    parameters = course.parameters_for(scheme, year)
    with workshop.reading() as work:
        dates = campaigns.propose_dates(work, version.id, year, DEFAULT_ZONE, parameters)
        dates |= dict.fromkeys(campaigns.waiting_keys(work, version.id))
        written = script.write(Chance(seed), units, course.course_of(work, version.id, parameters))
    starts_on = _first_day(scheme, year, [due.astimezone(zone).date() for due in dates.values() if due is not None])
    clock.move_to(datetime.combine(starts_on, MORNING, zone))
    city = people.invent(Chance(seed), scheme.roles, units, empty=written.empty)
    with workshop.writing() as work:
        people.enter(work, city, starts_on - timedelta(days=365))
    with workshop.reading() as work:
        cast = people.cast_of(work, city, starts_on)
    opening = Opening(
        scheme_version_id=version.id,
        unit_id=cast.authority_id,
        year=year,
        title=title_of(scheme, year),
        starts_on=starts_on,
        participants=tuple(cast.units[number] for number in sorted(cast.units)),
        dates=dates,
        parameters=parameters,
    )
    stage = stage_of(application, clock, queue)
    campaign_id = open_campaign(stage, cast, opening, f"rehearsal-{seed}")
    play = Play(campaign_id, opening.title, scheme, city, cast, written, zone)
    driver = Driver(stage, play)
    driver.run()
    with workshop.reading() as work:
        described = found.describe(work, play, driver.failures)
    return Rehearsal(application, play, {"seed": seed, **described})


def stage_of(application: Application, clock: VirtualClock, queue: InlineJobQueue) -> Stage:
    """An application's stage: its database and parts on another clock, jobs run inline.

    What the clock asks for within an hour moves a campaign; the rest is housekeeping. Nothing leaves the house: who is
    told something on an invented day hears it in the product alone.
    """
    real = application.workshop
    ticks = tuple(tick.job for tick in application.ticks if tick.seconds < HOUR)
    parts = real.parts.instead(replace(real.parts.get(Settings), mail=None, channels=Channels()))
    return Stage(Workshop(real.engine, clock, real.ids, queue, parts), clock, queue, application.jobs, ticks)


def open_campaign(stage: Stage, cast: people.Cast, opening: Opening, key: str) -> UUID:
    """The office opens the campaign, as it would from its page; asked for again it is the same campaign."""
    office = cast.of_authority(people.OFFICE)
    with stage.workshop.writing() as work:
        actor = people.actor_of(work, office, opening.starts_on)
        return campaigns.open_campaign(actor, work, opening, key).id


def year_of(scheme: SchemeDefinition) -> int:
    """The year of the notice; without one, of the first target."""
    if scheme.issued_on is not None:
        return scheme.issued_on.value.year
    return min((target.by.year for target in scheme.targets), default=YEAR_WITHOUT_NOTICE)


def title_of(scheme: SchemeDefinition, year: int) -> str:
    name = scheme.recognition.value if scheme.recognition else scheme.title.value
    return f"{year}年{name}创建活动"


def _first_day(scheme: SchemeDefinition, year: int, dates: list[date]) -> date:
    """The day of the notice, unless a date comes too soon after it."""
    first = min(dates, default=date(year, 12, 31)) - timedelta(days=1)
    issued = scheme.issued_on.value if scheme.issued_on is not None else None
    return issued if issued is not None and issued <= first else first - RUN_UP
