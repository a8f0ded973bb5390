"""Importing an organisation: what is read, what is refused, and that the same files twice change nothing."""

import inspect
import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from server.actor import SYSTEM, Actor, ActorKind, Grant
from server.audit import queries as audit
from server.audit.models import AuditRow
from server.db.work import Workshop
from server.errors import NotAllowed, NotFound
from server.i18n import LANGUAGES, has_text, text
from server.organisation import import_files, import_plan, imports, operations, queries
from server.organisation.import_files import MAX_BYTES, ImportFile, decode, post_kind, read_day, read_files
from server.organisation.imports import ImportRefused
from server.organisation.models import Holding, OrganisationUpload, Person, Post, Unit, UnitName
from server.ports import VirtualClock

UNITS = """单位编码,上级编码,单位类型,单位名称,单位简称
330100,,city,高原市,高原
330101,330100,organ,高原市能源局（本级）,能源局
330102,330100,organ,高原市教育局,教育局
33010201,330102,school,高原市第一中学,一中
"""
PEOPLE = """姓名,工号,单位编码,岗位类别,岗位名称,手机,邮箱,任职日期,离任日期
赵强,G001,330101,主要负责人,局长,13800138000,zhao@example.cn,2024年1月5日,
孙丽,,330101,联络员,,,,2025/3/1,
周敏,G003,330102,head,局长,,,,2030-12-31
周敏,G003,33010201,head,校长（兼）,,,2025-09-01,
,,330102,liaison,联络员,,,,
"""


def csv_file(content: str, name: str = "a.csv", encoding: str = "utf-8") -> ImportFile:
    return ImportFile(name, content.encode(encoding))


def bring_in(workshop: Workshop, *contents: str, actor: Actor = SYSTEM) -> imports.Preview:
    with workshop.writing() as work:
        return imports.import_rows(actor, work, [csv_file(each, f"{n}.csv") for n, each in enumerate(contents)])


def look(workshop: Workshop, *contents: str, actor: Actor = SYSTEM) -> imports.Preview:
    with workshop.reading() as work:
        return imports.preview_import(actor, work, [csv_file(each, f"{n}.csv") for n, each in enumerate(contents)])


def told(preview: imports.Preview) -> list[tuple[str, int, str]]:
    """What, in which row and column, for the fatal findings."""
    return [(f.cause.key.removeprefix("organisation-import-"), f.row, f.column) for f in preview.findings if f.fatal]


def counts(workshop: Workshop) -> tuple[int, ...]:
    with workshop.reading() as work:
        return tuple(
            work.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Unit, UnitName, Person, Post, Holding)
        )


def test_units_people_and_empty_posts_come_in(both: Workshop) -> None:
    preview = bring_in(both, UNITS, PEOPLE)
    assert (preview.new_units, preview.new_people, preview.new_posts, preview.new_holdings) == (4, 3, 5, 4)
    with both.reading() as work:
        organ = queries.unit_by_code(work.session, "330101")
        assert organ is not None
        assert organ.name == "高原市能源局（本级）"
        detail = queries.unit_detail(work.session, organ.id, date(2026, 3, 2))
        assert [(post.title, [holder.name for holder in post.holders]) for post in detail.posts] == [
            ("局长", ["赵强"]),
            ("联络员", ["孙丽"]),
        ]
        assert detail.posts[0].holders[0].from_on == date(2024, 1, 5)
        assert [name for _, name in detail.above] == ["高原市"]
        root = queries.root(work.session)
        assert root is not None
        empty = queries.posts_without_holder(work.session, root.path, date(2026, 3, 2))
        assert [(post.unit_name, post.title) for post in empty] == [("高原市教育局", "联络员")]
        late = queries.posts_without_holder(work.session, root.path, date(2031, 1, 1))
        assert [post.title for post in late] == ["局长", "联络员"]
        assert audit.check_chains(work) == []


def test_the_same_files_again_change_nothing(both: Workshop) -> None:
    bring_in(both, UNITS, PEOPLE)
    before = counts(both)
    again = bring_in(both, UNITS, PEOPLE)
    assert again.empty
    assert (again.same_units, again.errors) == (4, 0)
    assert counts(both) == before


def test_a_new_name_keeps_the_unit_and_its_former_name(both: Workshop, clock: VirtualClock) -> None:
    bring_in(both, UNITS, PEOPLE)
    with both.reading() as work:
        before = queries.unit_by_code(work.session, "330102")
    clock.advance(timedelta(days=30))
    bring_in(both, UNITS.replace("高原市教育局,教育局", "高原市教育体育局,教体局"))
    with both.reading() as work:
        after = queries.unit_by_code(work.session, "330102")
        assert before is not None
        assert after is not None
        assert (after.id, after.path, after.name) == (before.id, before.path, "高原市教育体育局")
        names = queries.unit_detail(work.session, after.id, date(2026, 4, 1)).names
    assert [(name.name, name.from_on) for name in names] == [
        ("高原市教育体育局", date(2026, 4, 1)),
        ("高原市教育局", date(2026, 3, 2)),
    ]


def test_units_may_be_turned_over_in_one_import(both: Workshop) -> None:
    bring_in(both, "code,parent_code,name\nR,,根\nA,R,甲\nB,A,乙\nC,B,丙\n")
    bring_in(both, "code,parent_code,name\nR,,根\nB,R,乙\nA,B,甲\nN,A,新\n")
    with both.reading() as work:
        found = {row.code: row for row in queries.units(work.session, paths=["/"], on=date(2026, 3, 2)).rows}
    names = {row.id: code for code, row in found.items()}
    lineage = {code: [names[UUID(hex=step)] for step in row.path.strip("/").split("/")] for code, row in found.items()}
    assert lineage == {
        "R": ["R"],
        "B": ["R", "B"],
        "A": ["R", "B", "A"],
        "C": ["R", "B", "C"],
        "N": ["R", "B", "A", "N"],
    }
    assert found["A"].parent_id == found["B"].id


def test_one_table_may_hold_units_and_people(both: Workshop) -> None:
    rows = [
        "单位编码,上级编码,单位名称,姓名,岗位类别,岗位",
        "R,,根,,,",
        "A,R,甲局,王芳,主要负责人,局长",
        "A,R,甲局,李伟,联络员,",
    ]
    content = "\n".join(rows)
    preview = bring_in(both, content)
    assert (preview.new_units, preview.new_people, preview.new_posts) == (2, 2, 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_files_come_as_spreadsheets_save_them(workshop: Workshop, encoding: str, newline: str, delimiter: str) -> None:
    content = UNITS.replace("\n", newline).replace(",", delimiter)
    with workshop.reading() as work:
        seen = imports.preview_import(SYSTEM, work, [csv_file(content, encoding=encoding)])
    assert (seen.errors, seen.new_units) == (0, 4)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("单位编码,上级编码,单位名称\nR,,根\nA,X,甲\n", [("unknown-parent", 3, "parent_code")]),
        ("单位编码,上级编码,单位名称\nR,,根\nA,R,甲\nA,R,乙\n", [("double-code", 4, "unit_code")]),
        (
            "单位编码,上级编码,单位名称\nR,,根\nA,B,甲\nB,A,乙\n",
            [("circle", 3, "parent_code"), ("circle", 4, "parent_code")],
        ),
        ("单位编码,上级编码,单位名称\nR,R,根\n", [("circle", 2, "parent_code")]),
        ("单位编码,上级编码,单位名称\nR,,根\nS,,又一根\n", [("second-root", 3, "parent_code")]),
        ("单位编码,上级编码,单位名称\nR,,根\nA,R,\n", [("required", 3, "unit_name")]),
        ("单位编码,上级编码,单位名称\nR,,根\n,R,甲\n", [("required", 3, "unit_code")]),
        ("单位编码,上级编码,单位名称\nR,,根\nA B,R,甲\n", [("bad-code", 3, "unit_code")]),
        ("单位编码,上级编码,单位名称\nR,,根\nA,R," + "长" * 201 + "\n", [("too-long", 3, "unit_name")]),
        ('单位编码,上级编码,单位名称\nR,,根\nA,R,"甲\n', [("broken-row", 3, "")]),
        ("单位编码,上级编码,单位名称\nR,,根,多\n", [("too-many-cells", 2, "")]),
        ("单位编码,单位编码,上级编码,单位名称\nR,R,,根\n", [("double-header", 1, "unit_code")]),
        ("编码,名字\nR,根\n", [("wrong-headers", 1, "")]),
        ("姓名,岗位类别\n王芳,head\n", [("wrong-headers", 1, "")]),
        ("", [("empty", 0, "")]),
        ("单位编码,上级编码,单位名称\n", [("empty", 0, "")]),
    ],
)
def test_each_mistake_is_named_with_row_and_column(
    workshop: Workshop, content: str, expected: list[tuple[str, int, str]]
) -> None:
    assert told(look(workshop, content)) == expected
    with pytest.raises(ImportRefused):
        bring_in(workshop, content)
    assert counts(workshop) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("王芳,,X,head,局长,,,,", ("unknown-unit", 2, "unit_code")),
        ("王芳,,330101,大总管,局长,,,,", ("bad-kind", 2, "post_kind")),
        ("王芳,,330101,,局长,,,,", ("required", 2, "post_kind")),
        ("王芳,,330101,system_administrator,管理员,,,,", ("administrator", 2, "post_kind")),
        ("王芳,,330101,head,局长,12,,,", ("bad-phone", 2, "phone")),
        ("王芳,,330101,head,局长,,wang,,", ("bad-email", 2, "email")),
        ("王芳,,330101,head,局长,,,2026-02-30,", ("bad-day", 2, "from")),
        ("王芳,,330101,head,局长,,,2026-02-01,2026-01-01", ("until-before-from", 2, "until")),
        ("王芳,,330101,head,局长,,,,2020-01-01", ("until-before-from", 2, "until")),
    ],
)
def test_mistakes_about_people(workshop: Workshop, row: str, expected: tuple[str, int, str]) -> None:
    people = PEOPLE.split("\n", 1)[0] + "\n" + row + "\n"
    assert expected in told(look(workshop, UNITS, people))


def test_namesakes_need_a_code(workshop: Workshop) -> None:
    header = "姓名,工号,单位编码,岗位类别,岗位\n"
    bring_in(workshop, UNITS, header + "王芳,1,330101,head,局长\n王芳,2,330101,deputy,副局长\n")
    assert told(look(workshop, header + "王芳,,330101,member,组员\n")) == [("namesakes", 2, "login")]
    done = bring_in(workshop, header + "王芳,2,330101,member,组员\n")
    assert (done.new_people, done.new_holdings) == (0, 1)


def test_rows_that_contradict_each_other_are_refused(workshop: Workshop) -> None:
    header = "姓名,工号,单位编码,岗位类别,岗位\n"
    twice = header + "王芳,1,330101,head,局长\n王芳,1,330101,head,局长\n"
    assert told(look(workshop, UNITS, twice)) == [("double-person", 3, "person_name")]
    other = header + "王芳,1,330101,head,局长\n李伟,1,330101,deputy,副局长\n"
    assert told(look(workshop, UNITS, other)) == [("login-of-another", 3, "login")]


def test_a_last_day_ends_the_holding_that_stands(workshop: Workshop) -> None:
    bring_in(workshop, UNITS, PEOPLE)
    done = bring_in(workshop, "姓名,工号,单位编码,岗位类别,岗位名称,离任日期\n赵强,G001,330101,head,局长,2026-06-30\n")
    assert (done.new_holdings, done.ended_holdings) == (0, 1)
    with workshop.reading() as work:
        organ = queries.unit_by_code(work.session, "330101")
        assert organ is not None
        (head,) = queries.posts_of(work.session, organ.id, "head", on=date(2026, 7, 1))
    assert head.holders == ()


def test_units_without_people_are_said_but_may_come(workshop: Workshop) -> None:
    preview = bring_in(workshop, UNITS)
    advice = [f.cause.key for f in preview.findings]
    assert advice == ["organisation-import-no-people"] * 4
    assert preview.errors == 0


def test_all_or_nothing(workshop: Workshop) -> None:
    bad = UNITS + "330103,999,organ,无主局,\n"
    with pytest.raises(ImportRefused) as refused:
        bring_in(workshop, bad, PEOPLE)
    assert [f.row for f in refused.value.findings if f.fatal] == [6]
    assert counts(workshop) == (0, 0, 0, 0, 0)


def manager(workshop: Workshop, code: str) -> Actor:
    with workshop.reading() as work:
        unit = queries.unit_by_code(work.session, code)
    assert unit is not None
    return Actor(ActorKind.ACCOUNT, "王芳", account_key="account:1", grants=(Grant("organisation.manage", unit.path),))


def test_authority_ends_with_the_subtree(workshop: Workshop) -> None:
    bring_in(workshop, UNITS, PEOPLE)
    school = manager(workshop, "330102")
    header = "单位编码,上级编码,单位名称\n"
    done = bring_in(workshop, header + "33010202,330102,高原市第二中学\n", actor=school)
    assert done.new_units == 1
    assert told(look(workshop, header + "330109,330100,新局\n", actor=school)) == [("not-yours", 2, "unit_code")]
    assert told(look(workshop, header + "330101,330102,能源局\n", actor=school)) == [("not-yours", 2, "unit_code")]
    people = "姓名,单位编码,岗位类别,岗位\n王芳,330101,head,局长\n"
    assert told(look(workshop, people, actor=school)) == [("not-yours", 2, "unit_code")]
    with pytest.raises(NotAllowed):
        look(workshop, header, actor=Actor(ActorKind.ACCOUNT, "无关"))


def test_the_first_import_takes_the_place_of_the_root_that_installation_made(workshop: Workshop) -> None:
    with workshop.writing() as work:
        root = operations.add_unit(SYSTEM, work, code=operations.PLACEHOLDER, name="本级", kind="root")
    administrator = manager(workshop, operations.PLACEHOLDER)
    bring_in(workshop, UNITS, actor=administrator)
    with workshop.reading() as work:
        city = queries.unit_by_code(work.session, "330100")
        assert city is not None
        assert (city.id, city.name) == (root.id, "高原市")
    assert counts(workshop)[0] == 4


def test_no_number_of_a_person_enters_the_audit(workshop: Workshop) -> None:
    bring_in(workshop, UNITS, PEOPLE)
    with workshop.reading() as work:
        rows = work.session.execute(select(AuditRow.subject, AuditRow.details)).all()
    assert rows
    assert "13800138000" not in str(rows)
    assert "zhao@example.cn" not in str(rows)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04workbook", "not-text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not-text"),
        (b"\xff\xfe\x00", "not-text"),
        (b"\x80\x81\xff\xff", "not-text"),
        (b"a" * (MAX_BYTES + 1), "too-large"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, what: str) -> None:
    rows = read_files([ImportFile("x.csv", content)])
    assert [f.cause.key for f in rows.findings] == [f"organisation-import-{what}"]


def test_too_many_rows_and_files_of_one_kind_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.organisation.import_files.MAX_ROWS", 2)
    assert "organisation-import-too-many-rows" in {f.cause.key for f in read_files([csv_file(UNITS)]).findings}
    monkeypatch.undo()
    twice = read_files([csv_file(UNITS), csv_file(UNITS, "b.csv")])
    assert [(f.file, f.cause.key) for f in twice.findings] == [("b.csv", "organisation-import-twice")]
    assert [f.cause.key for f in read_files([]).findings] == ["organisation-import-no-file"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-02", date(2026, 3, 2)),
        ("2026/3/2", date(2026, 3, 2)),
        ("2026.3.2", date(2026, 3, 2)),
        ("2026年3月2日", date(2026, 3, 2)),
        ("20260302", date(2026, 3, 2)),
        ("2026/3/2 0:00:00", date(2026, 3, 2)),
        ("2026-02-29", None),
        ("2026-13-01", None),
        ("0226-01-01", None),
        ("2101-01-01", None),
        ("明天", None),
        ("", None),
    ],
)
def test_days_as_people_write_them(written: str, day: date | None) -> None:
    assert read_day(written) == day


@pytest.mark.parametrize(
    ("word", "kind"), [("主要负责人", "head"), ("HEAD", "head"), ("class_teacher", "class_teacher"), ("a b", None)]
)
def test_kinds_of_post(word: str, kind: str | None) -> None:
    assert post_kind(word) == kind


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    rows = read_files([ImportFile("x.csv", content)])
    for each in rows.findings:
        for language in LANGUAGES:
            assert text(each.cause, language)
            assert text(each.cure, language)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(content: str) -> None:
    rows = read_files([ImportFile("x.csv", ("单位编码,上级编码,单位名称\n" + content).encode("utf-8", "replace"))])
    assert all(line.row > 1 for line in rows.units)


def test_every_finding_has_words_in_every_language(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    source = inspect.getsource(import_files) + inspect.getsource(import_plan)
    whats = set(re.findall(r'finding\(\s*[^,]+,\s*(?:""|"[a-z_]+"|column),\s*"([a-z-]+)"', source))
    whats |= set(re.findall(r'finding\(Line\([^)]*\{\}\), "", "([a-z-]+)"', source))
    assert len(whats) > 25
    missing = [
        w
        for w in whats
        for language in LANGUAGES
        for s in ("", "-cure")
        if not has_text(f"organisation-import-{w}{s}", language)
    ]
    assert missing == []


def test_uploads_are_for_their_owner_and_for_a_day(workshop: Workshop, clock: VirtualClock) -> None:
    bring_in(workshop, UNITS)
    mine = manager(workshop, "330100")
    other = Actor(ActorKind.ACCOUNT, "他人", account_key="account:2", grants=mine.grants)
    files = [csv_file(UNITS), csv_file(PEOPLE, "people.csv", "gb18030")]
    with workshop.writing() as work:
        upload_id = imports.keep_upload(mine, work, files)
    with workshop.writing() as work:
        assert imports.kept_upload(mine, work, upload_id) == tuple(files)
        with pytest.raises(NotFound):
            imports.kept_upload(other, work, upload_id)
        imports.drop_upload(other, work, upload_id)
        assert imports.kept_upload(mine, work, upload_id)
    clock.advance(timedelta(hours=25))
    with workshop.writing() as work:
        with pytest.raises(NotFound):
            imports.kept_upload(mine, work, upload_id)
        assert imports.purge_uploads(work) == 1
        assert work.session.scalar(select(func.count()).select_from(OrganisationUpload)) == 0


def test_a_file_of_no_known_encoding_is_no_text() -> None:
    assert decode("高平".encode()) == decode("高平".encode("gb18030")) == "高平"
    assert decode(b"\xff\xff\xff") is None
