"""The standard as part of a scheme package, and as rows in the database."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from server.actor import SYSTEM
from server.errors import Invalid
from server.i18n import LANGUAGES
from server.i18n import text as words
from server.schemes import operations as schemes
from server.schemes.package import read_folder
from server.schemes.scheme_toml import parse_scheme
from server.standards import queries
from server.standards.models import Criterion
from server.standards.parts import StandardPart
from server.standards.queries import policy
from server.standards.reading import read_standard
from server.standards.rules import NotApplicable
from tests.assessments.conftest import gaoping, opened
from tests.assessments.support import SHIPPED, Gaoping
from tests.world import PACKAGES

__all__ = ["gaoping", "opened"]

FILES = read_folder(SHIPPED).files
CSV = FILES["standard.csv"].decode()


def findings(content: str):  # type: ignore[no-untyped-def]
    files = {**FILES, "standard.csv": content.encode()}
    scheme = parse_scheme(files).definition
    assert scheme is not None
    found = StandardPart().check(files, scheme)
    for finding in found:
        for language in LANGUAGES:
            assert words(finding.message, language)
            assert finding.cure is not None
            assert words(finding.cure, language)
    return found


def test_the_shipped_standard_is_sound() -> None:
    assert findings(CSV) == []


def test_every_problem_is_a_finding_with_a_cure() -> None:
    broken = CSV.replace("2.1.2,", "2.1.1,", 1).replace(",count,each=1;max=5,", ",count,each=9,", 1)
    found = findings(broken)
    assert [(finding.rule, finding.severity, finding.element) for finding in found] == [
        ("id-twice", "error", "id"),
        ("rule-each", "error", "parameters"),
    ]
    assert found[0].line == 4


def test_a_seat_that_names_a_row_which_is_not_there_is_refused() -> None:
    files = dict(read_folder(PACKAGES / "naming").files)
    files["standard.csv"] = files["standard.csv"].replace(b"1.2,", b"1.9,", 1)
    scheme = parse_scheme(files).definition
    assert scheme is not None
    (found,) = StandardPart().check(files, scheme)
    assert (found.rule, found.file, found.element) == ("seat-row", "named.bpmn", "Own")
    assert all(words(found.message, language) for language in LANGUAGES)


def test_the_units_of_a_row_are_read_and_kept() -> None:
    standard = read_standard((PACKAGES / "naming" / "standard.csv").read_bytes()).standard
    assert standard is not None
    first = standard.by_key["1.1"]
    assert (first.lead_unit, first.assisting_units) == ("示例单位02", ("示例单位03", "示例单位01", "没有这个单位"))


def test_sums_that_differ_warn_and_do_not_refuse() -> None:
    found = findings(CSV.replace("得1分,1,fixed", "得1分,1.5,fixed", 1))
    assert [(finding.rule, finding.severity, finding.row) for finding in found] == [
        ("sum-differs", "warning", "2"),
        ("sum-differs", "warning", "2.1"),
        ("total-differs", "warning", None),
    ]


def test_a_pass_mark_that_nobody_can_reach_is_refused() -> None:
    lines = CSV.splitlines()
    found = findings("\n".join(lines[:3]))
    assert ("mark-above-total", "error") in [(finding.rule, finding.severity) for finding in found]


@pytest.mark.parametrize("given", [{}, {"not_applicable": "rescale"}, {"not_applicable": "zero"}])
def test_a_campaign_chooses_how_rows_that_do_not_apply_count(given: dict[str, object]) -> None:
    scheme = parse_scheme(FILES).definition
    assert scheme is not None
    found = policy(scheme, given)
    assert found.not_applicable == NotApplicable(str(given.get("not_applicable", "full")))
    assert found.pass_rule is not None
    assert (found.pass_rule.mark, found.pass_rule.inclusive, found.stated_total) == (Decimal(80), True, Decimal(100))


def test_what_is_stored_is_what_was_read(gaoping: Gaoping) -> None:
    with gaoping.world.workshop.reading() as work:
        stored = queries.standard_of(work, gaoping.world.versions["gaoping"])
        read = read_standard(FILES["standard.csv"]).standard
        assert read is not None
        assert stored.standard.nodes == read.nodes
        assert queries.standard_of(work, gaoping.world.versions["gaoping"]) is stored
        assert not queries.standard_of(work, gaoping.campaign.id).standard.rows


def test_a_broken_standard_installs_nothing(gaoping: Gaoping, tmp_path: Path) -> None:
    files = {**FILES, "standard.csv": CSV.replace("2.1.2,", "2.1.1,", 1).encode()}
    with gaoping.world.workshop.writing() as work:
        before = len(work.session.scalars(select(Criterion.id)).all())
        with pytest.raises(Invalid):
            schemes.install(SYSTEM, work, files)
        assert len(work.session.scalars(select(Criterion.id)).all()) == before


def test_the_database_refuses_what_cannot_be(gaoping: Gaoping) -> None:
    impossible = (
        "UPDATE criterion SET level = 4 WHERE level = 3",
        "UPDATE criterion SET level = 0 WHERE level = 1",
        "UPDATE criterion SET parent_id = NULL WHERE level = 3",
        "UPDATE criterion SET points = NULL WHERE level = 3",
        "UPDATE criterion SET wording = '' WHERE level = 3",
        "UPDATE criterion SET points = -1 WHERE level = 3",
        "UPDATE criterion SET key = '1.1.1' WHERE key = '2.1.1'",
        "UPDATE criterion SET position = 1 WHERE key = '2.1.1'",
    )
    with gaoping.world.workshop.writing() as work:
        for statement in impossible:
            with pytest.raises(IntegrityError), work.session.begin_nested():
                work.session.execute(text(statement))
