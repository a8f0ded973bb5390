import io
import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.actor import Actor, ActorKind, Grant
from server.config import Settings
from server.db.work import Parts, Workshop
from server.engine.contract import compile_process
from server.schemes import operations
from server.schemes.models import SchemeVersion
from tests.schemes.site import site
from tests.schemes.support import changed, gaoping, quiet, small
from tests.schemes.test_package import zipped

MANAGER = Actor(ActorKind.ACCOUNT, "Wang", grants=(Grant("scheme.manage", "/a/"),), account_key="account:1")
READER = Actor(ActorKind.ACCOUNT, "Li", grants=(Grant("unit.work", "/b/"),), account_key="account:2")
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def shop(workshop: Workshop) -> Workshop:
    return replace(workshop, parts=Parts(quiet()))


@pytest.fixture
def client(shop: Workshop, tmp_path: Path) -> FlaskClient:
    settings = Settings(tmp_path, "sqlite://", b"x" * 32)
    return site(shop, settings, {"manager": MANAGER, "reader": READER}).test_client()


def as_(who: str, **headers: str) -> dict[str, str]:
    return {"X-Who": who, **headers}


@pytest.fixture
def version(shop: Workshop) -> UUID:
    with shop.writing() as work:
        return operations.install(MANAGER, work, gaoping()).id


def handed_in(client: FlaskClient, content: bytes | None, action: str, who: str = "manager", **headers: str):  # type: ignore[no-untyped-def]
    data: dict[str, object] = {"action": action, "note": "my note"}
    if content is not None:
        data["package"] = (io.BytesIO(content), "small.zip")
    return client.post("/schemes/new", data=data, headers=as_(who, **headers), content_type="multipart/form-data")


def count(shop: Workshop) -> int:
    with shop.reading() as work:
        return work.session.scalar(select(func.count()).select_from(SchemeVersion)) or 0


@pytest.mark.parametrize("path", ["/schemes", "/schemes/new", "/schemes/{id}", "/schemes/{id}/processes/campaign.bpmn"])
def test_nobody_sees_a_page_without_login(client: FlaskClient, version: UUID, path: str) -> None:
    answer = client.get(path.format(id=version))
    assert answer.status_code == 303
    assert answer.location.startswith("/login")


def test_the_list_offers_uploading_to_managers_only(client: FlaskClient, version: UUID) -> None:
    mine = client.get("/schemes", headers=as_("manager")).text
    theirs = client.get("/schemes", headers=as_("reader")).text
    assert "高平市节约型机关创建行动方案" in theirs
    assert "/schemes/new" in mine
    assert "/schemes/new" not in theirs


def test_an_empty_list_says_so(client: FlaskClient) -> None:
    assert "还没有方案" in client.get("/schemes", headers=as_("manager")).text


def test_a_scheme_is_told_in_plain_words_first(client: FlaskClient, version: UUID) -> None:
    page = client.get(f"/schemes/{version}", headers=as_("reader")).text
    duties = page.index("创建单位联络员：编制报送实施方案")
    assert duties < page.index('id="schedule"') < page.index('id="standard"') < page.index('id="diagram-campaign"')
    for said in ("每年10月底前", "通知第 63 行", "合计 27 分", "总分80分（含）以上合格", "问题项提出后若干", "牵头"):
        assert said in page, said
    assert page.count("data-bpmn-src") == 3


def test_the_same_in_english_with_the_standing_of_the_translation(client: FlaskClient, version: UUID) -> None:
    page = client.get(f"/schemes/{version}", headers=as_("reader", **ENGLISH)).text
    for said in ("Draw up and hand in the plan", "yearly by the end of October", "80 points or more", "unofficial"):
        assert said in page, said


def test_a_word_without_translation_is_the_original_and_marked(shop: Workshop, client: FlaskClient) -> None:
    files = dict(gaoping().files)
    files["i18n/en.toml"] = files["i18n/en.toml"].replace(b'"2.1.1" = "Name the body', b'"2.1.x" = "Name the body')
    with shop.writing() as work:
        row = operations.install(MANAGER, work, files)
    page = client.get(f"/schemes/{row.id}", headers=as_("reader", **ENGLISH)).text
    assert "明确负责推进节约型机关建设的组织机构，得1分 (original)" in page


def test_what_is_not_there_is_not_found(client: FlaskClient, version: UUID) -> None:
    for path in (
        f"/schemes/{uuid4()}",
        f"/schemes/{version}/processes/nothing.bpmn",
        f"/schemes/{uuid4()}/processes/campaign.bpmn",
        f"/schemes/{version}/processes/..%2F..%2Fscheme.bpmn",
    ):
        assert client.get(path, headers=as_("reader")).status_code == 404


def test_a_diagram_is_served_as_it_is_stored_and_runs_nothing(client: FlaskClient, version: UUID) -> None:
    answer = client.get(f"/schemes/{version}/processes/participant.bpmn", headers=as_("reader"))
    assert answer.data == gaoping().files["participant.bpmn"]
    assert answer.mimetype == "application/xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_diagram_can_be_looked_at_in_english(client: FlaskClient, version: UUID) -> None:
    path = f"/schemes/{version}/processes/participant.bpmn?lang=en"
    translated = client.get(path, headers=as_("reader", **ENGLISH)).data
    original = compile_process(gaoping().files["participant.bpmn"])
    found = compile_process(translated)
    assert found.elements["Plan"].name == "Draw up and hand in the plan"
    assert [(flow.source, flow.target, flow.condition) for flow in found.flows] == [
        (flow.source, flow.target, flow.condition) for flow in original.flows
    ]
    assert re.findall(rb'(?:id|bpmnElement)="\w+"', translated) == re.findall(
        rb'(?:id|bpmnElement)="\w+"', gaoping().files["participant.bpmn"]
    )


def test_a_package_is_checked_without_being_installed(client: FlaskClient, shop: Workshop) -> None:
    answer = handed_in(client, zipped(small()), "check")
    assert answer.status_code == 200
    assert "检查通过" in answer.text
    assert count(shop) == 0


def test_a_package_is_installed_and_shown(client: FlaskClient, shop: Workshop) -> None:
    answer = handed_in(client, zipped(small(), "small/"), "install")
    assert answer.status_code == 303
    assert count(shop) == 1
    page = client.get(answer.location, headers=as_("manager")).text
    assert "A small scheme" in page
    assert "my note" in page


@pytest.mark.parametrize("action", ["check", "install"])
def test_a_bad_package_is_refused_with_every_finding_and_keeps_the_note(
    client: FlaskClient, shop: Workshop, action: str
) -> None:
    files = changed("scheme.toml", 'to = "plan"', 'to = "<b>nowhere</b>"')
    files["forms/plan.json"] = b"{}"
    answer = handed_in(client, zipped(files), action, **ENGLISH)
    assert answer.status_code == 422
    assert "“forms/plan.json” is no form." in answer.text
    assert "deadline.review.rule.to" in answer.text
    assert "<b>nowhere" not in answer.text
    assert "my note" in answer.text
    assert count(shop) == 0


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_no_file_or_no_archive_is_said_plainly(client: FlaskClient, content: bytes | None) -> None:
    answer = handed_in(client, content, "install")
    assert answer.status_code == 422
    assert ("请选择方案包文件" if content is None else "不是完好的 ZIP 文件") in answer.text


def test_others_may_not_hand_in_a_package(client: FlaskClient, shop: Workshop) -> None:
    assert client.get("/schemes/new", headers=as_("reader")).status_code == 403
    assert handed_in(client, zipped(small()), "install", "reader").status_code == 403
    assert handed_in(client, zipped(small()), "check", "reader").status_code == 403
    assert count(shop) == 0
