"""How many statements a completion costs, counted inside one process; each in one transaction with one commit."""

from collections.abc import Callable
from typing import Any

from bench.city import OFFICE, SCHEME, SCOPES, City
from bench.inside import Caller, Counted, Inside

AT_MOST = 12


def run(city: City, sizes: tuple[int, ...]) -> list[dict[str, object]]:
    """Statements and commits of each kind of completion, in campaigns of each size and outside of any."""
    inside = Inside(city)
    try:
        office = Caller(inside.app.test_client(), inside.token_of(OFFICE, SCOPES))
        found = [_application(inside, office, city)]
        found += [_campaign(inside, office, city, size) for size in sizes]
        return found
    finally:
        inside.close()


def _application(inside: Inside, office: Caller, city: City) -> dict[str, object]:
    unit = city.units[0]
    liaison = Caller(inside.app.test_client(), city.tokens[unit])
    body = {"scheme": SCHEME, "process": "approval", "unit": unit}
    started = [office.post("/instances", body | {"business_key": f"S-{number}"}) for number in range(2)]
    found: dict[str, object] = {"where": "application"}
    for number, instance in enumerate(started):  # the first one warms what is kept between requests
        path = f"/instances/{instance['id']}"
        counts = {
            "submit": _count(inside, _completion(liaison, office, path, summary="x")),
            "send_back": _count(inside, _completion(office, office, path, verdict="return")),
            "submit_again": _count(inside, _completion(liaison, office, path, summary="x")),
            "approve": _count(inside, _completion(office, office, path, verdict="approve")),
        }
        if number:
            found |= counts
    return found


def _completion(who: Caller, office: Caller, path: str, **values: Any) -> Callable[[], None]:
    task = office.get(path)["waiting"][0]["id"]
    return lambda: who.complete(task, **values)


def _campaign(inside: Inside, office: Caller, city: City, size: int) -> dict[str, object]:
    title = f"S-{size}-"
    body = {
        "scheme": SCHEME,
        "year": 2026,
        "title": title,
        "starts_on": "2026-03-02",
        "dates": {"submit": "2099-06-30"},
    }
    campaign = office.post("/campaigns", body | {"participants": list(city.units[:size])})
    inside.open_campaign(campaign["id"])
    found: dict[str, object] = {"where": f"campaign of {size}"}
    for unit in (city.units[0], city.units[size // 2]):
        liaison = Caller(inside.app.test_client(), city.tokens[unit])
        task = liaison.get("/tasks", q=title)["items"][0]["id"]
        found["submit"] = _count(inside, lambda who=liaison, task=task: who.complete(task, summary="x"))  # type: ignore[misc]
        task = office.get("/tasks", q=title)["items"][0]["id"]
        found["approve"] = _count(inside, lambda task=task: office.complete(task, verdict="approve"))  # type: ignore[misc]
    return found


def _count(inside: Inside, work: Callable[[], None]) -> int:
    with inside.counting() as counted:
        work()
    _one_commit(counted)
    return len(counted.statements)


def _one_commit(counted: Counted) -> None:
    # On SQLite the look at who asks is a transaction of its own, before the one that writes; ending it is no failure.
    if counted.commits != 1 or counted.rollbacks > 1:
        raise RuntimeError(f"{counted.commits} commits and {counted.rollbacks} rollbacks in one completion")
