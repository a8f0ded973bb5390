"""Adding, noting and withdrawing evidence: who may, once per request, and with its history."""

import contextlib
import io
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from server.actor import Actor
from server.audit.models import AuditRow
from server.db.types import Base
from server.db.work import Work, Workshop
from server.errors import Conflict, Invalid, NotFound, TooLarge
from server.evidence import jobs, operations, queries
from server.evidence.models import Blob, Evidence, EvidenceKind
from server.evidence.operations import About
from server.evidence.queries import EvidenceRow
from server.evidence.store import BlobStore
from server.ports import VirtualClock
from tests.databases import open_database
from tests.evidence.conftest import LIMIT, PDF, City, build


def add(
    shop: Workshop,
    actor: Actor,
    unit_id: UUID,
    content: bytes = PDF,
    name: str = "报告.pdf",
    about: About | None = None,
) -> EvidenceRow:
    with shop.writing() as work:
        return operations.add(actor, work, unit_id, None, io.BytesIO(content), name, about or About())


def test_a_file_becomes_evidence(shop: Workshop, city: City, store: BlobStore) -> None:
    added = add(shop, city.member, city.energy, about=About("第3页", date(2026, 1, 5)))
    assert (added.name, added.note, added.proves_on) == ("报告.pdf", "第3页", date(2026, 1, 5))
    assert (added.size, added.media_type, added.added_by_name) == (f"{len(PDF)} B", "application/pdf", "孙丽")
    assert added.sha256 is not None
    store.verify(added.sha256)
    with shop.reading() as work:
        assert queries.library(work, city.energy).rows == (added,)
        verbs = work.session.scalars(select(AuditRow.verb)).all()
    assert verbs == ["evidence:added"]


def test_one_content_serves_many(shop: Workshop, city: City) -> None:
    first, second = (add(shop, city.member, city.energy, name=name) for name in ("甲.pdf", "乙.pdf"))
    assert first.id != second.id
    with shop.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(Blob)) == 1


def test_a_repeated_request_adds_once(shop: Workshop, city: City) -> None:
    about = About(key="k1")
    first = add(shop, city.member, city.energy, about=about)
    assert add(shop, city.member, city.energy, about=about) == first
    with pytest.raises(Conflict):
        add(shop, city.member, city.energy, PDF + b"other %%EOF", about=about)
    other = add(shop, city.stranger, city.schools, about=about)
    assert other.id != first.id


@pytest.mark.parametrize("permission", ["unit.work", "task.on_behalf", "verification.do"])
def test_who_may_add(shop: Workshop, city: City, permission: str) -> None:
    for path in (city.energy_path, city.root):
        assert add(shop, city.actor(permission, path), city.energy).unit_id == city.energy


@pytest.mark.parametrize("permission", ["campaign.view", "audit.read", "system.manage", "account.manage"])
def test_who_may_not_add(shop: Workshop, city: City, permission: str) -> None:
    with pytest.raises(NotFound):
        add(shop, city.actor(permission, city.root), city.energy)


def test_another_unit_is_as_if_it_were_not(shop: Workshop, city: City) -> None:
    added = add(shop, city.member, city.energy)
    with pytest.raises(NotFound):
        add(shop, city.stranger, city.energy)
    with shop.reading() as work:
        with pytest.raises(NotFound):
            queries.readable(city.stranger, work, added.id)
        with pytest.raises(NotFound):
            queries.readable_unit(city.stranger, work, city.energy)
        assert queries.unknown(work, city.schools, [added.id]) == (str(added.id),)
        assert queries.unknown(work, city.energy, [str(added.id)]) == ()
    with pytest.raises(NotFound), shop.writing() as work:
        operations.withdraw(city.stranger, work, added.id, "不是我的")


@pytest.mark.parametrize("permission", ["unit.work", "campaign.view", "verification.do", "task.on_behalf"])
def test_who_may_read(shop: Workshop, city: City, permission: str) -> None:
    added = add(shop, city.member, city.energy)
    with shop.reading() as work:
        assert queries.readable(city.actor(permission, city.root), work, added.id) == added


@pytest.mark.parametrize("permission", ["audit.read", "system.manage", "account.manage", "scheme.manage"])
def test_administrators_do_not_read(shop: Workshop, city: City, permission: str) -> None:
    added = add(shop, city.member, city.energy)
    with shop.reading() as work, pytest.raises(NotFound):
        queries.readable(city.actor(permission, city.root), work, added.id)


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"", "空.pdf", Invalid),
        (b"MZ" + b"\0" * 100, "程序.pdf", Invalid),
        (PDF, "报告.svg", Invalid),
        (PDF + b"\0" * LIMIT, "大.pdf", TooLarge),
    ],
)
def test_a_refused_file_leaves_nothing(
    shop: Workshop, city: City, store: BlobStore, content: bytes, name: str, error: type[Invalid]
) -> None:
    with pytest.raises(error):
        add(shop, city.member, city.energy, content, name)
    root = store.path_of("0" * 64).parent.parent
    assert [path for path in root.rglob("*") if path.is_file() and path.name != "lock"] == []
    with shop.reading() as work:
        assert queries.library(work, city.energy).total == 0


def test_paper_is_noted(shop: Workshop, city: City) -> None:
    with shop.writing() as work:
        about = About("档案室 2026-015 卷", key="p")
        noted = operations.note_paper(city.member, work, city.energy, None, "会议纪要", about)
        again = operations.note_paper(city.member, work, city.energy, None, "会议纪要", about)
    assert noted == again
    assert (noted.kind, noted.name, noted.size, noted.sha256) == ("paper", "会议纪要", "", None)


@pytest.mark.parametrize(
    ("name", "note", "kind"), [("", "在档案室", "paper"), ("纪要", " ", "paper"), ("纪要", "有", "file")]
)
def test_a_note_on_paper_says_what_and_where(shop: Workshop, city: City, name: str, note: str, kind: str) -> None:
    with pytest.raises(Invalid) as refused, shop.writing() as work:
        operations.note_paper(city.member, work, city.energy, None, name, About(note), EvidenceKind(kind))
    assert refused.value.fields


def test_withdrawing_takes_out_of_use_and_keeps_the_file(shop: Workshop, city: City, store: BlobStore) -> None:
    added = add(shop, city.member, city.energy)
    for _ in range(2):
        with shop.writing() as work:
            operations.withdraw(city.member, work, added.id, "传错了")
    assert added.sha256 is not None
    store.verify(added.sha256)
    with shop.reading() as work:
        assert queries.library(work, city.energy).total == 0
        assert queries.unknown(work, city.energy, [added.id]) == (str(added.id),)
        assert queries.rows(work, [added.id])[0].withdrawn_at is not None
        verbs = work.session.scalars(select(AuditRow.verb).order_by(AuditRow.sequence)).all()
    assert verbs == ["evidence:added", "evidence:withdrawn"]


def test_withdrawing_needs_a_reason(shop: Workshop, city: City) -> None:
    added = add(shop, city.member, city.energy)
    with pytest.raises(Invalid), shop.writing() as work:
        operations.withdraw(city.member, work, added.id, "  ")


def test_rows_come_in_the_order_asked_for(shop: Workshop, city: City) -> None:
    added = [add(shop, city.member, city.energy, name=f"{number}.pdf") for number in range(3)]
    with shop.reading() as work:
        found = queries.rows(work, [str(added[2].id), "no id", added[0].id, UUID(int=5)])
        assert [row.name for row in found] == ["2.pdf", "0.pdf"]
        assert queries.rows(work, []) == ()


def test_the_library_is_paged(shop: Workshop, city: City, clock: VirtualClock) -> None:
    with shop.writing() as work:
        for number in range(queries.PAGE_SIZE + 2):
            operations.note_paper(city.member, work, city.energy, None, f"纪要{number}", About("档案室"))
    with shop.reading() as work:
        first, second = (queries.library(work, city.energy, page) for page in (1, 2))
    assert (len(first.rows), len(second.rows), first.total, first.pages) == (
        queries.PAGE_SIZE,
        2,
        queries.PAGE_SIZE + 2,
        2,
    )


def test_own_units_begin_with_the_one_acted_for(shop: Workshop, city: City) -> None:
    with shop.reading() as work:
        assert [unit.name for unit in queries.own_units(city.member, work)] == ["能源局"]
        assert queries.own_units(city.actor("campaign.view", city.root), work) == ()


def test_checking_finds_what_is_missing_and_what_was_altered(shop: Workshop, city: City, store: BlobStore) -> None:
    whole, gone, changed = (
        add(shop, city.member, city.energy, PDF + bytes([65 + n]) * 9, f"{n}.pdf") for n in range(3)
    )
    with shop.reading() as work:
        assert queries.check_blobs(work) == []
    path = store.path_of(changed.sha256 or "")
    path.chmod(0o640)
    path.write_bytes(path.read_bytes().replace(b"C", b"D", 1))
    store.path_of(gone.sha256 or "").unlink()
    with shop.reading() as work:
        problems = {problem.place: (problem.what, str(problem.message)) for problem in queries.check_blobs(work)}
    assert {place: what for place, (what, _) in problems.items()} == {
        gone.sha256: "missing",
        changed.sha256: "altered",
    }
    assert "2.pdf" in problems[changed.sha256 or ""][1]
    with shop.writing() as work:
        jobs.check(work, {})
    with shop.reading() as work:
        assert {row.name: row.problem for row in queries.library(work, city.energy).rows} == {
            "0.pdf": None,
            "1.pdf": "missing",
            "2.pdf": "altered",
        }
    add(shop, city.member, city.energy, PDF + b"B" * 9, "again.pdf")
    with shop.reading() as work:
        assert queries.rows(work, [gone.id])[0].problem is None
    assert whole.sha256 is not None


def test_the_daily_check_reads_everything_in_batches(shop: Workshop, city: City) -> None:
    for number in range(jobs.CHECKED_AT_ONCE + 3):
        add(shop, city.member, city.energy, PDF + str(number).encode(), f"{number}.pdf")
    following: dict[str, str | int] | None = {}
    batches = 0
    while following is not None:
        with shop.writing() as work:
            answer = jobs.check(work, following)
        following = None if answer is None else dict(answer)
        batches += 1
    assert batches == 3
    with shop.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(Blob).where(Blob.checked_at.is_(None))) == 0


def test_the_sweep_leaves_what_rows_name(shop: Workshop, city: City, store: BlobStore, clock: VirtualClock) -> None:
    added = add(shop, city.member, city.energy)
    with contextlib.suppress(ZeroDivisionError), shop.writing() as work:
        rolled = operations.add(city.member, work, city.energy, None, io.BytesIO(PDF + b"lost"), "丢.pdf")
        raise ZeroDivisionError
    clock.move_to(clock.now() + timedelta(days=4000))
    with shop.writing() as work:
        jobs.sweep(work, {})
    assert store.path_of(added.sha256 or "").exists()
    assert not store.path_of(rolled.sha256 or "").exists()


@pytest.mark.postgres
def test_the_same_on_postgresql(shop: Workshop, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("all the others run on SQLite")
    engine: Engine = open_database(database_url)
    Base.metadata.create_all(engine)
    there = Workshop(engine, shop.clock, shop.ids, shop.jobs, shop.parts)
    city = build(there)
    about = About(key="k")
    assert add(there, city.member, city.energy, about=about) == add(there, city.member, city.energy, about=about)
    with there.writing() as work:
        assert queries.check_blobs(work) == []
        assert _count(work) == 1
    engine.dispose()


def _count(work: Work) -> int:
    return work.session.scalar(select(func.count()).select_from(Evidence)) or 0
