"""The page to forward, read back: as a document, as A4, as a picture; and that no word in it is ever markup."""

import io
import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from docx import Document
from pypdf import PdfReader

from server.errors import Unavailable
from server.organisation.models import Unit
from server.recognitions.briefing import ROWS_AT_MOST, Briefing, briefing
from server.recognitions.document_print import printed
from server.recognitions.document_word import word
from server.recognitions.rules import CardRow, GateCard, Standing
from tests.assessments.support import Gaoping
from tests.recognitions.test_gate import card_of, decide, to_gate
from tests.recognitions.test_preparing import secretary
from tests.web.conftest import _cheap_hashes
from tests.web.site import make_site

__all__ = ["_cheap_hashes"]

HOSTILE = '#panic("x") $1/0$ *粗* <b>&amp; \x07@ref [方] \\u{1} =1+1'
SEEN = HOSTILE.replace("\x07", "")
NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n"


def row(number: int, name: str, standing: Standing) -> CardRow:
    total = "" if standing is Standing.NO_RESULT else "85.5"
    return CardRow(number, uuid4(), uuid4(), name, standing, "90", total, "", 0, "", None, "")


def card(names: Sequence[str], title: str = "2026年节约型机关创建") -> GateCard:
    rows = [row(n, name, (Standing.PASSED, Standing.SHORT)[n % 2]) for n, name in enumerate(names)]
    return GateCard(uuid4(), title, 2026, "节约型机关", Decimal(70), tuple(rows))


def page(names: Sequence[str] = ("示例单位甲", HOSTILE), language: str = "zh-CN", title: str = "创建") -> Briefing:
    return briefing(card(names, title), [], "示例市主管局", "2026年5月1日 17:00", language)


def in_word(content: bytes) -> str:
    paper = Document(io.BytesIO(content))
    cells = [cell.text for table in paper.tables for line in table.rows for cell in line.cells]
    return "\n".join([paragraph.text for paragraph in paper.paragraphs] + cells)


def in_pdf(content: bytes) -> str:
    return "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(content)).pages)


def size_of(content: bytes) -> tuple[int, int]:
    assert content.startswith(PNG)
    return struct.unpack(">II", content[16:24])


# --- document ---------------------------------------------------------------------------------------------------------


def test_the_document_holds_the_sentence_the_numbers_and_every_unit_literally() -> None:
    made = page()
    read = in_word(word(made, NOW))
    for said in (made.title, made.stamp, made.sentence, made.foot, "示例单位甲", SEEN, "85.5"):
        assert said in read


def test_the_document_is_styled_and_not_formatted_by_hand() -> None:
    paper = Document(io.BytesIO(word(page(), NOW)))
    styles = {paragraph.style.name for paragraph in paper.paragraphs}
    assert {"Title", "Subtitle", "Body Text", "Heading 1"} <= styles
    assert (round(paper.sections[0].page_width.mm), round(paper.sections[0].page_height.mm)) == (210, 297)
    assert 'w:eastAsia="FangSong"' in paper.styles["Normal"].element.xml
    assert "w:tblHeader" in paper.tables[1]._tbl.xml
    assert (paper.core_properties.title, paper.core_properties.author) == (page().title, "示例市主管局")


def test_a_long_list_says_what_it_leaves_out() -> None:
    made = page([f"单位{n:04d}" for n in range(2 * ROWS_AT_MOST + 20)])
    assert {len(each.rows) for each in made.sections} == {ROWS_AT_MOST}
    assert "另有 10 家" in in_word(word(made, NOW))


# --- print and picture ------------------------------------------------------------------------------------------------


def test_the_pdf_is_a4_with_chinese_in_it_and_its_own_fonts() -> None:
    content = printed(page(), "pdf")
    reader = PdfReader(io.BytesIO(content))
    sheet = reader.pages[0]
    assert (round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height))) == (595, 842)
    fonts = sheet["/Resources"]["/Font"].get_object().values()
    names = {str(font.get_object()["/BaseFont"]) for font in fonts}
    assert any("NotoSerifSC" in name for name in names)
    read = in_pdf(content).replace("\n", "")
    for said in ("示例单位甲", "示例市主管局", "85.5", '#panic("x")', "<b>&amp;"):
        assert said in read


def test_forty_units_stay_on_one_or_two_sheets_and_all_are_there() -> None:
    content = printed(page([f"示例单位{n:02d}号" for n in range(40)]), "pdf")
    read = "".join(in_pdf(content).split())
    assert all(f"示例单位{n:02d}号" in read for n in range(40))
    assert len(PdfReader(io.BytesIO(content)).pages) <= 2


def test_the_picture_is_as_wide_as_a_telephone_and_as_long_as_its_list() -> None:
    short, long = (size_of(printed(page([f"单位{n}" for n in range(count)]), "png")) for count in (2, 60))
    assert short[0] == long[0] == 780
    assert long[1] > short[1] + 1000


def test_what_takes_too_long_is_ended_and_said() -> None:
    with pytest.raises(Unavailable):
        printed(page(), "pdf", wall_seconds=0.01)


def test_in_english_too() -> None:
    made = page(language="en")
    assert "list for decision" in in_word(word(made, NOW))
    assert "list for decision" in in_pdf(printed(made, "pdf"))


# --- pages ------------------------------------------------------------------------------------------------------------


def test_who_sees_the_gate_takes_it_along_and_nobody_else(gaoping: Gaoping) -> None:
    world, task_id = gaoping.world, to_gate(gaoping)
    secretary(world, world.authority)
    with world.workshop.writing() as work:
        work.session.get_one(Unit, gaoping.units[0].id).name = "<i>甲&乙</i>"
    place = make_site(world)
    for kind in ("leader", "office", "secretary"):
        answer = place.visitor(world.authority, kind).get(f"/gates/{task_id}/briefing.docx")
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "<i>甲&乙</i>" in in_word(answer.get_data())
    leader = place.visitor(world.authority, "leader")
    assert leader.get(f"/gates/{task_id}/briefing.pdf").get_data().startswith(b"%PDF")
    assert size_of(leader.get(f"/gates/{task_id}/briefing.png").get_data())[0] == 780
    assert f"/gates/{task_id}/briefing.png" in leader.get(f"/tasks/{task_id}").get_data(as_text=True)
    liaison = place.visitor(world.units[0], "liaison")
    for form in ("docx", "pdf", "png"):
        assert liaison.get(f"/gates/{task_id}/briefing.{form}").status_code == 404
        assert leader.get(f"/gates/{uuid4()}/briefing.{form}").status_code == 404
    assert leader.get(f"/gates/{task_id}/briefing.html").status_code == 404


def test_who_is_out_of_scope_is_in_a_list_of_their_own_and_points_that_lack_are_said() -> None:
    rows = [row(n, f"单位{n}", standing) for n, standing in enumerate(Standing)]
    rows[1] = replace(rows[1], lacking="4")
    made = briefing(GateCard(uuid4(), "创建", 2026, "", None, tuple(rows)), [], "局", "今日", "zh-CN")
    assert [len(each.rows) for each in made.sections] == [1, 4, 2]
    assert "未达标，差 4 分" in in_word(word(made, NOW))


def test_the_page_of_a_decision_is_what_was_decided_or_is_not_to_be_had(gaoping: Gaoping) -> None:
    world, task_id = gaoping.world, to_gate(gaoping)
    decide(gaoping, verdict="return", reason="再核一次", seen=card_of(gaoping).hash)
    leader = make_site(world).visitor(world.authority, "leader")
    assert leader.get(f"/gates/{task_id}/briefing.docx").status_code == 200
    with world.workshop.writing() as work:
        work.session.get_one(Unit, gaoping.units[0].id).name = "另一个名字"
    changed = leader.get(f"/gates/{task_id}/briefing.docx")
    assert changed.status_code == 409
    assert "审定之后内容已有变化" in changed.get_data(as_text=True)
