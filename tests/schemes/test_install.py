from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from server.actor import SYSTEM, Actor, ActorKind, Grant
from server.audit.models import AuditRow
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.db.work import Parts, Work, Workshop
from server.errors import NotAllowed, NotFound
from server.ports import VirtualClock, seeded_ids
from server.schemes import commands, operations, queries
from server.schemes.findings import Finding
from server.schemes.models import FileContent, Scheme, SchemeFile, SchemeVersion
from server.schemes.package import Read
from server.schemes.parts import SchemeParts
from server.schemes.rules import SchemeRejected
from tests.databases import open_database
from tests.schemes.support import GAOPING, changed, quiet, small

MANAGER = Actor(ActorKind.ACCOUNT, "Wang", grants=(Grant("scheme.manage", "/a/"),), account_key="account:1")


def with_parts(workshop: Workshop, parts: SchemeParts) -> Workshop:
    return replace(workshop, parts=Parts(parts))


@pytest.fixture
def shop(workshop: Workshop) -> Workshop:
    return with_parts(workshop, quiet())


def install(shop: Workshop, files: dict[str, bytes], actor: Actor = MANAGER, note: str = "") -> queries.VersionRow:
    with shop.writing() as work:
        return operations.install(actor, work, files, note)


def rows(shop: Workshop, table: type[Base]) -> int:
    with shop.reading() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_package_becomes_the_first_version(shop: Workshop) -> None:
    row = install(shop, small(), note=" first ")
    assert (row.scheme_key, row.title, row.number, row.note) == ("small", "A small scheme", 1, "first")
    assert (row.state, row.published_by) == ("published", "Wang")
    with shop.reading() as work:
        assert queries.newest(work, "small") == row
        assert list(queries.paths(work, row.id)) == sorted(small())
        assert queries.file(work, row.id, "small.bpmn") == small()["small.bpmn"]
        assert [scheme.version_id for scheme in queries.page(work).rows] == [row.id]


def test_the_same_files_are_one_version(shop: Workshop) -> None:
    first = install(shop, small())
    again = install(shop, small())
    assert again == first
    assert rows(shop, SchemeVersion) == 1
    assert rows(shop, AuditRow) == 1


def test_a_changed_file_makes_a_second_version_and_shares_the_rest(shop: Workshop) -> None:
    first = install(shop, small())
    second = install(shop, changed("scheme.toml", '"A small scheme"', '"Another title"'))
    assert (second.scheme_id, second.number) == (first.scheme_id, 2)
    assert rows(shop, FileContent) == len(small()) + 1
    assert rows(shop, SchemeFile) == 2 * len(small())
    with shop.reading() as work:
        assert queries.scheme_of(work, first.id).title.value == "A small scheme"
        assert queries.scheme_of(work, second.id).title.value == "Another title"
        assert [row.number for row in queries.versions(work, first.scheme_id)] == [2, 1]
        assert queries.page(work).rows[0].title == "Another title"


def test_a_package_with_an_error_leaves_nothing_behind(shop: Workshop) -> None:
    with pytest.raises(SchemeRejected) as caught:
        install(shop, changed("scheme.toml", 'to = "plan"', 'to = "nowhere"'))
    assert {finding.rule for finding in caught.value.findings} >= {"deadline-unknown"}
    assert [rows(shop, table) for table in (Scheme, SchemeVersion, SchemeFile, FileContent, AuditRow)] == [0] * 5


def test_what_was_refused_while_reading_refuses_the_package(shop: Workshop) -> None:
    read = Read(small(), [Finding("run.py", "path")])
    with shop.writing() as work, pytest.raises(SchemeRejected):
        operations.install(MANAGER, work, read)
    assert rows(shop, SchemeVersion) == 0
    install(shop, small())
    with shop.writing() as work, pytest.raises(SchemeRejected):
        operations.install(MANAGER, work, read)


@pytest.mark.parametrize(
    "actor", [replace(MANAGER, grants=()), replace(MANAGER, grants=(Grant("campaign.manage", "/"),))]
)
def test_only_managers_of_schemes_may_install(shop: Workshop, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        install(shop, small(), actor)
    assert rows(shop, SchemeVersion) == 0


def test_words_are_mended_without_a_new_version(shop: Workshop) -> None:
    first = install(shop, small())
    files = {path: content for path, content in small().items() if not path.startswith("i18n/")}
    files["i18n/en.toml"] = b'[element.small]\nPlan = "Plan it"\n'
    assert install(shop, files).id == first.id
    with shop.reading() as work:
        assert queries.word(work, first.id, "Plan", "Hand in the plan", "en") == "Plan it"
        assert queries.word(work, first.id, "Plan", "Hand in the plan", "zh-CN") == "Hand in the plan"
    assert rows(shop, SchemeVersion) == 1
    assert rows(shop, AuditRow) == 2


def test_broken_words_are_refused_and_the_old_ones_stay(shop: Workshop) -> None:
    first = install(shop, small())
    with pytest.raises(SchemeRejected):
        install(shop, {**small(), "i18n/zh-CN.toml": b"= broken"})
    with shop.reading() as work:
        assert queries.word(work, first.id, "Plan", "Hand in the plan", "zh-CN") == "报送方案"


def test_parts_of_other_floors_are_written_in_the_same_transaction(workshop: Workshop) -> None:
    class Part:
        installed: UUID | None = None

        def check(self, files: object, scheme: object) -> list[Finding]:
            return []

        def install(self, work: Work, version_id: UUID, files: object, scheme: object) -> None:
            assert work.session.get(SchemeVersion, version_id) is not None
            self.installed = version_id
            raise RuntimeError("the disk is full")

    part = Part()
    shop = with_parts(workshop, quiet(parts=[part]))
    with pytest.raises(RuntimeError):
        install(shop, small())
    assert part.installed is not None
    assert rows(shop, SchemeVersion) == 0


def test_a_diagram_is_tried_before_it_is_published(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr(
        "server.schemes.rules.try_diagrams", lambda *_: tried.append(1) or [Finding("small.bpmn", "twice")]
    )
    with pytest.raises(SchemeRejected):
        install(with_parts(workshop, SchemeParts()), small())
    assert tried == [1]


def test_what_does_not_exist_is_not_found(shop: Workshop) -> None:
    row = install(shop, small())
    with shop.reading() as work:
        for ask in (
            lambda: queries.version(work, uuid4()),
            lambda: queries.scheme_of(work, uuid4()),
            lambda: queries.file(work, row.id, "other.bpmn"),
            lambda: queries.definition_of(work, row.id, "other"),
            lambda: queries.form_of(work, row.id, "other"),
        ):
            with pytest.raises(NotFound):
                ask()
        assert queries.newest(work, "other") is None
        assert queries.word(work, None, "Plan", "original", "en") == "original"


def test_a_warm_version_costs_no_statement(shop: Workshop, sqlite_engine: Engine) -> None:
    row = install(shop, small())
    with shop.reading() as work:
        queries.definition_of(work, row.id, "small")
    said: list[str] = []
    event.listen(sqlite_engine, "before_cursor_execute", lambda _c, _k, statement, *_: said.append(statement))
    with shop.reading() as work:
        assert queries.definition_of(work, row.id, "small").process_id == "small"
        assert queries.scheme_of(work, row.id).key == "small"
        assert queries.form_of(work, row.id, "plan").fields[0].key == "words"
    assert said == []


def test_versions_of_two_databases_with_the_same_ids_are_kept_apart(tmp_path: Path, clock: VirtualClock) -> None:
    titles = []
    for name, files in (("a", small()), ("b", changed("scheme.toml", '"A small scheme"', '"Other"'))):
        engine = open_database(f"sqlite:///{tmp_path}/{name}.sqlite")
        Base.metadata.create_all(engine)
        shop = Workshop(engine, clock, seeded_ids(clock, 7), InlineJobQueue(), Parts(quiet()))
        row = install(shop, files)
        with shop.reading() as work:
            titles.append((row.id, queries.scheme_of(work, row.id).title.value))
        engine.dispose()
    assert titles[0][0] == titles[1][0]
    assert [title for _, title in titles] == ["A small scheme", "Other"]


def test_the_rail_of_phases(shop: Workshop) -> None:
    row = install(shop, changed("scheme.toml", "line = 2\n", f"line = 2\n{PHASE_AFTER}"))
    with shop.reading() as work:
        rail = queries.phase_rail(work, row.id, "apply", "zh-CN")
        assert rail == [{"label": "申报", "state": "now"}, {"label": "Close", "state": "todo"}]
        assert [step["state"] for step in queries.phase_rail(work, row.id, "close", "en")] == ["done", "now"]
        assert queries.phase_rail(work, row.id, None, "en") == []
        assert queries.phase_rail(work, row.id, "gone", "en") == []


PHASE_AFTER = '[[phase]]\nkey = "close"\ntitle = "Close"\nsource = "default"\n'


def test_the_command_line_says_what_is_wrong_and_installs_what_is_not(shop: Workshop, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    for path, content in small().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    assert commands.check(folder, "en", quiet())[1] == 0
    lines, code = commands.install(shop, folder, "from the shelf", "en")
    assert (lines, code) == (["“A small scheme” is installed as version 1."], 0)
    (folder / "scheme.toml").write_text("format = 1\n")
    lines, code = commands.check(folder, "zh-CN", quiet())
    assert code == 1
    assert "错误 scheme.toml [scheme]: 缺少“scheme”。" in lines
    assert "    → 补上这一项。" in lines
    lines, code = commands.install(shop, folder, "", "en")
    assert code == 1
    assert rows(shop, SchemeVersion) == 1


def test_shipped_schemes_are_installed_once(shop: Workshop) -> None:
    assert GAOPING in commands.shipped()
    assert "gaoping-2020" in commands.install_shipped(shop)
    before = rows(shop, SchemeVersion)
    commands.install_shipped(shop)
    assert rows(shop, SchemeVersion) == before


@pytest.mark.postgres
def test_two_who_install_at_once_get_one_version(postgres_url: str, clock: VirtualClock) -> None:
    engine = open_database(postgres_url)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    shop = Workshop(engine, clock, seeded_ids(clock, 3), InlineJobQueue(), Parts(quiet()))
    together, found, wrong = Barrier(4), [], []

    def run(number: int) -> None:
        mine = replace(shop, ids=seeded_ids(clock, number))
        together.wait()
        try:
            found.append(install(mine, small(), SYSTEM).id)
        except Exception as error:  # noqa: BLE001 - whatever happens must reach the assertion
            wrong.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert wrong == []
    assert len(set(found)) == 1
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(SchemeVersion)) == 1
    engine.dispose()
