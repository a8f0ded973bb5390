"""W2: campaigns with N participants, each of which submits and is reviewed; then one gate.

What a completion costs must not grow with N. So that the ratio does not hang on what else the machine did meanwhile,
completions of the large campaign take turns with those of small ones opened beside it, one by one.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count, zip_longest

from bench import figures
from bench.city import LEADER, OFFICE, SCHEME, City
from bench.client import Program, Unexpected, at_once, log_in

SMALL = 20
HELPERS = 8
NUMBERS = count(1)
PATIENCE = 600.0


@dataclass
class Round:
    """One campaign. seconds: of its measured completions."""

    id: str
    title: str
    units: tuple[str, ...]
    seconds: list[float] = field(default_factory=list)


def run(city: City, port: int, participants: int, pairs: int) -> dict[str, object]:
    """p50 of completions in a campaign of so many participants, and in campaigns of 20 measured in turn with them.

    pairs: how many participants of the large campaign are measured; the others are done by eight clients at once.
    """
    office = log_in(port, OFFICE)
    begun = time.perf_counter()
    large = _open(office, city, participants)
    filled_s = _wait_until_filled(office, large)
    smalls = [_open(office, city, SMALL) for _ in range(max(1, pairs // SMALL))]
    for small in smalls:
        _wait_until_filled(office, small)
    measured = [(large, unit) for unit in _spread(large.units, pairs)]
    beside = [(small, unit) for small in smalls for unit in small.units][: max(pairs, SMALL)]
    _submit_and_review(office, city, port, _in_turn(measured, beside))
    rest = [unit for unit in large.units if unit not in {unit for _, unit in measured}]
    helpers = [log_in(port, OFFICE) for _ in range(HELPERS)] if rest else []
    at_once([_helper(helpers[n], city, port, large, rest[n::HELPERS]) for n in range(len(helpers))])
    gate_s = _gate(log_in(port, LEADER), office, large)
    small_seconds = [each for small in smalls for each in small.seconds]
    return {
        "participants": participants,
        "filled_s": filled_s,
        "measured": len(large.seconds),
        **figures.spread(large.seconds),
        "p50_ms_of_20_in_turn": figures.spread(small_seconds)["p50_ms"],
        "ratio": round(figures.percentile(large.seconds, 50) / figures.percentile(small_seconds, 50), 3),
        "gate_opened_after_s": gate_s,
        "whole_s": round(time.perf_counter() - begun, 1),
    }


def _open(office: Program, city: City, participants: int) -> Round:
    title = f"W2-{next(NUMBERS)}-{participants}"
    units = city.units[:participants]
    body = {"scheme": SCHEME, "year": 2026, "title": title, "starts_on": "2026-03-02", "participants": list(units)}
    body |= {"dates": {"submit": "2099-06-30"}}
    return Round(office.post("/campaigns", body, 201)["id"], title, units)


def _wait_until_filled(office: Program, one: Round) -> float:
    """Seconds until every participant's process runs; the worker starts them in the background."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        root = office.get(f"/campaigns/{one.id}")["root_instance"]
        if root is not None:
            children = office.get(f"/instances/{root}")["children"]
            if children and children[0]["counts"].get("running") == len(one.units):
                return round(time.perf_counter() - begun, 1)
        time.sleep(0.2)
    raise Unexpected(f"{one.title} was not filled within {PATIENCE:.0f} s")


def _spread(units: Sequence[str], wanted: int) -> list[str]:
    """So many units, evenly from first to last."""
    step = max(1, len(units) // wanted)
    return list(units[::step])[:wanted]


def _in_turn(one: Iterable[tuple[Round, str]], other: Iterable[tuple[Round, str]]) -> list[tuple[Round, str]]:
    return [each for pair in zip_longest(one, other) for each in pair if each is not None]


def _submit_and_review(office: Program, city: City, port: int, wanted: Sequence[tuple[Round, str]]) -> None:
    for one, unit in wanted:
        liaison = Program(port, city.tokens[unit])
        liaison.complete(_task(liaison, one.title), summary="what was done")
        seen = len(office.seconds)
        office.complete(_task(office, one.title), verdict="approve")
        one.seconds += [*liaison.seconds, *office.seconds[seen:]]


def _task(program: Program, words: str) -> str:
    task: str = program.get(f"/tasks?q={words}")["items"][0]["id"]
    return task


def _helper(office: Program, city: City, port: int, one: Round, units: Sequence[str]) -> Callable[[], None]:
    """Submits for its units, and reviews what it has submitted."""

    def work() -> None:
        for unit in units:
            liaison = Program(port, city.tokens[unit])
            liaison.complete(_task(liaison, one.title), summary="what was done")
            name = f"{one.title} · 单位 {unit}"
            office.complete(_task(office, _quoted(name)), verdict="approve")

    return work


def _quoted(words: str) -> str:
    return "".join(f"%{byte:02x}" for byte in words.encode())


def _gate(leader: Program, office: Program, one: Round) -> float:
    """Seconds from the last completion until the gate has opened; then passes it."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        items = leader.get(f"/tasks?q={one.title}")["items"]
        if items:
            waited = round(time.perf_counter() - begun, 1)
            leader.complete(items[0]["id"], verdict="approve")
            state = office.get(f"/campaigns/{one.id}")["state"]
            if state != "ended":
                raise Unexpected(f"{one.title} is {state} after its gate")
            return waited
        time.sleep(0.1)
    raise Unexpected(f"the gate of {one.title} did not open within {PATIENCE:.0f} s")
