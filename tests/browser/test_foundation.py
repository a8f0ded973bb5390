"""The frame and the parts of every page, looked at in a browser: access, widths, policy, scripts on and off."""

import gzip
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, FilePayload, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.guide import TOKEN, Received
from tests.browser.support import DIST, ROOT, axe, follow, no_horizontal_scroll, small_targets

pytestmark = pytest.mark.browser

FORBIDDEN = (
    r"\sstyle\s*=",
    r"\son[a-z]+\s*=\s*[\"']",
    r"<style",
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)",
    r"https?://(?!www\.w3\.org)",
)

Guide = tuple[str, Received]


def upload(name: str, content: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)


@pytest.mark.parametrize("width", [1440, 1024, 390, 320])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_nothing_sticks_out_at_any_width(open_page: OpenPage, guide: Guide, width: int, language: str) -> None:
    page = open_page(f"{guide[0]}/?lang={language}", width=width)
    no_horizontal_scroll(page)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_on_the_style_guide(open_page: OpenPage, guide: Guide, width: int, dark: bool) -> None:
    page = open_page(f"{guide[0]}/?lang={'en' if dark else 'zh-CN'}", width=width, dark=dark)
    if width > 820:
        page.wait_for_selector("[data-bpmn-src][data-ready]")
    axe(page)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", ["/inbox", "/inbox?detail=1", "/inbox?detail=1&lang=en"])
def test_list_and_detail_are_accessible_in_both_widths(
    open_page: OpenPage, guide: Guide, path: str, width: int
) -> None:
    page = open_page(guide[0] + path, width=width)
    no_horizontal_scroll(page)
    axe(page)


def test_phone_shows_one_pane_and_the_bar_of_actions(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(f"{guide[0]}/inbox", width=390)
    expect(page.locator(".pane")).to_be_visible()
    expect(page.locator(".detail")).to_be_hidden()
    page.locator(".item").first.click()
    expect(page.locator(".pane")).to_be_hidden()
    expect(page.locator(".tabs")).to_be_hidden()
    bar = page.locator(".acts").bounding_box()
    assert bar
    assert bar["y"] + bar["height"] == 844
    assert small_targets(page, 42) == []
    page.locator(".top .only-phone a").click()
    expect(page.locator(".pane")).to_be_visible()


@pytest.mark.parametrize("status", [403, 404, 409, 422, 500])
@pytest.mark.parametrize("alone", ["", "?alone=1"], ids=["signed-in", "alone"])
def test_error_pages_are_accessible_and_lead_home(open_page: OpenPage, guide: Guide, status: int, alone: str) -> None:
    page = open_page(f"{guide[0]}/error/{status}{alone}", width=390)
    expect(page.locator("main .btn-p[href='/']")).to_be_visible()
    no_horizontal_scroll(page)
    axe(page)


def test_error_page_says_what_is_wrong_with_each_field(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(f"{guide[0]}/error/422?lang=en")
    expect(page.locator(".errors li")).to_contain_text("20 MB")


def test_phone_has_a_tab_bar_and_large_targets(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0], width=390)
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator(".tabs")).to_be_visible()
    page.locator(".tabs > details > summary").click()
    expect(page.locator(".sheet")).to_be_visible()
    axe(page)
    assert small_targets(page, 40) == []
    page.keyboard.press("Escape")
    expect(page.locator(".sheet")).to_be_hidden()


def test_skip_link_comes_first_and_leads_to_the_content(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(f"{guide[0]}/error/404")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_page_works_without_scripts(open_page: OpenPage, guide: Guide) -> None:
    address, received = guide
    page = open_page(address, scripts=False)
    expect(page.locator("[name=why_late]")).to_be_visible()
    page.locator("[name=material_new]").set_input_files(upload("a.pdf", b"1"))
    follow(page, page.get_by_role("button", name="添加一行"))
    assert received.posts[-1]["_add"] == ["items"]
    assert received.posts[-1]["items.1.who"] == ["孙悦"]
    assert received.posts[-1]["csrf_token"] == [TOKEN]
    page.locator("a[data-dialog]").click()
    expect(page).to_have_url(re.compile("#confirm-page$"))


def test_dialog_asks_and_escape_closes_it(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0])
    page.locator("a[data-dialog]").click()
    box = page.locator("dialog")
    expect(box).to_be_visible()
    axe(page)
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    page.locator("a[data-dialog]").click()
    box.locator("[data-close]").click()
    expect(box).to_be_hidden()


def test_conditional_field_follows_its_condition_and_is_not_sent(open_page: OpenPage, guide: Guide) -> None:
    address, received = guide
    page = open_page(address)
    reason = page.locator("[name=why_late]")
    expect(reason).to_be_visible()
    page.select_option("[name=conclusion]", "yes")
    expect(reason).to_be_hidden()
    expect(reason).to_be_disabled()
    follow(page, page.locator("#forms .btn-p"))
    assert "why_late" not in received.posts[-1]
    assert received.posts[-1]["conclusion"] == ["yes"]


def test_error_summary_takes_the_focus_and_links_to_the_field(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0])
    expect(page.locator(".errors")).to_be_focused()
    page.locator(".errors a").nth(1).click()
    expect(page.locator("[name='items.1.budget']")).to_be_focused()


def test_typing_is_saved_as_a_draft_with_the_token(open_page: OpenPage, guide: Guide) -> None:
    address, received = guide
    page = open_page(address)
    with page.expect_response("**/draft"):
        page.fill("[name=owner]", "王芳")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已保存")
    assert received.drafts[-1]["owner"] == "王芳"
    assert received.drafts[-1]["csrf_token"] == TOKEN


def test_failed_draft_is_said_and_leaving_asks(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0])
    page.route("**/draft", lambda route: route.fulfill(status=401, body="{}"))
    page.fill("[name=owner]", "王芳")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿未能保存")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.goto(f"{guide[0]}/error/404")
    assert asked == ["beforeunload"]


def test_upload_shows_its_result_and_puts_the_id_into_the_form(open_page: OpenPage, guide: Guide) -> None:
    address, received = guide
    page = open_page(address)
    page.locator("[name=material_new]").set_input_files(upload("照片.jpg", b"12345"))
    line = page.locator("[data-uploads=material] .file").last
    expect(line).to_contain_text("已上传")
    assert received.uploads[-1] == {"csrf_token": TOKEN, "field": "material", "name": "照片.jpg", "size": "5"}
    ids = page.locator("[data-uploads=material] input[name=material]")
    assert ids.count() == 2
    line.get_by_role("button", name="移除").click()
    assert ids.count() == 1


def test_refused_upload_says_why_and_adds_nothing(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0])
    page.locator("[name=material_new]").set_input_files(upload("x.exe", b"MZ"))
    expect(page.locator("[data-uploads=material] .err")).to_have_text("EXE")
    assert page.locator("[data-uploads=material] input[name=material]").count() == 1


def test_dropped_file_is_uploaded(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0])
    made = "() => { const d = new DataTransfer(); d.items.add(new File(['abc'], 'drop.txt')); return d }"
    data = page.evaluate_handle(made)
    page.locator("[data-upload-url]").first.dispatch_event("drop", {"dataTransfer": data})
    expect(page.locator("[data-uploads=material] .file").last).to_contain_text("drop.txt")


@pytest.mark.parametrize(
    ("typed", "sum_of_both"),
    [
        (("0.1", "0.2"), "0.3"),
        (("9.5", "10"), "19.5"),
        (("1.005", "1"), "1"),
        (("-2.5", "1"), "-1.5"),
        (("０.５", ""), "0.5"),
        (("8.25", "0.50"), "8.75"),
    ],
)
def test_running_total_is_exact(open_page: OpenPage, guide: Guide, typed: tuple[str, str], sum_of_both: str) -> None:
    page = open_page(guide[0])
    for box, value in zip(page.locator("[data-score]").all(), typed, strict=True):
        box.fill(value)
    shown = page.locator("[data-score-total=all]").inner_text()
    assert float(shown) == float(sum_of_both)
    assert re.fullmatch(r"-?\d+\.\d{1,2}", shown)


def test_points_above_the_maximum_are_marked(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0])
    box = page.locator("[data-score]").first
    box.fill("10.01")
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("10")
    expect(box).to_have_attribute("aria-invalid", "false")


def test_rows_of_a_table_can_be_narrowed(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0])
    rows = page.locator(".row-filter + .scroll tbody tr")
    before = rows.count()
    page.fill("[data-filter-rows]", "72.50")
    assert before > 1
    assert sum(row.is_visible() for row in rows.all()) == 1


def test_diagram_shows_states_and_the_mark_of_its_makers(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0], dark=True)
    box = page.locator("[data-bpmn-src][data-ready]")
    box.scroll_into_view_if_needed()
    expect(page.locator(".st-done")).to_have_count(1)
    expect(page.locator(".badge.overdue")).to_have_text("逾期 4 天")
    assert box.get_attribute("data-untranslated") is None
    assert box.get_attribute("data-warnings") is None
    on_top = page.evaluate(
        """() => { const mark = document.querySelector('.bjs-powered-by'); const r = mark.getBoundingClientRect();
                   const hit = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
                   return mark.contains(hit) && getComputedStyle(mark).opacity === '1' && r.width > 40 }"""
    )
    assert on_top
    assert page.evaluate("getComputedStyle(document.querySelector('.diagram')).backgroundColor") == "rgb(255, 255, 255)"


def test_diagram_moves_under_one_finger_and_zooms_under_two(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0], width=390)
    page.get_by_role("button", name="查看流程图").click()
    page.wait_for_selector("[data-bpmn-src][data-ready]")
    page.locator("[data-bpmn-src]").scroll_into_view_if_needed()
    start = _transform(page)
    _fingers(page, [[(200, 0)], [(120, 0)]])
    moved = _transform(page)
    assert moved[4] == pytest.approx(start[4] - 80, abs=2)
    _fingers(page, [[(150, 0), (250, 0)], [(100, 0), (300, 0)]])
    assert _transform(page)[0] == pytest.approx(moved[0] * 2, rel=0.05)
    no_horizontal_scroll(page)


def test_diagram_that_cannot_be_loaded_says_so(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(f"{guide[0]}/error/404")
    page.route("**/diagram.bpmn", lambda route: route.fulfill(status=200, body="<nonsense"))
    page.goto(guide[0])
    expect(page.locator(".diagram [role=alert]")).to_contain_text("流程图未能显示")
    expect(page.locator(".flow li")).to_have_count(4)


def test_print_shows_the_content_without_the_frame(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0])
    page.emulate_media(media="print")
    for hidden in (".side", ".tabs", ".acts", ".drop"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".gantt")).to_be_visible()


def test_language_switch_is_a_plain_form_with_the_token(open_page: OpenPage, guide: Guide) -> None:
    page = open_page(guide[0], scripts=False)
    form = page.locator(".top .lang-form")
    assert form.get_attribute("method") == "post"
    assert form.locator("[name=csrf_token]").get_attribute("value") == TOKEN
    assert form.locator("button").get_attribute("value") == "en"


def test_no_template_carries_inline_styles_or_scripts() -> None:
    wrong: list[str] = []
    for template in (ROOT / "templates").rglob("*.html"):
        words = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        wrong += [f"{template.name}: {pattern}" for pattern in FORBIDDEN if re.search(pattern, words)]
    assert wrong == []


@pytest.mark.parametrize(("name", "kilobytes"), [("app.css", 10), ("app.js", 12), ("viewer.js", 75), ("viewer.css", 8)])
def test_built_files_stay_within_their_budget(name: str, kilobytes: int) -> None:
    assert len(gzip.compress((DIST / name).read_bytes(), 9)) <= kilobytes * 1024


def test_notices_name_the_makers_of_what_is_bundled() -> None:
    notices = (DIST / "THIRD_PARTY_NOTICES.txt").read_text(encoding="utf-8")
    assert "bpmn-js 18.31.1" in notices
    assert "MUST NOT be" in notices


def test_packages_are_pinned_and_the_lock_names_no_registry() -> None:
    package = json.loads((ROOT / "frontend" / "package.json").read_text(encoding="utf-8"))
    for version in {**package["dependencies"], **package["devDependencies"]}.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    assert all("resolved" not in entry for entry in lock["packages"].values())


def test_both_languages_have_the_same_shell_words() -> None:
    def keys(language: str) -> set[str]:
        path = Path(ROOT / "server" / "i18n" / language / "shell.ftl")
        return set(re.findall(r"^(shell-[a-z0-9-]+) =", path.read_text(encoding="utf-8"), re.MULTILINE))

    assert keys("zh-CN") == keys("en")


def _transform(page: Page) -> list[float]:
    values: list[float] = page.evaluate(
        "() => { const m = new DOMMatrix(getComputedStyle(document.querySelector('.viewport')).transform);"
        " const own = document.querySelector('.viewport').transform.baseVal.consolidate();"
        " const a = own ? own.matrix : m; return [a.a, a.b, a.c, a.d, a.e, a.f] }"
    )
    return values


def _fingers(page: Page, frames: list[list[tuple[int, int]]]) -> None:
    """Touch points relative to the middle line of the picture, one list per moment."""
    frame = page.locator("[data-bpmn-src] svg").first.bounding_box()
    assert frame
    session = page.context.new_cdp_session(page)
    for number, points in enumerate(frames):
        middle = frame["y"] + frame["height"] / 2
        placed = [{"x": frame["x"] + x, "y": middle + y, "id": i} for i, (x, y) in enumerate(points)]
        kind = "touchMove" if number else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": placed})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()
