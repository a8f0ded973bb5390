"""The pages of scoring: they render in both languages, keep what was typed, and are shown to nobody else."""

import io
import re

import pytest
from flask.testing import FlaskClient

from server.actor import SYSTEM
from server.assessments import queries
from server.assessments.models import Body
from server.schemes import operations as schemes
from server.schemes.package import read_folder
from tests.assessments.site import site
from tests.assessments.support import FULL, ROWS, SHIPPED, Gaoping


@pytest.fixture
def pages(gaoping: Gaoping) -> FlaskClient:
    first, second = gaoping.units
    actors = {
        "liaison": gaoping.liaison(first),
        "other": gaoping.liaison(second),
        "verifier": gaoping.verifier,
        "office": gaoping.office,
        "leader": gaoping.leader,
    }
    return site(gaoping, actors).test_client()


def get(pages: FlaskClient, path: str, who: str, language: str = "zh-CN", status: int = 200) -> str:
    answer = pages.get(path, headers={"X-Who": who, "Accept-Language": language})
    assert answer.status_code == status, answer.text[-3000:]
    return answer.text


def test_a_self_assessment_is_done_without_scripts(gaoping: Gaoping, pages: FlaskClient) -> None:
    unit = gaoping.units[0]
    path = f"/tasks/{gaoping.to_self_assessment(unit).id}"
    page = get(pages, path, "liaison")
    assert len(page.encode()) < 220_000
    assert [key for key in ROWS if f'id="row-{key}"' not in page] == []
    assert "合格线 80 分（含）" in page
    assert "Pass mark 80 (inclusive)" in get(pages, path, "liaison", "en")

    form: dict[str, object] = {"action": "save", "answer.2.2.3": "三", "answer.2.1.1": "yes", "note.2.1.1": "见附件"}
    form["evidence.2.1.1_new"] = (io.BytesIO("成立机构的通知".encode()), "通知.txt")
    saved = pages.post(path, data=form, headers={"X-Who": "liaison"}, content_type="multipart/form-data")
    assert saved.status_code == 303
    page = get(pages, path, "liaison")
    assert 'value="三"' in page
    assert "通知.txt" in page
    assert "见附件" in page

    early = pages.post(path, data={"action": "hand_in", "answer.2.2.3": "三"}, headers={"X-Who": "liaison"})
    assert early.status_code == 422
    assert "请填写数量" in early.text
    assert 'href="#row-2.1.2"' in early.text
    assert 'value="三"' in early.text

    evidence = gaoping.upload(unit)
    complete: dict[str, object] = {"action": "hand_in", "report": "已全面自评。", "report_evidence": evidence}
    for key in ROWS:
        complete[f"answer.{key}"] = FULL.get(key, "yes")
        complete[f"evidence.{key}"] = evidence
    done = pages.post(path, data=complete, headers={"X-Who": "liaison"})
    assert done.status_code == 303, done.text
    with gaoping.world.workshop.reading() as work:
        assert queries.standing(work, gaoping.participant_id(unit))[Body.SELF].total == 100


def test_a_verifier_sees_both_scores_and_the_verdict_before_handing_in(gaoping: Gaoping, pages: FlaskClient) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit, r2_2_3="3", r3_4_1="na")
    path = f"/tasks/{gaoping.task(gaoping.verifier, 'Verify', unit).id}"
    page = get(pages, path, "verifier")
    assert "其余 42 项按自评填入" in page
    assert "材料.txt" in page
    pages.post(
        path, data={"helper": "accept_all", "answer.2.1.1": "no", "note.2.1.1": "无文件"}, headers={"X-Who": "verifier"}
    )
    page = get(pages, path, "verifier")
    assert "按自评填入" not in page
    assert "达到合格线" in page
    assert re.search(r"<b class=\"num\">97</b>", page)
    for language in ("zh-CN", "en"):
        get(pages, path, "verifier", language)
    drafted = re.findall(r'name="(answer\.[\d.]+)" value="([^"]+)"(?: id="[^"]+")? checked', page)
    assert ("answer.2.1.1", "no") in drafted
    assert ("answer.3.4.1", "na") in drafted


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_sealed_sheet_and_the_history_are_read_by_those_concerned_alone(
    gaoping: Gaoping, pages: FlaskClient, language: str
) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit, r2_1_1="no")
    participant = gaoping.participant_id(unit)
    with gaoping.world.workshop.reading() as work:
        sealed = [row.id for row in queries.standing(work, participant).values()]
    for assessment in sealed:
        for who in ("liaison", "office"):
            page = get(pages, f"/assessments/{assessment}", who, language)
            assert "row-2.1.1" in page
        get(pages, f"/assessments/{assessment}", "other", language, 404)
        get(pages, f"/assessments/{assessment}", "nobody", language, 303)
    assert get(pages, f"/participants/{participant}/assessments", "liaison", language).count("/assessments/") >= 2
    get(pages, f"/participants/{participant}/assessments", "other", language, 404)
    get(pages, f"/assessments/{participant}", "office", language, 404)
    get(pages, f"/participants/{sealed[0]}/assessments", "office", language, 404)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_standard_is_shown_with_its_sums(gaoping: Gaoping, pages: FlaskClient, language: str) -> None:
    page = get(pages, f"/standards/{gaoping.world.versions['gaoping']}", "liaison", language)
    assert page.count('id="row-') == 42 + 17
    get(pages, f"/standards/{gaoping.campaign.id}", "liaison", language, 404)
    get(pages, f"/standards/{gaoping.world.versions['rounds']}", "liaison", language, 404)


def test_sums_that_differ_are_shown_and_kept(gaoping: Gaoping, pages: FlaskClient) -> None:
    files = dict(read_folder(SHIPPED).files)
    files["standard.csv"] = files["standard.csv"].replace("得1分,1,fixed".encode(), "得1分,1.5,fixed".encode(), 1)
    with gaoping.world.workshop.writing() as work:
        version = schemes.install(SYSTEM, work, files)
    page = get(pages, f"/standards/{version.id}", "liaison")
    assert "有 3 处标明的分值与各项合计不一致" in page
    assert "“管理机构”标明 5 分，各项合计 5.5 分。" in page
    assert "总分标明 100 分，各项合计 100.5 分。" in page
