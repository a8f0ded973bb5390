"""The pages of remarks: written without scripts, nothing typed is lost, and found where one looks for them."""

import re

import pytest
from flask.testing import FlaskClient

from tests.assessments.site import site
from tests.assessments.support import Gaoping
from tests.recognitions.test_gate import to_gate
from tests.recognitions.test_pages import get
from tests.recognitions.test_remarks import leader


@pytest.fixture
def pages(gaoping: Gaoping) -> FlaskClient:
    first, second = gaoping.units
    to_gate(gaoping)
    actors = {
        "first": gaoping.liaison(first),
        "second": gaoping.liaison(second),
        "office": gaoping.office,
        "leader": leader(gaoping),
    }
    return site(gaoping, actors).test_client()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_remark_is_written_read_and_answered(gaoping: Gaoping, pages: FlaskClient, language: str) -> None:
    second = gaoping.units[1]
    path = f"/campaigns/{gaoping.campaign.id}/remarks"
    gate = gaoping.task(gaoping.leader, "Approve").id
    assert f"{path}/new?gate={gate}" in get(pages, f"/tasks/{gate}", "leader", language)
    form = get(pages, f"{path}/new?gate={gate}", "leader", language)
    key = re.search(r'name="_key" value="([^"]+)"', form)
    assert key is not None
    typed = {"words": "抓紧整改", "units": str(second.id), "gate": str(gate), "_key": key[1]}
    again = pages.post(f"{path}/new", data=typed, headers={"X-Who": "leader", "Accept-Language": language})
    assert again.status_code == 422
    assert "抓紧整改</textarea>" in again.text
    assert re.search(rf'value="{second.id}" checked', again.text)
    assert key[1] in again.text
    typed[f"by.{second.id}"] = "2026-12-01"
    for _ in range(2):
        done = pages.post(f"{path}/new", data=typed, headers={"X-Who": "leader", "Accept-Language": language})
        assert done.status_code == 303, done.text
    assert get(pages, path, "leader", language).count("抓紧整改") == 1
    assert "抓紧整改" in get(pages, path, "second", language)
    assert "抓紧整改" not in get(pages, path, "first", language)
    assert "抓紧整改" in get(pages, "/decided", "leader", language)
    (task,) = [each for each in gaoping.world.inbox(gaoping.liaison(second)) if each.kind == "recognitions.remark"]
    assert "抓紧整改" in get(pages, f"/tasks/{task.id}", "second", language)
    answer = pages.post(f"/tasks/{task.id}", data={"done": "已整改", "action": "hand_in"}, headers={"X-Who": "second"})
    assert answer.status_code == 303, answer.text
    (look,) = [each for each in gaoping.world.inbox(gaoping.leader) if each.kind == "recognitions.look"]
    assert "已整改" in get(pages, f"/tasks/{look.id}", "leader", language)
    refused = pages.post(
        f"/tasks/{look.id}", data={"verdict": "again", "opinion": "还差一半"}, headers={"X-Who": "leader"}
    )
    assert refused.status_code == 422
    assert "还差一半</textarea>" in refused.text
    settled = pages.post(f"/tasks/{look.id}", data={"verdict": "settled"}, headers={"X-Who": "leader"})
    assert settled.status_code == 303
    assert f'href="/tasks/{look.id}"' not in get(pages, path, "second", language)


def test_who_decides_nothing_finds_no_form(gaoping: Gaoping, pages: FlaskClient) -> None:
    path = f"/campaigns/{gaoping.campaign.id}/remarks"
    get(pages, f"{path}/new", "first", status=403)
    assert f"{path}/new" not in get(pages, path, "first")
    assert "behalf_name" in get(pages, f"{path}/new", "office")
    assert "behalf_name" not in get(pages, f"{path}/new", "leader")
    get(pages, f"{path}/new?gate=x", "leader", status=404)
