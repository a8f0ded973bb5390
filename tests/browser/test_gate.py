"""A leader decides on a phone: what the first screen says, how many taps it takes, and what follows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from server.db.engines import open_engine
from server.ports import VirtualClock
from tests.assessments.support import Gaoping
from tests.browser.conftest import OpenPage
from tests.browser.support import axe, no_horizontal_scroll, small_targets
from tests.conftest import START
from tests.recognitions.test_gate import to_gate
from tests.web.site import CHEAP, PASSWORD, make_site

pytestmark = pytest.mark.browser

PHONE = 390


@dataclass
class AtGate:
    """A campaign that waits for the leader, served. message: where a message about the gate leads."""

    gaoping: Gaoping
    url: str
    leader: str
    liaison: str

    @property
    def message(self) -> str:
        return f"{self.url}/tasks/{self.gaoping.task(self.gaoping.leader, 'Approve').id}"


@pytest.fixture
def place(tmp_path: Path, serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Iterator[AtGate]:
    monkeypatch.setattr("server.identity.passwords._hasher", CHEAP)
    engine = open_engine(f"sqlite:///{tmp_path / 'gate.sqlite'}")
    gaoping = Gaoping(engine, tmp_path, VirtualClock(START))
    to_gate(gaoping)
    site = make_site(gaoping.world)
    site.app.config["WTF_CSRF_ENABLED"] = True
    leader = site.login(gaoping.world.authority, "leader")
    liaison = site.login(gaoping.units[0], "liaison")
    yield AtGate(gaoping, serve(site.app), leader, liaison)
    engine.dispose()


class Taps:
    """A thumb that counts. The message that was tapped is the first."""

    def __init__(self) -> None:
        self.count = 1

    def __call__(self, what: Locator) -> None:
        self.count += 1
        what.tap()


def from_message(open_page: OpenPage, place: AtGate, login: str = "", **how: object) -> Page:
    """The page that a message leads to, after the login that stands before it."""
    page = open_page(place.message, width=PHONE, **how)  # type: ignore[arg-type]
    page.fill("input[name=login]", login or place.leader)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-p")
    expect(page).to_have_url(place.message)
    return page


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_first_screen_says_all_and_offers_three_answers(place: AtGate, open_page: OpenPage, language: str) -> None:
    page = from_message(open_page, place, language=language)
    bar = page.locator(".acts").bounding_box()
    said = page.locator("#f-seen b").first
    box = said.bounding_box()
    assert bar is not None
    assert box is not None
    assert box["y"] + box["height"] <= bar["y"] < bar["y"] + bar["height"] <= 844
    assert len(said.inner_text()) <= 150
    for verdict in ("return", "conditional", "approve"):
        expect(page.locator(f"button[value={verdict}]")).to_be_in_viewport(ratio=1)
    no_horizontal_scroll(page)
    assert small_targets(page) == []
    axe(page)
    for fold in page.locator("main details.fold > summary").all():
        fold.click()
    no_horizontal_scroll(page)
    axe(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_gate_is_approved_in_three_taps_at_most(place: AtGate, open_page: OpenPage, scripts: bool) -> None:
    page = from_message(open_page, place, scripts=scripts)
    tap = Taps()
    tap(page.locator("button[value=approve]"))
    expect(page).to_have_url(f"{place.url}/inbox")
    assert tap.count <= 3


@pytest.mark.parametrize("scripts", [True, False])
def test_a_unit_is_sent_back_with_a_phrase_in_five_taps_and_without_one_in_fewer(
    place: AtGate, open_page: OpenPage, scripts: bool
) -> None:
    page = from_message(open_page, place, scripts=scripts)
    tap = Taps()
    tap(page.locator("#f-units details > summary").nth(1))
    tap(page.locator("#f-units details").nth(1).locator("label.choice"))
    tap(page.locator("button[value=return]"))
    expect(page).to_have_url(f"{place.url}/inbox")
    assert tap.count <= 5
    page.goto(f"{place.url}/decided")
    expect(page.locator("main")).to_contain_text(f"请再核实：{place.gaoping.units[1].name}")
    no_horizontal_scroll(page)


def test_a_return_takes_a_phrase_of_ones_own(place: AtGate, open_page: OpenPage) -> None:
    page = from_message(open_page, place)
    page.goto(f"{place.url}/phrases")
    axe(page)
    page.fill("[name=words]", "请补充节水改造的验收单。")
    page.check("input[value=return]")
    page.click("main form:has([name=words]) button")
    expect(page.locator("main")).to_contain_text("请补充节水改造的验收单。")
    axe(page)
    page.goto(place.message)
    tap = Taps()
    tap(page.locator("#f-verdict details > summary").first)
    tap(page.locator("label.choice", has_text="请补充节水改造的验收单。"))
    tap(page.locator("button[value=return]"))
    expect(page).to_have_url(f"{place.url}/inbox")
    assert tap.count <= 5


def test_conditions_are_kept_as_typed_until_they_are_whole(place: AtGate, open_page: OpenPage) -> None:
    page = from_message(open_page, place, scripts=False)
    page.locator("#f-conditions > summary").click()
    page.fill("#condition-what-1", "节水改造全部完成")
    page.click("button[name=_add]")
    expect(page.locator("#condition-what-1")).to_have_value("节水改造全部完成")
    expect(page.locator("#condition-what-3")).to_be_visible()
    page.click("button[value=conditional]")
    expect(page.locator("#errors")).to_contain_text("条件 1：请填写完成日期")
    expect(page.locator("#condition-what-1")).to_have_value("节水改造全部完成")
    no_horizontal_scroll(page)
    page.fill("#condition-by-1", "2026-06-30")
    page.click("button[value=conditional]")
    expect(page).to_have_url(f"{place.url}/inbox")
    page.goto(f"{place.url}/decided")
    expect(page.locator("main")).to_contain_text("有条件同意")
    expect(page.locator("main")).to_contain_text("条件：0 / 2 项已落实")
    no_horizontal_scroll(page)


def test_the_briefing_is_one_page_of_a4(place: AtGate, open_page: OpenPage) -> None:
    page = open_page(place.message)
    page.fill("input[name=login]", place.leader)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-p")
    expect(page).to_have_url(place.message)
    expect(page.locator("[data-print]")).to_be_visible()
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 1
