"""A scorer of its own: reads a standard and scripted answers as plain files, and knows nothing of the product."""

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PASS_MARK = Decimal(80)


def standard(scheme: str) -> dict[str, dict[str, str]]:
    """The rows of a scheme's standard.csv by their ids."""
    with (ROOT / "workflows" / scheme / "standard.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def points(row: Mapping[str, str], answer: str) -> Decimal:
    """What an answer is worth; a row that does not apply counts in full."""
    most = Decimal(row["points"])
    if answer == "na":
        assert row["not_applicable"] == "yes", row["id"]
        return most
    given = dict(part.split("=", 1) for part in row["parameters"].split(";") if part)
    if row["rule"] == "fixed":
        return {"yes": most, "no": Decimal(0)}[answer]
    if row["rule"] == "count":
        return min(Decimal(given["each"]) * int(answer), most)
    assert row["rule"] == "either", row["rule"]
    branches = {part.split(":", 1)[0] for part in given["branches"].split("|")}
    assert answer in branches | {"none"}
    return most if answer in branches else Decimal(0)


def result(rows: Mapping[str, Mapping[str, str]], part: Mapping[str, Any]) -> dict[str, Any]:
    """Totals and whether a unit is to be recognised, from its script alone."""
    script = part["script"]
    if part["scripted"] == "withdrawn" or not script:
        return {"self": None, "verified": None, "second": None, "recognised": False}
    assert script.keys() == rows.keys()
    own = sum((points(rows[key], script[key]["claimed"]) for key in rows), Decimal(0))
    verified = sum((points(rows[key], script[key]["verified"]) for key in rows), Decimal(0))
    mended = [key for key in rows if script[key]["accepted"]]
    second = None
    if verified < PASS_MARK and mended:
        after = {key: script[key]["second"] if key in mended else script[key]["verified"] for key in rows}
        second = sum((points(rows[key], after[key]) for key in rows), Decimal(0))
    last = verified if second is None else second
    return {"self": own, "verified": verified, "second": second, "recognised": last >= PASS_MARK}
