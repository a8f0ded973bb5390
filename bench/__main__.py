"""`python -m bench`: all measurements, or some of them, on both databases or one. README.md says what each is."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import due, figures, places, statements, w1, w2
from bench.city import City, build
from bench.machine import Installation, database

KINDS = ("postgresql", "sqlite")
Found = dict[str, object]


@contextmanager
def city_of(kind: str, units: int) -> Iterator[tuple[City, Path]]:
    """A fresh installation, not yet running."""
    with tempfile.TemporaryDirectory(prefix="gg-bench-") as name, database(kind, Path(name)) as url:
        yield build(Path(name) / "data", url, units), Path(name)


def tell(title: str, found: Found) -> Found:
    print(figures.line(title, found), flush=True)
    return found


def measure_w1(kind: str, quick: bool) -> list[Found]:
    """A warm-up that is not counted, then one client, then eight."""
    found = []
    with city_of(kind, w1.LIAISONS) as (city, folder), Installation(city.settings, folder) as running:
        w1.run(city, running, 20 if quick else 100, 8)
        for clients in (1, 8):
            figures_found = w1.run(city, running, 40 if quick else 500, clients)
            found.append(tell(f"W1 {kind}, clients {clients}", figures_found))
    return found


def measure_w2(kind: str, quick: bool) -> list[Found]:
    """From small to large, each in an installation of its own, so that none finds the others' rows."""
    found = []
    for participants, pairs in ((20, 20), (40, 20)) if quick else ((20, 20), (200, 200), (2000, 200)):
        with city_of(kind, participants) as (city, folder), Installation(city.settings, folder) as running:
            w1.run(city, running, 40, 8)  # warms the processes
            found.append(tell(f"W2 {kind}, N {participants}", w2.run(city, running.port, participants, pairs)))
    return found


def measure_statements(kind: str, quick: bool) -> list[Found]:
    sizes = (20, 40) if quick else (20, 200, 2000)
    with city_of(kind, max(sizes)) as (city, _):
        return [tell(f"statements {kind}", each) for each in statements.run(city, sizes)]


def measure_places(kind: str, quick: bool) -> list[Found]:
    with city_of(kind, 1) as (city, _):
        return [tell(f"places {kind}", places.run(city, 20 if quick else 500))]


def measure_due(kind: str, quick: bool) -> list[Found]:
    """So many deadlines in one second, and how long those wait who work meanwhile."""
    units = 200 if quick else 10_000
    with city_of(kind, units) as (city, folder):
        due.prepare(city)
        with Installation(city.settings, folder) as running:
            return [tell(f"due {kind}, {units} at once", due.run(city, running.port))]


MEASUREMENTS: dict[str, Callable[[str, bool], list[Found]]] = {
    "w1": measure_w1,
    "w2": measure_w2,
    "statements": measure_statements,
    "places": measure_places,
    "due": measure_due,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", help=f"some of: {', '.join(MEASUREMENTS)} (default: all)")
    parser.add_argument("--database", choices=[*KINDS, "both"], default="both")
    parser.add_argument("--quick", action="store_true", help="few and short, to try that it runs")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    given = parser.parse_args()
    unknown = set(given.what) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    found: dict[str, list[Found]] = {}
    for name in given.what or MEASUREMENTS:
        for kind in KINDS if given.database == "both" else (given.database,):
            found[f"{name} {kind}"] = MEASUREMENTS[name](kind, given.quick)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
