"""FEEL in a limited JavaScript context: the only place where text from an uploaded file is evaluated.

One context per thread (two threads in one context crash the process), with limits on time, memory, stack and size.
A context that hit a limit is thrown away. No Python callable is ever handed in.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
from quickjs import Context, JSException, StackOverflow

from server.engine.shapes import JSON

TIME_LIMIT = 0.5  # seconds of processor time; other threads of the process spend it too, hence one more try
MEMORY_LIMIT = 64 << 20
STACK_LIMIT = 256 << 10
MAX_EXPRESSION = 4_000
MAX_TABLE = 100_000
MAX_DATA = 200_000
CACHE_SIZE = 4_096
MAX_KEPT = 8_192
ZONES = ("UTC", "Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "America/New_York")


class FeelFailed(ValueError):
    """reason: syntax, limit, too-large, or no-answer; detail: what FEEL said, for the author of the diagram."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an expression reads, and what is wrong with it (each a dict with `rule`, `from`, `to`, `text`)."""

    facts: tuple[str, ...]
    reads_clock: bool
    findings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table as text. rows: (cells, outputs). first: later rows do not matter after a hit."""

    inputs: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    first: bool

    def dump(self) -> str:
        """The table as the JavaScript side reads it."""
        rows = [{"when": when, "then": then} for when, then in self.rows]
        return orjson.dumps({"inputs": self.inputs, "rows": rows, "first": self.first}).decode()


@dataclass(frozen=True, slots=True)
class Hit:
    """row: from 1."""

    row: int
    values: tuple[JSON, ...]


@cache
def bundle() -> str:
    """The built FEEL bundle."""
    return (files("server.engine") / "assets" / "feel.js").read_text(encoding="utf-8")


@cache
def zone_table() -> str:
    """Offsets of the known zones, from the host's own zone data: zone to [[from, offset, name], ...] as JSON."""
    table: dict[str, list[list[int | str]]] = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        moment = datetime(1900, 1, 1, tzinfo=UTC)
        last = datetime(2100, 1, 1, tzinfo=UTC)
        rows: list[list[int | str]] = [[-(1 << 53), _offset(moment, zone), ""]]
        while moment < last:
            following = moment + timedelta(days=20)
            if _offset(following, zone) != _offset(moment, zone):
                change = _change(moment, following, zone)
                rows.append([int(change.timestamp()), _offset(change, zone), ""])
            moment = following
        table[name] = rows
    return orjson.dumps(table).decode()


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            after = middle
    return after


class _Local(threading.local):
    context: Context | None = None


_local = _Local()


def _context() -> Context:
    if _local.context is None:
        context = Context()
        context.set_memory_limit(MEMORY_LIMIT)
        context.set_max_stack_size(STACK_LIMIT)
        context.eval(f"globalThis.__ZONES={zone_table()}")
        context.eval(bundle())
        context.set_time_limit(TIME_LIMIT)
        _local.context = context
    return _local.context


def _call(function: str, *arguments: str) -> str:
    """The answer as JSON, whatever it says."""
    for attempt in (1, 2):
        try:
            return cast(str, _context().get(function)(*arguments))
        except (JSException, StackOverflow) as error:
            _local.context = None
            detail = str(error).split("\n", 1)[0]
            if attempt == 2 or "interrupted" not in detail:
                raise FeelFailed("limit", detail) from None
    raise AssertionError("unreachable")


def _read(answer: str) -> Any:
    result = orjson.loads(answer)
    if "error" in result:
        raise FeelFailed("no-answer", f"{result['error']} ({result['at'] + 1})")
    return result


def _moment(now: datetime) -> str:
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    zone = now.tzinfo.key if isinstance(now.tzinfo, ZoneInfo) else None
    if zone in ZONES:
        return f"{now.replace(tzinfo=None).isoformat()}@{zone}"
    return now.isoformat()


def nest(facts: Mapping[str, JSON]) -> dict[str, JSON]:
    """Dotted names to nested contexts; a name below another one's scalar is left out."""
    result: dict[str, JSON] = {}
    for name in sorted(facts):
        *folders, last = name.split(".")
        place: JSON | dict[str, JSON] = result
        for folder in folders:
            place = place.setdefault(folder, {}) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place[last] = facts[name]
    return result


class _Cache:
    """Small answers by everything they depend on, as text, so that nobody can change one for the next reader."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, str] = OrderedDict()

    def ask(self, function: str, *arguments: str, key: Sequence[bytes]) -> str:
        """The kept answer to a call, else a new one. key: what the answer depends on besides the function."""
        digest = hashlib.blake2b(b"\0".join((function.encode(), *key)), digest_size=32).digest()
        with self._lock:
            if digest in self._entries:
                self._entries.move_to_end(digest)
                return self._entries[digest]
        answer = _call(function, *arguments)
        if len(answer) <= MAX_KEPT:
            with self._lock:
                self._entries[digest] = answer
                if len(self._entries) > CACHE_SIZE:
                    self._entries.popitem(last=False)
        return answer

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


answers = _Cache()


def _cached(function: str, source: str, facts: Mapping[str, JSON], now: datetime, reads_clock: bool) -> Any:
    data = orjson.dumps(nest(facts))
    if len(data) > MAX_DATA:
        raise FeelFailed("too-large", f"{len(data)} > {MAX_DATA}")
    if reads_clock:
        return _read(_call(function, source, data.decode(), _moment(now)))
    return _read(answers.ask(function, source, data.decode(), _moment(now), key=(source.encode(), data)))


def evaluate(source: str, facts: Mapping[str, JSON], now: datetime, *, reads_clock: bool = True) -> JSON:
    """The value of an expression. facts: dotted names. Whatever FEEL would pass over as null with a warning raises."""
    if len(source) > MAX_EXPRESSION:
        raise FeelFailed("too-large", f"{len(source)} > {MAX_EXPRESSION}")
    return cast(JSON, _cached("__feel", source, facts, now, reads_clock).get("value"))


def decide(table: Table, facts: Mapping[str, JSON], now: datetime, *, reads_clock: bool = True) -> tuple[Hit, ...]:
    """All rows of a decision table that match, in one crossing."""
    source = table.dump()
    if len(source) > MAX_TABLE:
        raise FeelFailed("too-large", f"{len(source)} > {MAX_TABLE}")
    hits = _cached("__table", source, facts, now, reads_clock)["hits"]
    return tuple(Hit(hit["row"], tuple(hit["values"])) for hit in hits)


def inspect(kind: str, source: str, types: Mapping[str, str] | None = None) -> Inspection:
    """kind: `condition`, `value` or `cell`. types: fact to kind of fact. Never raises on bad text."""
    if len(source) > MAX_EXPRESSION:
        finding = {"rule": "feel-too-long", "from": 0, "to": 0, "text": source[:80], "limit": MAX_EXPRESSION}
        return Inspection((), False, (finding,))
    known = orjson.dumps(dict(types) if types is not None else None).decode()
    key = (kind.encode(), source.encode(), known.encode())
    try:
        found = _read(answers.ask("__inspect", kind, source, known, key=key))
    except FeelFailed:
        finding = {"rule": "feel-syntax", "from": 0, "to": 0, "text": source[:80], "at": 1}
        found = {"facts": [], "clock": False, "findings": [finding]}
    return Inspection(tuple(found["facts"]), found["clock"], tuple(found["findings"]))


def names_of(sources: Sequence[str], kind: str = "value") -> frozenset[str]:
    """Every fact that these expressions read."""
    return frozenset(name for source in sources for name in inspect(kind, source).facts)
