"""W1: single applications. Start, submit, review, gateway, end; every tenth is sent back once and submitted again.

Each client is an office and a unit that work off their lists, a page at a time, as people and programs do.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice

from bench import figures
from bench.city import OFFICE, SCHEME, City
from bench.client import Program, at_once, log_in
from bench.machine import Installation

LIAISONS = 8
SENT_BACK = 10
PAGE = 25
RUNS = count(1)


def run(city: City, running: Installation, instances: int, clients: int) -> dict[str, object]:
    """Completions a second over the whole run, starts and lists included, and how long one completion took.

    cpu_ms: of web, worker and database, for one completion with its share of starts and lists.
    """
    port, name = running.port, f"W1-{next(RUNS)}"
    offices = [log_in(port, OFFICE) for _ in range(clients)]
    liaisons = [log_in(port, city.units[number % LIAISONS], ("unit.work",)) for number in range(clients)]

    def client(number: int) -> Callable[[], None]:
        keys = [f"{name}-{number}-{each}" for each in range(number, instances, clients)]
        one = _Client(offices[number], liaisons[number], city.units[number % LIAISONS], f"{name}-{number}-")
        return lambda: one.work(keys)

    before = running.cpu_seconds()
    seconds = at_once([client(number) for number in range(clients)])
    after = running.cpu_seconds()
    took = [each for program in (*offices, *liaisons) for each in program.seconds]
    requests = sum(program.requests for program in (*offices, *liaisons))
    return {
        "clients": clients,
        "instances": instances,
        "completions": len(took),
        "completions_per_s": round(len(took) / seconds, 1),
        "requests_per_s": round(requests / seconds, 1),
        "cpu_ms": {name: round((after[name] - before[name]) * 1000 / len(took), 2) for name in after},
    } | figures.spread(took)


class _Client:
    """One office and one unit. prefix: what the business keys of this client begin with."""

    def __init__(self, office: Program, liaison: Program, unit: str, prefix: str) -> None:
        self._office, self._liaison, self._unit, self._prefix = office, liaison, unit, prefix

    def work(self, keys: Sequence[str]) -> None:
        """All applications with these keys, a page of them at a time, each to its end."""
        rest = iter(keys)
        while page := list(islice(rest, PAGE)):
            submits = [self._start(key) for key in page]
            back = {key for key in page if int(key.rpartition("-")[2]) % SENT_BACK == SENT_BACK - 1}
            for task in submits:
                self._liaison.complete(task, summary="what was done")
            for key, task in self._waiting(self._office):
                verdict = "return" if key in back else "approve"
                self._office.complete(task, verdict=verdict, reason="more, please" if key in back else "")
            for _, task in self._waiting(self._liaison) if back else ():
                self._liaison.complete(task, summary="and the rest")
            for _, task in self._waiting(self._office) if back else ():
                self._office.complete(task, verdict="approve")

    def _start(self, key: str) -> str:
        wanted = {"scheme": SCHEME, "process": "approval", "business_key": key, "unit": self._unit}
        task: str = self._office.post("/instances", wanted, 201)["waiting"][0]["id"]
        return task

    def _waiting(self, program: Program) -> Iterator[tuple[str, str]]:
        """Business key and id of the tasks of this client's own applications."""
        return ((item["matter"], item["id"]) for item in program.get(f"/tasks?q={self._prefix}")["items"])
