"""Where the time of a completion goes: samples of one process that does nothing else, by who is at work."""

from collections import Counter

from bench.city import OFFICE, SCHEME, SCOPES, City
from bench.inside import Caller, Inside, sampled


def run(city: City, instances: int) -> dict[str, object]:
    """Milliseconds a completion, wall and CPU, and its shares by place, in percent."""
    inside = Inside(city)
    try:
        office = Caller(inside.app.test_client(), inside.token_of(OFFICE, SCOPES))
        liaison = Caller(inside.app.test_client(), city.tokens[city.units[0]])
        body = {"scheme": SCHEME, "process": "approval", "unit": city.units[0]}
        _complete_all(office, liaison, body, 20, "warm")
        seen, wall, cpu = _complete_all(office, liaison, body, instances, "places")
    finally:
        inside.close()
    total = sum(seen.values())
    shares = {place: round(number * 100 / total, 1) for place, number in seen.most_common()}
    completions = 2 * instances
    return {"wall_ms": round(wall * 1000 / completions, 2), "cpu_ms": round(cpu * 1000 / completions, 2)} | shares


def _complete_all(
    office: Caller, liaison: Caller, body: dict[str, str], instances: int, name: str
) -> tuple[Counter[str], float, float]:
    """Starts and reads lie outside of what is sampled."""
    started = [office.post("/instances", body | {"business_key": f"{name}-{number}"}) for number in range(instances)]

    def submit() -> None:
        for each in started:
            liaison.complete(each["waiting"][0]["id"], summary="what was done")

    first = sampled(submit)
    reviews = [office.get(f"/instances/{each['id']}")["waiting"][0]["id"] for each in started]

    def review() -> None:
        for task in reviews:
            office.complete(task, verdict="approve")

    second = sampled(review)
    return first[0] + second[0], first[1] + second[1], first[2] + second[2]
