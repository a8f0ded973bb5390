"""W1: single applications. Start, submit, review, gateway, end; every tenth is sent back once and submitted again."""

from collections.abc import Callable, Sequence
from itertools import count

from bench import figures
from bench.city import OFFICE, SCHEME, City
from bench.client import Program, at_once, log_in
from bench.machine import Installation

LIAISONS = 8
SENT_BACK = 10
NUMBERS = count(1)


def run(city: City, running: Installation, instances: int, clients: int) -> dict[str, object]:
    """Completions a second over the whole run, starts and reads included, and how long one completion took.

    cpu_ms: of web, worker and database together, for one completion with its share of starts and reads.
    """
    port = running.port
    offices = [log_in(port, OFFICE) for _ in range(clients)]
    liaisons = [log_in(port, city.units[number % LIAISONS], ("unit.work",)) for number in range(clients)]
    shares = [range(number, instances, clients) for number in range(clients)]

    def client(number: int) -> Callable[[], None]:
        unit = city.units[number % LIAISONS]
        return lambda: _applications(offices[number], liaisons[number], unit, shares[number])

    cpu = running.cpu_seconds()
    seconds = at_once([client(number) for number in range(clients)])
    cpu = running.cpu_seconds() - cpu
    took = [each for program in (*offices, *liaisons) for each in program.seconds]
    requests = sum(program.requests for program in (*offices, *liaisons))
    return {
        "clients": clients,
        "instances": instances,
        "completions": len(took),
        "completions_per_s": round(len(took) / seconds, 1),
        "requests_per_s": round(requests / seconds, 1),
        "cpu_ms": round(cpu * 1000 / len(took), 2),
    } | figures.spread(took)


def _applications(office: Program, liaison: Program, unit: str, numbers: Sequence[int]) -> None:
    for number in numbers:
        wanted = {"scheme": SCHEME, "process": "approval", "business_key": f"W1-{next(NUMBERS)}", "unit": unit}
        instance = office.post("/instances", wanted, 201)
        path = f"/instances/{instance['id']}"
        submit = instance["waiting"][0]["id"]
        if number % SENT_BACK == SENT_BACK - 1:
            liaison.complete(submit, summary="first")
            office.complete(_waiting(office, path), verdict="return", reason="more, please")
            submit = _waiting(liaison, path)
        liaison.complete(submit, summary="what was done")
        office.complete(_waiting(office, path), verdict="approve")


def _waiting(program: Program, path: str) -> str:
    waiting: str = program.get(path)["waiting"][0]["id"]
    return waiting
