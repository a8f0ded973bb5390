"""A gate's one page to forward, in the reader's words: what a document is made of, whatever its form."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from server.i18n import Message, text
from server.recognitions.conditions import ConditionRow
from server.recognitions.rules import CardRow, GateCard, Standing, sentence
from server.standards.kinds import shown

ROWS_AT_MOST = 500
"""Units of a list; of those after them the document says how many there are."""


@dataclass(frozen=True, slots=True)
class Section:
    """A list with a title. columns: heads of a table; without them the rows are lines."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Briefing:
    """stamp: by when this was so. foot: by what the card is known again."""

    lang: str
    title: str
    authority: str
    stamp: str
    sentence: str
    figures: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    foot: str

    def as_json(self, form: str) -> str:
        return json.dumps({**asdict(self), "form": form}, ensure_ascii=False)


def plain(words: str) -> str:
    """Words without the signs that no document can hold; markup in them is words like all others."""
    return "".join(sign for sign in words if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs", "Cn"))


def briefing(card: GateCard, asked: Sequence[ConditionRow], authority: str, stamp: str, language: str) -> Briefing:
    """asked: the conditions that an earlier yes was given with. stamp: day and time in the reader's words."""

    def words(key: str, **args: object) -> str:
        return plain(text(Message(key, args), language))

    share = card.rate
    percent = f" · {shown(share.percent)}%" if share.percent is not None else ""
    figures = [
        (words("recognitions-passed"), str(card.count(Standing.PASSED))),
        (words("recognitions-short"), str(card.count(Standing.SHORT))),
        (
            words("recognitions-waiting"),
            str(card.count(Standing.UNDECIDED, Standing.NO_RESULT, Standing.NOT_HANDED_IN)),
        ),
        (
            words("recognitions-rate-if-yes"),
            words("recognitions-rate-of", recognised=share.recognised, scope=share.in_scope) + percent,
        ),
    ]
    if card.aim is not None:
        figures.append((words("recognitions-briefing-aim"), f"{shown(card.aim)}%"))
    named = [row for row in card.rows if row.standing is Standing.PASSED]
    outside = [row for row in card.rows if row.standing in (Standing.EXEMPT, Standing.WITHDRAWN)]
    others = [row for row in card.rows if row not in named and row not in outside]
    sections = [
        _units(words("recognitions-to-name", count=len(named)), named, language),
        _units(words("recognitions-not-to-name", count=len(others)), others, language),
        _units(words("recognitions-briefing-outside", count=len(outside)), outside, language),
    ]
    if asked:
        lines = tuple(
            (
                f"{number}.",
                plain(each.unit_name) or words("recognitions-condition-all"),
                plain(each.what),
                f"{each.met}/{each.asked}",
            )
            for number, each in enumerate(asked[:ROWS_AT_MOST], start=1)
        )
        sections.append(Section(words("recognitions-conditions"), (), lines))
    return Briefing(
        lang="zh" if language == "zh-CN" else "en",
        title=words("recognitions-briefing-title", title=card.title),
        authority=plain(authority),
        stamp=words("recognitions-briefing-stamp", authority=authority, when=stamp),
        sentence=plain(sentence(card, language)),
        figures=tuple(figures),
        sections=tuple(each for each in sections if each.rows),
        foot=words("recognitions-briefing-foot", hash=card.hash[:16]),
    )


def _units(title: str, rows: Sequence[CardRow], language: str) -> Section:
    heads = ("number", "unit", "self-total", "total", "standing")
    columns = tuple(text(f"recognitions-{head}", language) for head in heads)
    lines = tuple(
        (
            str(row.number),
            plain(row.unit_name),
            row.self_total or "—",
            row.total or "—",
            _standing(row, language),
        )
        for row in rows[:ROWS_AT_MOST]
    )
    left = len(rows) - len(lines)
    more = text(Message("recognitions-briefing-more", {"count": left}), language) if left else ""
    return Section(title, columns, lines, more)


def _standing(row: CardRow, language: str) -> str:
    standing = text(f"recognitions-standing-{row.standing}", language)
    if not row.lacking:
        return standing
    return text(Message("recognitions-briefing-lacking", {"standing": standing, "points": row.lacking}), language)
