"""The gate page, the result list and its table."""

import csv
import io
import re
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from server.recognitions import queries
from server.recognitions.views import safe
from tests.assessments.site import site
from tests.assessments.support import Gaoping
from tests.recognitions.test_gate import to_gate


@pytest.fixture
def pages(gaoping: Gaoping) -> FlaskClient:
    first, second = gaoping.units
    to_gate(gaoping)
    actors = {
        "first": gaoping.liaison(first),
        "second": gaoping.liaison(second),
        "office": gaoping.office,
        "leader": gaoping.leader,
    }
    return site(gaoping, actors).test_client()


def get(pages: FlaskClient, path: str, who: str, language: str = "zh-CN", status: int = 200) -> str:
    answer = pages.get(path, headers={"X-Who": who, "Accept-Language": language})
    assert answer.status_code == status, answer.text[-3000:]
    return answer.text


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found.group(1)


def test_a_gate_is_decided_without_scripts(gaoping: Gaoping, pages: FlaskClient) -> None:
    path = f"/tasks/{gaoping.task(gaoping.leader, 'Approve').id}"
    page = get(pages, path, "leader")
    assert "参评 2 家，达标 1 家，未达标 1 家。请审定认定名单。同意：认定 1 家；退回：交办公室重新汇总。" in page
    assert "Of 2, 1 pass and 1 fall short." in get(pages, path, "leader", "en")
    back = pages.post(path, data={"verdict": "return", "seen": seen(page)}, headers={"X-Who": "leader"})
    assert back.status_code == 422
    assert "退回须写明理由" in back.text
    stale = pages.post(path, data={"verdict": "approve", "seen": "0" * 64}, headers={"X-Who": "leader"})
    assert stale.status_code == 409
    assert "名单在您查看之后有变化" in stale.text
    good = pages.post(path, data={"verdict": "approve", "seen": seen(stale.text)}, headers={"X-Who": "leader"})
    assert good.status_code == 303, good.text
    with gaoping.world.workshop.reading() as work:
        assert [row.unit_name for row in queries.recognised(work, gaoping.campaign.id)] == [gaoping.units[0].name]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_why_not_is_told_to_the_unit_and_those_who_oversee_it(
    gaoping: Gaoping, pages: FlaskClient, language: str
) -> None:
    path = f"/campaigns/{gaoping.campaign.id}/results"
    other = gaoping.units[1].name
    assert other in get(pages, path, "office", language)
    assert other in get(pages, path, "second", language)
    assert other not in get(pages, path, "first", language)
    get(pages, path, "nobody", language, 303)
    get(pages, f"/campaigns/{gaoping.units[0].id}/results", "office", language, 404)


def test_the_table_has_every_unit_and_nobody_else_may_take_it(gaoping: Gaoping, pages: FlaskClient) -> None:
    path = f"/campaigns/{gaoping.campaign.id}/results.csv"
    answer = pages.get(path, headers={"X-Who": "office"})
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["序号", "单位", "自评得分", "核查得分", "结论", "结果", "认定日期", "原因"]
    assert [row[:6] for row in rows[1:]] == [
        ["1", gaoping.units[0].name, "100", "100", "达标", "未认定"],
        ["2", gaoping.units[1].name, "100", "76", "未达标", "未认定"],
    ]
    assert pages.get(path, headers={"X-Who": "first"}).status_code == 403
    assert pages.get(path).status_code == 303


def test_the_table_is_saved_under_its_name_in_any_script(gaoping: Gaoping, pages: FlaskClient) -> None:
    answer = pages.get(f"/campaigns/{gaoping.campaign.id}/results.csv", headers={"X-Who": "office"})
    name = answer.headers["Content-Disposition"]
    assert name.isascii(), "a server can send nothing else in a header"
    assert quote(gaoping.campaign.title) in name
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "words", ["=1+1", "+1", "-1", "@A1", "＝1", "＋1", "－1", "＠A1", "\t=1", "  =1", "\u3000＝1", "\n=1"]
)
def test_no_cell_starts_a_formula(words: str) -> None:
    assert safe(words) == f"'{words}"


def test_other_cells_stay_as_they_are() -> None:
    assert [safe(words) for words in ("示例市气象局", "a=b", "")] == ["示例市气象局", "a=b", ""]


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "尚未认定的单位（2 家）"), ("en", "Not recognised yet (2)")])
def test_before_the_end_nobody_is_called_refused(
    gaoping: Gaoping, pages: FlaskClient, language: str, words: str
) -> None:
    assert words in get(pages, f"/campaigns/{gaoping.campaign.id}/results", "office", language)
