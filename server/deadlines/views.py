"""The page of the calendar: the days of a year, and the periods that this installation has entered."""

import calendar as months
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from server.deadlines import operations, queries
from server.deadlines.operations import ORGANISATION
from server.deadlines.rules import Calendar, Day, Period, Why
from server.errors import Invalid, NotAllowed
from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE
from server.organisation.rules import today
from server.web import current_actor, current_work, flash, redirect_to, render, say

blueprint = Blueprint("deadlines", __name__, url_prefix="/calendar")

YEARS = range(2004, 2100)
SIGNS = {Why.HOLIDAY: "off", Why.IN_LIEU: "on"}


@blueprint.get("")
def calendar() -> ResponseReturnValue:
    """A year, month by month, for one kind of unit or for all."""
    actor, work = current_actor(), current_work()
    if not actor.may_anywhere(ORGANISATION):
        raise NotAllowed(Message("error-not-allowed"))
    now = today(work.now, DEFAULT_ZONE)
    asked = request.args.get("year", now.year, type=int)
    year = asked if asked in YEARS else now.year
    kinds = queries.unit_kinds(work)
    kind = request.args.get("kind", "")
    kind = kind if kind in kinds else ""
    known = queries.calendar_of(work)
    rows = queries.periods(work, year)
    return render(
        "deadlines/calendar.html",
        year=year,
        kind=kind,
        kinds=[("", say("deadlines-kind-all")), *[(each, each) for each in kinds]],
        is_known=known.is_known(year),
        months=[_month(known, year, month, kind) for month in range(1, 13)],
        spans=_spans(known, year, kind),
        rows=[
            {
                "id": row.id,
                "name": row.period.name,
                "from_on": row.period.from_on,
                "until_on": row.period.until_on,
                "kind": row.period.unit_kind or say("deadlines-kind-all"),
                "works": row.period.works,
                "added_by": row.added_by,
            }
            for row in rows
        ],
        today=now,
        may_change=actor.may_anywhere(ORGANISATION),
    )


def _month(known: Calendar, year: int, month: int, kind: str) -> dict[str, Any]:
    """The weeks of a month; days of other months are None."""
    weeks = months.Calendar().monthdatescalendar(year, month)
    shown = [[known.day(day, kind) if day.month == month else None for day in week] for week in weeks]
    return {"number": month, "first": date(year, month, 1), "weeks": [[_cell(day) for day in week] for week in shown]}


def _cell(day: Day | None) -> dict[str, Any] | None:
    if day is None:
        return None
    sign = SIGNS.get(day.why, "") if day.why is not Why.PERIOD else ("on" if day.works else "off")
    return {"day": day.on, "works": day.works, "sign": sign, "why": _why(day)}


def _why(day: Day) -> str:
    if day.why is Why.PERIOD:
        return day.name
    if not day.name:
        return ""
    holiday = say(f"deadlines-holiday-{day.name.replace('_', '-')}")
    return holiday if day.why is Why.HOLIDAY else say("deadlines-in-lieu", holiday=holiday)


def _spans(known: Calendar, year: int, kind: str) -> list[dict[str, Any]]:
    """The days that are not as their weekday would be, those in a row together: what a reader checks first."""
    spans: list[dict[str, Any]] = []
    day = date(year, 1, 1)
    while day.year == year:
        cell = _cell(known.day(day, kind)) or {}
        if cell["sign"]:
            last = spans[-1] if spans else None
            if (
                last
                and last["until_on"] == day - timedelta(days=1)
                and (last["sign"], last["why"])
                == (
                    cell["sign"],
                    cell["why"],
                )
            ):
                last["until_on"] = day
            else:
                spans.append({"from_on": day, "until_on": day, "sign": cell["sign"], "why": cell["why"]})
        day += timedelta(days=1)
    return spans


@blueprint.post("")
def add() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    if not actor.may_anywhere(ORGANISATION):
        raise NotAllowed(Message("error-not-allowed"))
    errors: dict[str, list[Message]] = {}
    from_on, until_on = _typed_day("from_on", errors), _typed_day("until_on", errors)
    if not request.form.get("name", "").strip():
        errors["name"] = [Message("deadlines-name-needed")]
    if from_on is None or until_on is None or errors:
        raise Invalid(Message("error-invalid"), errors)
    works = request.form.get("works") == "1"
    kind, name = request.form.get("unit_kind", "")[:40], request.form.get("name", "")[:100]
    operations.add_period(actor, work, Period(from_on, until_on, works, kind, name))
    flash("ok", Message("deadlines-period-added", {"name": name}))
    return redirect_to("deadlines.calendar", year=from_on.year, kind=kind)


def _typed_day(name: str, errors: dict[str, list[Message]]) -> date | None:
    text = request.form.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors[name] = [Message("deadlines-day-wrong", {"value": text[:20]})]
        return None


@blueprint.post("/<uuid:period_id>/remove")
def remove(period_id: UUID) -> ResponseReturnValue:
    operations.remove_period(current_actor(), current_work(), period_id)
    flash("ok", Message("deadlines-period-removed"))
    return redirect_to("deadlines.calendar", year=request.args.get("year", type=int))
