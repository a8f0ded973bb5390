"""What stands in a spreadsheet's cells, in whatever way an office wrote it: numbers, dates, ticks. Pure."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from server.i18n import Message
from server.organisation.import_files import read_day

TEXT_AT_MOST = 20_000
DAY_ZERO = date(1899, 12, 30)
"""From where spreadsheets count days."""
SERIALS = range(1, 109_575)
"""Day numbers until the end of 2199."""
ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
UNSEEN = frozenset({"Cc", "Cs"})
"""Unicode categories that neither a database nor a workbook can hold."""
YES = frozenset({"1", "true", "y", "yes", "x", "v", "√", "✓", "✔", "☑"})
NO = frozenset({"0", "false", "n", "no", "×", "✗", "☐"})

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")
_NEUTRALISED = re.compile(r"'\s*[=+\-@＝＋－＠]")


class Formula(Enum):
    """A formula of which the file holds no result; it is never calculated here."""

    WITHOUT_RESULT = "formula"


FORMULA = Formula.WITHOUT_RESULT
Raw = str | Decimal | bool | date | Formula | None


class NotUnderstood(ValueError):
    """A cell that says something else than is asked for there."""

    def __init__(self, cause: Message) -> None:
        super().__init__(str(cause))
        self.cause = cause


def as_text(raw: Raw) -> str:
    """A cell as words. Numbers without needless zeros, days as YYYY-MM-DD."""
    if raw is None or isinstance(raw, Formula):
        return "=" if raw is FORMULA else ""
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if isinstance(raw, Decimal):
        return _number(raw)
    if isinstance(raw, date):
        return raw.isoformat()
    words = raw.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
    seen = "".join(sign for sign in words if sign in "\n\t" or unicodedata.category(sign) not in UNSEEN).strip()
    return seen[1:] if _NEUTRALISED.match(seen) else seen


def _number(number: Decimal) -> str:
    words = format(number, "f")
    return words.rstrip("0").rstrip(".") if "." in words else words


def plain(words: str) -> str:
    """Words to compare by: one form of every sign, no needless spaces, no apostrophe against formulas."""
    return " ".join(unicodedata.normalize("NFKC", as_text(words)).split())


def same(one: str, other: str) -> bool:
    return plain(one).casefold() == plain(other).casefold()


def as_words(raw: Raw) -> str:
    """Words as they were typed; raises NotUnderstood for what no task can take."""
    words = as_text(raw)
    if words.upper() in ERRORS:
        raise NotUnderstood(Message("sheet-cell-error", {"value": words}))
    if len(words) > TEXT_AT_MOST:
        raise NotUnderstood(Message("sheet-cell-long", {"limit": TEXT_AT_MOST, "has": len(words)}))
    return words


def as_number(raw: Raw) -> str:
    """A number as a page would post it; digits may be full-width, thousands set off. Raises NotUnderstood."""
    words = plain(as_text(raw)).replace("−", "-")
    if _GROUPED.fullmatch(words):
        words = words.replace(",", "")
    if isinstance(raw, date) or not _NUMBER.fullmatch(words):
        raise NotUnderstood(Message("sheet-cell-number", {"value": words[:60]}))
    return _number(Decimal(words))


def as_date(raw: Raw) -> str:
    """A day as YYYY-MM-DD: a date, its number, or any way a day is written. Raises NotUnderstood."""
    if isinstance(raw, date):
        return raw.isoformat()
    words = plain(as_text(raw))
    day = read_day(words)
    if day is None and isinstance(raw, Decimal) and raw == int(raw) and int(raw) in SERIALS:
        day = DAY_ZERO + timedelta(days=int(raw))
    if day is None:
        raise NotUnderstood(Message("sheet-cell-date", {"value": words[:60]}))
    return day.isoformat()


def ticked(raw: Raw) -> str:
    """`yes` or `no` for the signs that stand for them; empty for anything else."""
    words = plain(as_text(raw)).casefold()
    return "yes" if words in YES else "no" if words in NO else ""
