"""One unit and one leader go through a whole campaign with scripts off; and every page is fit to be seen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.db.engines import open_engine
from tests.browser.conftest import OpenPage
from tests.browser.installation import PASSWORD, Installation, install
from tests.browser.support import axe, follow, no_horizontal_scroll

pytestmark = pytest.mark.browser

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SHORT = ("2.2.4", "3.2.1", "3.3.1", "3.3.2", "4.1.1", "4.1.2", "4.1.3", "4.2.1", "4.2.2")
"""Rows that the verifier does not find: 3+3+3+3+2+2+2+2+2 = 22 points, so 78 of 100."""


@pytest.fixture
def place(tmp_path: Path, serve: Callable[..., str]) -> Iterator[tuple[Installation, str]]:
    engine = open_engine(f"sqlite:///{tmp_path / 'browser.sqlite'}")
    found = install(engine, tmp_path)
    yield found, serve(found.app)
    engine.dispose()


@pytest.fixture
def pdf(tmp_path: Path) -> str:
    path = tmp_path / "实施方案（盖章）.pdf"
    path.write_bytes(PDF)
    return str(path)


def log_in(open_page: OpenPage, url: str, login: str, **more: object) -> Page:
    page = open_page(f"{url}/", **more)  # type: ignore[arg-type]
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-p")
    expect(page).to_have_url(f"{url}/inbox")
    return page


def open_task(page: Page, installation: Installation, url: str, title: str) -> None:
    installation.drain()
    page.goto(f"{url}/inbox")
    follow(page, page.locator("a.item", has_text=title).first)
    expect(page.locator("h1")).to_contain_text(title)


def hand_in(page: Page, url: str) -> None:
    page.click("main button[value=hand_in]")
    expect(page).to_have_url(f"{url}/inbox")


def hand_in_plan(page: Page, url: str, pdf: str) -> None:
    page.set_input_files("input[name=plan_file_new]", pdf)
    page.fill("[name=measures]", "完善制度体系，推行绿色办公，开展宣传教育。")
    page.fill("[name=complete_by]", "2026-12-01")
    page.fill("[name=leader]", "陈伟")
    page.fill("[name=liaison]", "李静")
    page.fill("[name=liaison_phone]", "0100-1234567")
    hand_in(page, url)


def claim_everything(page: Page, pdf: str) -> None:
    """Claim full points on all rows; one with a file, the rest with a note of where the original lies."""
    for choice in page.locator("input[type=radio][name^='answer.']").all():
        if choice.get_attribute("value") not in ("no", "none", "", "na"):
            choice.check()
    for number in page.locator("input[name^='answer.'][inputmode=numeric]").all():
        number.fill("5")
    for summary in page.locator("li.score details.fold > summary").all():
        summary.click()
    for note in page.locator("input[name^='paper.']").all():
        note.fill("办公室3号柜")
    page.set_input_files("input[name='evidence.1.1.1_new']", pdf)
    page.fill("[name=report]", "对照评价标准逐项自评，各项工作已落实到位。")
    page.set_input_files("[name=report_evidence_new]", pdf)


def find_short(page: Page) -> None:
    follow(page, page.locator("main button", has_text="按自评填入"))
    for key in SHORT:
        row = page.locator(f"[id='row-{key}']")
        row.locator("input[value=no]").check()
        note = row.locator(f"[name='note.{key}']")
        if not note.is_visible():
            row.locator("summary").first.click()
        note.fill("现场未见相关材料")


def test_a_campaign_without_scripts_from_plan_to_recognised_list(
    place: tuple[Installation, str], open_page: OpenPage, pdf: str
) -> None:
    here, url = place
    unit = log_in(open_page, url, "liaison1", scripts=False)
    office = log_in(open_page, url, "office", scripts=False)
    verifier = log_in(open_page, url, "verifier", scripts=False)

    open_task(unit, here, url, "编制报送实施方案")
    unit.click("main button[value=hand_in]")
    expect(unit.locator("#errors")).to_contain_text("请填写“创建措施办法”")
    hand_in_plan(unit, url, pdf)

    open_task(office, here, url, "审核备案实施方案")
    expect(office.locator("main")).to_contain_text("实施方案（盖章）.pdf")
    office.check("input[value=return]")
    office.fill("[name=reason]", "创建期限请提前。")
    hand_in(office, url)

    open_task(unit, here, url, "编制报送实施方案")
    expect(unit.locator("main")).to_contain_text("退回原因：创建期限请提前。")
    expect(unit.locator("[name=leader]")).to_have_value("陈伟")
    hand_in(unit, url)
    open_task(office, here, url, "审核备案实施方案")
    office.check("input[value=file]")
    hand_in(office, url)

    open_task(unit, here, url, "报告创建完成情况")
    unit.fill("[name=completed_on]", "2026-11-20")
    unit.fill("[name=work_done]", "动员干部职工，找差距补短板，各项任务完成。")
    hand_in(unit, url)

    open_task(unit, here, url, "自评并报送材料")
    claim_everything(unit, pdf)
    hand_in(unit, url)

    open_task(verifier, here, url, "核查")
    find_short(verifier)
    hand_in(verifier, url)

    for _ in SHORT:
        open_task(unit, here, url, "整改并报送结果")
        unit.fill("[name=done]", "已补齐材料并落实到位。")
        unit.set_input_files("[name=evidence_new]", pdf)
        hand_in(unit, url)
        open_task(office, here, url, "复核整改结果")
        office.click("main button[value=mended]")
        expect(office).to_have_url(f"{url}/inbox")

    open_task(verifier, here, url, "再次核查")
    assert verifier.locator("li.score").count() >= len(SHORT)
    for choice in verifier.locator("input[type=radio][value=yes]").all():
        choice.check()
    hand_in(verifier, url)

    for _ in range(2):
        office.goto(f"{url}/campaigns/{here.campaign_id}")
        follow(office, office.locator("#board tr", has_text="编制报送实施方案").first.locator("th a"))
        office.fill("form[action$=withdraw] [name=reason]", "机构撤并")
        follow(office, office.locator("form[action$=withdraw] button"))
    open_task(office, here, url, "汇总并报请认定")
    office.check("input[value=submit]")
    office.fill("[name=opinion]", "拟认定示例市档案馆。")
    hand_in(office, url)

    leader = log_in(open_page, url, "leader", scripts=False, width=390)
    open_task(leader, here, url, "审定认定名单")
    no_horizontal_scroll(leader)
    expect(leader.locator("main")).to_contain_text("达标 1 家")
    leader.click("main button[value=approve]")
    expect(leader).to_have_url(f"{url}/inbox")

    here.drain()
    office.goto(f"{url}/campaigns/{here.campaign_id}/results")
    expect(office.locator("main")).to_contain_text("示例市档案馆")
    expect(office.locator("main")).to_contain_text("100%")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_of_the_office_is_clean(
    place: tuple[Installation, str], open_page: OpenPage, width: int, language: str
) -> None:
    here, url = place
    page = log_in(open_page, url, "office", width=width, language=language)
    campaign = f"/campaigns/{here.campaign_id}"
    paths = (
        "/inbox", "/campaigns", "/campaigns/new", campaign, f"{campaign}/results", f"{campaign}/board",
        f"{campaign}/findings", f"{campaign}/sheets", "/evidence",
        "/schemes", "/schemes/new", "/organisation/", "/calendar", "/incidents", "/me", "/me/tokens",
    )  # fmt: skip
    for path in paths:
        answer = page.goto(url + path)
        assert answer is not None
        assert answer.status == 200, path
        no_horizontal_scroll(page)
        axe(page)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_units_task_and_the_schemes_page_are_clean(
    place: tuple[Installation, str], open_page: OpenPage, width: int, language: str
) -> None:
    _, url = place
    page = log_in(open_page, url, "liaison1", width=width, language=language)
    follow(page, page.locator("a.item").first)
    expect(page.locator("main form").first).to_be_visible()
    no_horizontal_scroll(page)
    axe(page)
    office = log_in(open_page, url, "office", width=width, language=language)
    office.goto(f"{url}/schemes")
    follow(office, office.locator("main a[href^='/schemes/']").first)
    no_horizontal_scroll(office)
    axe(office)
