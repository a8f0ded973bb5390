"""Pages of findings: mended and reviewed without scripts, and shown to those concerned alone."""

import io

import pytest
from flask.testing import FlaskClient

from server.findings import queries
from server.findings.models import FindingState
from tests.assessments.site import site
from tests.assessments.support import Gaoping

LOSING = {"r1_1_1": "none", "r2_2_4": "no", "r2_2_5": "no", "r3_2_1": "no", "r3_2_2": "no"}
"""100 - 9 - 4 * 3 = 79."""


@pytest.fixture
def pages(gaoping: Gaoping) -> FlaskClient:
    first, second = gaoping.units
    gaoping.self_assess(first)
    gaoping.verify(first, **LOSING)
    actors = {"liaison": gaoping.liaison(first), "other": gaoping.liaison(second), "office": gaoping.office}
    return site(gaoping, actors).test_client()


def get(pages: FlaskClient, path: str, who: str, language: str = "zh-CN", status: int = 200) -> str:
    answer = pages.get(path, headers={"X-Who": who, "Accept-Language": language})
    assert answer.status_code == status, answer.text[-3000:]
    return answer.text


def test_a_finding_is_mended_and_reviewed_without_scripts(gaoping: Gaoping, pages: FlaskClient) -> None:
    unit = gaoping.units[0]
    mend = f"/tasks/{gaoping.task(gaoping.liaison(unit), 'Mend', matter='2.2.4').id}"
    assert "2.2.4 现场核查不符" in get(pages, mend, "liaison")
    assert "What was done" in get(pages, mend, "liaison", "en")
    early = pages.post(mend, data={"action": "hand_in", "done": "补签协议。"}, headers={"X-Who": "liaison"})
    assert early.status_code == 422
    assert "补签协议。" in early.text
    form = {"action": "hand_in", "done": "补签协议。", "evidence_new": (io.BytesIO("协议".encode()), "协议.txt")}
    done = pages.post(mend, data=form, headers={"X-Who": "liaison"}, content_type="multipart/form-data")
    assert done.status_code == 303, done.text

    review = f"/tasks/{gaoping.task(gaoping.office, 'Review', matter='2.2.4').id}"
    page = get(pages, review, "office")
    assert "协议.txt" in page
    assert "补签协议。" in page
    back = pages.post(review, data={"verdict": "not_mended"}, headers={"X-Who": "office"})
    assert back.status_code == 422
    assert "退回须写明还差什么" in back.text
    good = pages.post(review, data={"verdict": "mended"}, headers={"X-Who": "office"})
    assert good.status_code == 303, good.text
    with gaoping.world.workshop.reading() as work:
        found = {row.criterion_key: row for row in queries.of_participant(work, gaoping.participant_id(unit))}
    assert found["2.2.4"].state is FindingState.MENDED
    for language in ("zh-CN", "en"):
        assert "协议.txt" in get(pages, f"/findings/{found['2.2.4'].id}", "liaison", language)
        assert "协议.txt" in get(pages, review, "office", language)


def test_another_unit_sees_no_finding(gaoping: Gaoping, pages: FlaskClient) -> None:
    with gaoping.world.workshop.reading() as work:
        finding = queries.of_participant(work, gaoping.participant_id(gaoping.units[0]))[0]
    path = f"/campaigns/{gaoping.campaign.id}/findings"
    assert gaoping.units[0].name in get(pages, path, "office")
    assert "2.2.4" in get(pages, path, "liaison")
    assert "2.2.4" not in get(pages, path, "other")
    assert ": findings" in get(pages, path + "?show=open&page=1", "office", "en")
    get(pages, path + "?show=nonsense&page=-3", "office")
    get(pages, f"/findings/{finding.id}", "other", status=404)
    get(pages, f"/findings/{gaoping.campaign.id}", "office", status=404)
    get(pages, f"/campaigns/{finding.id}/findings", "office", status=404)
    get(pages, path, "nobody", status=303)
