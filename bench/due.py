"""Very many deadlines fall due in one second: how long somebody waits who hands something in meanwhile."""

import time
from pathlib import Path

from sqlalchemy import func, select, update

from bench import figures
from bench.city import OFFICE, SCHEME, City
from bench.client import Program, Unexpected, log_in
from server.actor import SYSTEM
from server.bootstrap import Application, open_application
from server.deadlines.models import Timer
from server.schemes import operations as schemes
from server.schemes.package import read_folder

PACKAGE = Path(__file__).parents[1] / "tests" / "packages" / "bells"
DEADLINE = "2099-12-31"
PATIENCE = 3600.0
CAMPAIGN = 5000
"""Participants that one request may name."""
QUIET = 40
"""Completions that are measured before anything is due."""


def prepare(city: City) -> None:
    """Install the scheme whose participants all wait for one day."""
    application = open_application(city.settings, bring_up=False)
    try:
        with application.workshop.writing() as work:
            schemes.install(SYSTEM, work, read_folder(PACKAGE))
    finally:
        application.workshop.engine.dispose()


def run(city: City, port: int) -> dict[str, object]:
    """How long a completion takes while nothing is due and while deadlines act, and the longest that anybody waited."""
    office, unit = log_in(port, OFFICE), city.units[0]
    liaison = Program(port, city.tokens[unit])
    units = list(city.units)
    body = {"scheme": "bells", "year": 2026, "starts_on": "2026-03-02", "dates": {"ring": DEADLINE}}
    for first in range(0, len(units), CAMPAIGN):
        share = {"title": f"due {first}", "participants": units[first : first + CAMPAIGN]}
        office.post("/campaigns", body | share, 201)
    application = open_application(city.settings, bring_up=False)
    try:
        _until(application, len(units))
        for number in range(QUIET):
            _one(office, liaison, unit, f"quiet-{number}")
        quiet, liaison.seconds = liaison.seconds, []
        with application.workshop.writing() as work:
            work.session.execute(update(Timer).values(due_at=work.now, next_try_at=work.now))
        begun, number = time.perf_counter(), 0
        while _armed(application):
            _one(office, liaison, unit, f"due-{number}")
            number += 1
        took = time.perf_counter() - begun
    finally:
        application.workshop.engine.dispose()
    return {
        "deadlines": len(units),
        "all_acted_after_s": round(took, 1),
        "quiet": figures.spread(quiet),
        "meanwhile": figures.spread(liaison.seconds),
        "longest_ms": round(max(liaison.seconds) * 1000, 1),
        "completions": len(liaison.seconds),
    }


def _one(office: Program, liaison: Program, unit: str, key: str) -> None:
    wanted = {"scheme": SCHEME, "process": "approval", "business_key": key, "unit": unit}
    liaison.complete(office.post("/instances", wanted, 201)["waiting"][0]["id"], summary="what was done")


def _armed(application: Application) -> int:
    with application.workshop.reading() as work:
        return work.session.scalar(select(func.count()).select_from(Timer).where(Timer.fired_at.is_(None))) or 0


def _until(application: Application, armed: int) -> None:
    begun = time.perf_counter()
    while _armed(application) < armed:
        if time.perf_counter() - begun > PATIENCE:
            raise Unexpected(f"not all participants wait after {PATIENCE:.0f} s")
        time.sleep(0.5)
