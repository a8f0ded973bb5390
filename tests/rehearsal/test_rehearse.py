"""A whole campaign: what was scripted happens, is named, and gives the result that others work out for themselves."""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.errors import Invalid, NotFound
from server.i18n import LANGUAGES
from server.rehearsal import acts, found, run
from server.rehearsal.report import in_words
from server.rehearsal.run import rehearse
from tests.rehearsal import scorer
from tests.rehearsal.conftest import Played

ROUNDS = Path(__file__).parents[1] / "packages" / "rounds"


def with_behaviour(played: Played, behaviour: str) -> list[dict[str, Any]]:
    return [part for part in played.found["participants"] if part["scripted"] == behaviour]


def test_the_campaign_ends_without_incidents(twelve: Played) -> None:
    assert twelve.found["incidents"] == []
    assert twelve.found["campaign"]["state"] == "ended"
    assert twelve.found["left_out"] == {}
    assert [part["number"] for part in twelve.found["participants"]] == list(range(1, 13))


def test_another_scorer_gets_the_same_totals_and_the_same_list(twelve: Played) -> None:
    assert twelve.found["campaign"]["parameters"]["not_applicable"] == "full"
    rows = scorer.standard("gaoping-2020")
    expected = {part["number"]: scorer.result(rows, part) for part in twelve.found["participants"]}
    for part in twelve.found["participants"]:
        for name in ("self", "verified", "second"):
            total = part[f"{name}_total"]
            assert (None if total is None else Decimal(total["exact"])) == expected[part["number"]][name], part["name"]
    recognised = [row["number"] for row in twelve.found["recognised"]]
    assert recognised == [number for number, result in expected.items() if result["recognised"]]


def test_the_rate_is_exact_and_leaves_out_who_withdrew(twelve: Played) -> None:
    rate = twelve.found["rate"]
    assert rate["in_scope"] == 12 - len(with_behaviour(twelve, "withdrawn"))
    assert rate["recognised"] == len(twelve.found["recognised"])
    assert rate["percent"] == {"value": "90.90", "exact": "1000/11"}
    assert rate["target"] == {"value": "25.00", "exact": "25"}
    assert rate["reached"] is True


def test_somebody_passes_exactly_at_the_mark(twelve: Played) -> None:
    at_mark = [part for part in with_behaviour(twelve, "passes") if part["verified_total"]["exact"] == "80"]
    assert at_mark
    assert all(part["recognised"] and part["verdict"] == "met" for part in at_mark)


def test_who_is_late_is_late(twelve: Played) -> None:
    parts = with_behaviour(twelve, "late")
    assert parts
    for part in parts:
        assert part["self_assessment"]["late"]
        assert part["self_assessment"]["handed_in_on"] > part["self_assessment"]["due_on"]
    others = [part for part in twelve.found["participants"] if part["scripted"] not in ("late", "withdrawn")]
    assert not any(part["self_assessment"]["late"] or part["plan"]["late"] for part in others)


def test_a_plan_is_returned_once(twelve: Played) -> None:
    parts = with_behaviour(twelve, "returned")
    assert parts
    for part in parts:
        assert part["plan"]["returned"] == 1
        assert part["plan"]["accepted_on"] > part["plan"]["handed_in_on"]


def test_what_is_mended_passes_after_a_second_verification(twelve: Played) -> None:
    parts = with_behaviour(twelve, "mended")
    assert parts
    for part in parts:
        assert Decimal(part["verified_total"]["exact"]) < 80 <= Decimal(part["second_total"]["exact"])
        assert all(each["kind"] == "blocking" for each in part["findings"])
        assert any(each["mended"] for each in part["findings"])
        assert part["recognised"]


def test_what_is_not_mended_is_not_recognised(twelve: Played) -> None:
    parts = with_behaviour(twelve, "not_mended")
    assert parts
    for part in parts:
        assert Decimal(part["verified_total"]["exact"]) < 80
        assert not all(each["mended"] for each in part["findings"])
        assert not part["recognised"]
        assert part["outcome"] == "NotMet"


def test_who_withdraws_leaves_in_the_middle(twelve: Played) -> None:
    parts = with_behaviour(twelve, "withdrawn")
    assert parts
    for part in parts:
        assert (part["state"], part["recognised"]) == ("withdrawn", False)
        assert part["plan"]
        assert part["reason"]


def test_the_office_enters_for_an_empty_post(twelve: Played) -> None:
    parts = with_behaviour(twelve, "empty_post")
    assert parts
    vacant = {row["number"] for row in twelve.found["empty_posts"]}
    for part in parts:
        assert part["number"] in vacant
        assert part["plan"]["on_behalf_of"]
        assert part["plan"]["source"] in ("phone", "paper")
        assert part["recognised"]
    assert vacant == {part["number"] for part in parts}


def test_the_calendar_says_who_got_what_on_which_day(twelve: Played) -> None:
    first_day = twelve.found["campaign"]["starts_on"]
    plans = twelve.found["calendar"][first_day]
    assert [line["number"] for line in plans] == list(range(1, 13))
    assert all(line["due_on"] == "2020-08-15" and line["to"][0]["post"] == "联络员" for line in plans)
    lines = [line for day in twelve.found["calendar"].values() for line in day]
    assert all(line["state"] in ("done", "cancelled") for line in lines)
    assert all(line["by"] for line in lines if line["state"] == "done")
    assert {line["kind"] for line in lines} == set(acts.KINDS)


def test_gates_are_named_with_the_days_they_had(twelve: Played) -> None:
    (gate,) = twelve.found["gates"]
    assert (gate["verdict"], gate["without_time"]) == ("approve", False)
    assert gate["days"] > found.TIGHT
    line = {"kind": "gate", "title": "Gate", "opened_on": "2020-12-25", "due_on": "2020-12-25", "days": 0}
    (tight,) = found._gates([{**line, "verdict": "approve", "by": "A"}])
    assert tight["without_time"]


def test_no_id_and_no_time_of_day_is_in_the_report(twelve: Played) -> None:
    told = json.dumps(twelve.found, ensure_ascii=False)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{32}(?![0-9a-f]{32})(?<![0-9a-f]{33})", told)
    assert not re.search(r"\d\d:\d\d", told)


def test_the_same_command_says_the_same(twelve: Played) -> None:
    """Another process with another order of hashes prints the very same bytes."""
    command = [sys.executable, "-m", "server.cli", "rehearse", "gaoping-2020", "--units", "12", "--seed", "1", "--json"]
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONIOENCODING": "utf-8"}
    told = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=300)
    expected = json.dumps(twelve.found, ensure_ascii=False, indent=2, sort_keys=True)
    assert told.stdout.decode() == expected + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_names_everything_in_words(twelve: Played, language: str) -> None:
    told = in_words(twelve.found, language)
    for part in twelve.found["participants"]:
        assert f"{part['number']}. {part['name']}" in told
    for wanted in {"zh-CN": ("逾期", "被退回", "代", "已退出", "岗位空缺", "没有异常", "90.9%")}.get(
        language, ("late", "returned once", "entered by the office", "Withdrawn", "Empty post", "No incidents", "90.9%")
    ):
        assert wanted in told


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(run, "shipped", lambda: [ROUNDS])
    return "rounds"


def test_a_scheme_without_a_standard_is_rehearsed_too(rounds: str) -> None:
    """Forms alone; too few units for all behaviours, which is said."""
    once, again = rehearse(rounds, 3, 7), rehearse(rounds, 3, 7)
    assert once == again
    assert once["incidents"] == []
    assert once["campaign"]["state"] == "ended"
    assert once["left_out"] == {
        "mended": "unscored",
        "not_mended": "unscored",
        "withdrawn": "units",
        "empty_post": "units",
    }
    assert "too few units" in in_words(once, "en")


def test_what_nobody_can_do_is_told_and_ends_the_rehearsal(rounds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "KINDS", {})
    told = rehearse(rounds, 1, 1)
    assert told["campaign"]["ended_on"] is None
    causes = [each["cause"]["en"] for each in told["incidents"]]
    assert any("tasks of the kind “form”" in cause for cause in causes)
    assert any("stuck" in cause for cause in causes)
    assert "2 incidents" in in_words(told, "en")


def test_a_scheme_that_is_not_shipped_is_refused() -> None:
    with pytest.raises(NotFound) as refused:
        rehearse("nowhere", 12, 1)
    assert "gaoping-2020" in str(refused.value)


@pytest.mark.parametrize("units", [0, -1, 5001])
def test_a_number_of_units_that_cannot_be_is_refused(units: int) -> None:
    with pytest.raises(Invalid):
        rehearse("gaoping-2020", units, 1)
