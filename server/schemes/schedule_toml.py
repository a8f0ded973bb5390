"""A deadline's `rule` in scheme.toml into a schedule rule."""

import calendar
from typing import Any

from server.schemes.schedule_rules import (
    EVENTS,
    Amount,
    DaysAfter,
    Fixed,
    MonthEnd,
    MonthThird,
    ParameterRef,
    Relative,
    Rule,
    Third,
    Yearly,
)
from server.schemes.toml_tables import Table

MAX_DAYS = 3660
MAX_MONTHS = 120
LEAP_YEAR = 2000
KINDS = ("fixed", "yearly", "month_end", "month_third", "days_after", "relative")


def read_rule(deadline: Table) -> Rule | None:
    """The rule of one deadline; None when it is absent or refused."""
    table = deadline.table("rule")
    if table is None:
        deadline.refuse("value-missing", "rule")
        return None
    rule = _rule(table)
    table.done()
    return rule


def _rule(table: Table) -> Rule | None:
    kind = table.text("kind")
    match kind:
        case "fixed":
            day, follow = table.day("date"), table.flag("follow_year")
            return Fixed(day, follow) if day is not None else None
        case "yearly":
            return _yearly(table)
        case "month_end":
            month = table.integer("month", 1, 12)
            return MonthEnd(month) if month is not None else None
        case "month_third":
            month, third = table.integer("month", 1, 12), table.choice("third", Third)
            return MonthThird(month, third) if month is not None and third is not None else None
        case "days_after":
            return _days_after(table)
        case "relative":
            working = table.has("working_days")
            days = _amount(table, "working_days" if working else "days", -MAX_DAYS, MAX_DAYS)
            to = table.key("to")
            return Relative(to, days, working) if to and days is not None else None
    if kind:
        table.refuse("value-choice", "kind", choices=", ".join(KINDS))
    for name in list(table.data):
        table.raw(name)
    return None


def _yearly(table: Table) -> Yearly | None:
    month, day = table.integer("month", 1, 12), table.integer("day", 1, 31)
    if month is None or day is None:
        return None
    last = calendar.monthrange(LEAP_YEAR, month)[1]
    if day > last:
        table.refuse("value-number", "day", least=1, most=last)
        return None
    return Yearly(month, day)


def _days_after(table: Table) -> DaysAfter | None:
    event = table.text("event")
    if event and event not in EVENTS:
        table.refuse("value-choice", "event", choices=", ".join(sorted(EVENTS)))
        event = ""
    working = table.has("working_days")
    name = "working_days" if working else "days"
    if not table.has(name) and not table.has("months"):
        table.refuse("value-missing", "days")
        return None
    days = _amount(table, name, 0, MAX_DAYS) if table.has(name) else 0
    months = _amount(table, "months", 0, MAX_MONTHS) if table.has("months") else 0
    return DaysAfter(event, days, months, working) if event and days is not None and months is not None else None


def _amount(table: Table, name: str, least: int, most: int) -> Amount | None:
    """A number, or `{ parameter = "key" }`."""
    value: Any = table.raw(name)
    if isinstance(value, dict):
        inner = table.table(name)
        key = inner.key("parameter") if inner is not None else ""
        if inner is not None:
            inner.done()
        return ParameterRef(key) if key else None
    return table.check_integer(name, value, least, most)
