"""The page to forward as a document that an office rewords: styles, margins and fonts as in an official paper."""

import io
from datetime import datetime

from docx import Document
from docx.document import Document as Paper
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Row

from server.recognitions.briefing import Briefing, Section

LATIN = "Times New Roman"
TITLE_FACE, HEAD_FACE, BODY_FACE = "SimSun", "SimHei", "FangSong"
"""Faces that Word and WPS have where Chinese is written; others put their own in place."""
MARGINS = {"top_margin": 37, "bottom_margin": 35, "left_margin": 28, "right_margin": 26}
SHADE = "E7EFEC"


def word(page: Briefing, made_at: datetime) -> bytes:
    """The bytes of a .docx."""
    paper = Document()
    _prepare(paper, page, made_at)
    paper.add_paragraph(page.title, "Title")
    paper.add_paragraph(page.stamp, "Subtitle")
    paper.add_paragraph(page.sentence, "Body Text")
    _table(paper, (), page.figures)
    for section in page.sections:
        paper.add_heading(section.title, 1)
        _section(paper, section)
    paper.add_paragraph(page.foot, "Caption")
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _prepare(paper: Paper, page: Briefing, made_at: datetime) -> None:
    sheet = paper.sections[0]
    sheet.page_width, sheet.page_height = Mm(210), Mm(297)
    for side, size in MARGINS.items():
        setattr(sheet, side, Mm(size))
    looks = (
        ("Normal", BODY_FACE, 12, False),
        ("Body Text", BODY_FACE, 14, False),
        ("Title", TITLE_FACE, 22, True),
        ("Subtitle", BODY_FACE, 11, False),
        ("Heading 1", HEAD_FACE, 14, False),
        ("Caption", BODY_FACE, 9, False),
    )
    for name, face, size, bold in looks:
        _look(paper.styles[name], face, size, bold)
    for name in ("Title", "Subtitle"):
        paper.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    # The frame below a title is of the library's own template.
    for border in paper.styles["Title"].element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)
    indent = paper.styles["Body Text"].paragraph_format
    indent.first_line_indent, indent.line_spacing = Pt(28 if page.lang == "zh" else 0), 1.5
    _language(paper, "zh-CN" if page.lang == "zh" else "en-GB")
    about = paper.core_properties
    about.title, about.author, about.last_modified_by, about.comments = page.title, page.authority, page.authority, ""
    about.created = about.modified = made_at.replace(tzinfo=None)


def _look(style: ParagraphStyle, face: str, size: int, bold: bool) -> None:
    style.font.name, style.font.size, style.font.bold, style.font.italic = LATIN, Pt(size), bold, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), face)


def _language(paper: Paper, code: str) -> None:
    for tag in paper.styles.element.iter(qn("w:lang")):
        tag.set(qn("w:val"), code)
        tag.set(qn("w:eastAsia"), "zh-CN")


def _section(paper: Paper, section: Section) -> None:
    if section.columns:
        _table(paper, section.columns, section.rows)
    else:
        for row in section.rows:
            paper.add_paragraph(" ".join(row))
    if section.more:
        paper.add_paragraph(section.more, "Caption")


def _table(paper: Paper, heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    lines = [heads, *rows] if heads else list(rows)
    table: Table = paper.add_table(len(lines), len(lines[0]), "Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for line, words in zip(table.rows, lines, strict=True):
        # Asked once a row: the library looks through the whole grid for every single cell.
        for cell, said in zip(line.cells, words, strict=True):
            cell.paragraphs[0].add_run(said)
    if heads:
        _head(table.rows[0])


def _head(row: _Row) -> None:
    """Repeated on every page, and shaded."""
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(repeated)
    for cell in row.cells:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)
