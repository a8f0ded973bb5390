"""Schedule rules in words, for people who do not read scheme.toml. Pure."""

from datetime import date

from server.i18n import Message
from server.schemes.definition import SchemeDefinition, Source
from server.schemes.schedule_rules import (
    Amount,
    DaysAfter,
    Fixed,
    MonthEnd,
    MonthThird,
    ParameterRef,
    Relative,
    Rule,
    Yearly,
)
from server.schemes.words import Words


def rule_words(rule: Rule, scheme: SchemeDefinition, words: Words) -> Message:
    """A rule as a sentence; deadlines and parameters by their titles in the reader's language."""
    match rule:
        case Fixed(on, follow_year):
            key = "scheme-rule-fixed-following" if follow_year else "scheme-rule-fixed"
            return Message(key, {"day": _day(on)})
        case Yearly(month, day):
            return Message("scheme-rule-yearly", {"month": month, "day": day})
        case MonthEnd(month):
            return Message("scheme-rule-month-end", {"month": month})
        case MonthThird(month, third):
            return Message(f"scheme-rule-third-{third.value}", {"month": month})
        case DaysAfter(event, days, months, working):
            said = Message(f"scheme-event-{event.replace('.', '-')}")
            amount = _amount(days, months, scheme, words, working=working)
            return Message("scheme-rule-days-after", {"event": said, "amount": amount})
        case Relative():
            return _relative(rule, scheme, words)


def _relative(rule: Relative, scheme: SchemeDefinition, words: Words) -> Message:
    title = next((entry.title for entry in scheme.deadlines if entry.key == rule.to), rule.to)
    deadline, days = words.get(f"deadline.{rule.to}.title", title), rule.days
    if isinstance(days, ParameterRef):
        amount = _amount(days, 0, scheme, words, working=rule.working)
        return Message("scheme-rule-after-deadline-asked", {"deadline": deadline, "amount": amount})
    amount = _amount(abs(days), 0, scheme, words, working=rule.working)
    key = "scheme-rule-after-deadline" if days >= 0 else "scheme-rule-before-deadline"
    return Message(key, {"deadline": deadline, "amount": amount})


def _amount(days: Amount, months: Amount, scheme: SchemeDefinition, words: Words, *, working: bool) -> Message:
    for amount in (days, months):
        if isinstance(amount, ParameterRef):
            title = next((entry.title for entry in scheme.parameters if entry.key == amount.key), amount.key)
            asked = words.get(f"parameter.{amount.key}.title", title)
            return Message("scheme-rule-amount-asked", {"parameter": asked})
    if days and months:
        return Message("scheme-rule-amount-both", {"days": int(str(days)), "months": int(str(months))})
    if months:
        return Message("scheme-rule-amount-months", {"months": int(str(months))})
    return Message("scheme-rule-amount-working" if working else "scheme-rule-amount-days", {"days": int(str(days))})


def source_words(source: Source) -> Message:
    """Who said it."""
    if source.line is not None:
        return Message("scheme-source-notice", {"line": source.line})
    return Message(f"scheme-source-{source.origin.value}")


def _day(on: date) -> Message:
    return Message("scheme-day", {"year": str(on.year), "month": on.month, "day": on.day})
