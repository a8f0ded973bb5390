"""The pages on which spreadsheets go out and come back: of one task, and of a whole step."""

import io
import zipfile
from dataclasses import replace
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.campaigns import operations as campaigns
from server.campaigns import views_sheets
from server.campaigns.models import Campaign
from server.tasks import returned
from server.tasks.models import Decision, Draft
from tests.tasks.paper import filled, made
from tests.web.site import Site, words

SEASON = {"grace": "10", "share": "25", "day": "2026-04-01", "place": "礼堂", "scale": "small"}


@pytest.fixture
def campaign(site: Site) -> Campaign:
    return site.world.open_campaign()


@pytest.fixture
def office(site: Site, campaign: Campaign) -> FlaskClient:
    return site.visitor(site.world.authority, "office")


def task(site: Site, unit: int = 0) -> UUID:
    return site.world.inbox(site.world.actor(site.world.units[unit], "liaison"))[0].id


def paper(site: Site, unit: int = 0, text: str = "表格里的做法", signer: str = "") -> bytes:
    return filled(made(site.world, task(site, unit)), {"1": text}, signer=signer)


def send(
    site: Site, client: FlaskClient, task_id: UUID, content: bytes, name: str = "回.xlsx", **typed: str
) -> TestResponse:
    fields = {"_key": "k", "action": "sheet", **typed, "returned": (io.BytesIO(content), name)}
    return site.post(client, f"/tasks/{task_id}/sheet", **fields)


def drafts(site: Site) -> dict[UUID, object]:
    with site.world.workshop.reading() as work:
        return {each.task_id: each.values.get("summary") for each in work.session.scalars(select(Draft))}


def test_the_page_of_a_task_gives_its_spreadsheet_to_who_may_fill_it_in(site: Site, office: FlaskClient) -> None:
    address = f"/tasks/{task(site)}"
    for client in (office, site.visitor(site.world.units[0], "liaison")):
        assert f'href="{address}/sheet.xlsx"' in client.get(address).text
        answer = client.get(f"{address}/sheet.xlsx")
        assert answer.status_code == 200
        assert answer.data.startswith(b"PK")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "attachment" in answer.headers["Content-Disposition"]
    verifier = site.visitor(site.world.authority, "verifier")
    assert "sheet.xlsx" not in verifier.get(address).text
    assert verifier.get(f"{address}/sheet.xlsx").status_code == 404


def test_a_returned_file_fills_the_page_and_hands_nothing_in(site: Site, office: FlaskClient) -> None:
    task_id = task(site)
    answer = send(site, office, task_id, paper(site, signer="王五"))
    assert answer.status_code == 200
    page = words(answer)
    assert "已从“回.xlsx”读入 1 项" in page
    assert "表格里的做法" in answer.text
    assert 'value="王五"' in answer.text
    assert '<option value="file" selected>' in answer.text
    assert "提交后作为代录的依据保存" in page
    assert task(site) == task_id
    later = office.get(f"/tasks/{task_id}").text
    assert 'value="王五"' in later
    assert "表格里的做法" in later


def test_what_the_office_then_hands_in_rests_on_the_file(site: Site, office: FlaskClient) -> None:
    task_id, content = task(site), paper(site, signer="王五")
    send(site, office, task_id, content)
    typed = {"action": "hand_in", "summary": "核对过的做法", "behalf_name": "王五", "behalf_source": "file"}
    assert site.post(office, f"/tasks/{task_id}", **typed).status_code == 303
    with site.world.workshop.reading() as work:
        decision = work.session.scalars(select(Decision)).one()
        work.session.expunge_all()
    assert (decision.source, decision.behalf_name) == ("file", "王五")
    proof = f"/evidence/{decision.scan_evidence_id}"
    liaison = site.visitor(site.world.units[0], "liaison")
    assert proof in liaison.get(f"/tasks/{task_id}").text
    assert liaison.get(proof, buffered=True).data == content


def test_a_file_proves_nothing_that_was_said_on_the_telephone(site: Site, office: FlaskClient) -> None:
    task_id = task(site)
    send(site, office, task_id, paper(site))
    typed = {"action": "hand_in", "summary": "电话里的", "behalf_name": "王五", "behalf_source": "phone"}
    assert site.post(office, f"/tasks/{task_id}", **typed).status_code == 303
    with site.world.workshop.reading() as work:
        assert work.session.scalars(select(Decision.scan_evidence_id)).all() == [None]


def test_a_refused_file_loses_nothing_that_was_typed(site: Site, office: FlaskClient) -> None:
    other = paper(site, unit=1)
    for content, name, said in (
        (other, "别家.xlsx", "这份表格是另一项待办的：2026年评比"),
        (b"PK nothing", "坏.xlsx", "文件不完整"),
        (b"PK", "宏.xlsm", "文件含有宏"),
        ("一,二".encode(), "别的.csv", "这不是从这里下载的表格"),
        (b"", "", "没有收到文件"),
    ):
        answer = send(site, office, task(site), content, name, summary=f"打了一半 {name}")
        assert answer.status_code == 422
        assert said in words(answer)
        assert f"打了一半 {name}" in answer.text
        assert drafts(site) == {task(site): f"打了一半 {name}"}


def test_rows_that_were_not_understood_and_what_is_still_wrong_are_named(site: Site, office: FlaskClient) -> None:
    content = filled(made(site.world, task(site)), {"1": "长" * 201})
    answer = send(site, office, task(site), content)
    assert "最多 200" in words(answer)
    assert drafts(site) == {task(site): "长" * 201}
    csv = b"\xef\xbb\xbf" + "\n".join(["编号,填写项目,填写说明,填写内容", "7,,,多的", f"{mark(site)}"]).encode()
    page = words(send(site, site.visitor(site.world.authority, "office", "en"), task(site), csv, "back.csv"))
    assert "Row 2" in page
    assert "no number “7” on this spreadsheet" in page


def mark(site: Site) -> str:
    with site.world.workshop.reading() as work:
        content = made(site.world, task(site))
        return returned.MARK.search(str(returned.look(work, "x.xlsx", content).grids[1].rows)).group()  # type: ignore[union-attr]


def test_strangers_neither_get_nor_send(site: Site, campaign: Campaign) -> None:
    task_id, content = task(site), paper(site)
    stranger = site.visitor(site.world.units[1], "liaison")
    assert stranger.get(f"/tasks/{task_id}/sheet.xlsx").status_code == 404
    answer = stranger.post(
        f"/tasks/{task_id}/sheet",
        data={"csrf_token": site.token(stranger, "/me"), "returned": (io.BytesIO(content), "回.xlsx")},
    )
    assert answer.status_code == 404
    assert drafts(site) == {}


# --- a whole step ----------------------------------------------------------------------------------------------------


def test_a_step_goes_out_as_one_archive(site: Site, office: FlaskClient, campaign: Campaign) -> None:
    page = office.get(f"/campaigns/{campaign.id}/sheets")
    assert "3 项待办" in words(page)
    address = page.text.split(".zip")[0].rsplit('"', 1)[1] + ".zip"
    archive = zipfile.ZipFile(io.BytesIO(office.get(address).data))
    assert [name.split("-")[0] for name in archive.namelist()] == ["示例单位01", "示例单位02", "示例单位03"]
    assert f"/campaigns/{campaign.id}/sheets" in office.get(f"/campaigns/{campaign.id}").text


def test_too_many_at_once_are_refused_in_words(
    site: Site, office: FlaskClient, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = office.get(f"/campaigns/{campaign.id}/sheets").text.split(".zip")[0].rsplit('"', 1)[1] + ".zip"
    monkeypatch.setattr(returned, "AT_ONCE", 2)
    monkeypatch.setattr(views_sheets, "BACK_AT_ONCE", 1)
    assert "超过 2 项" in words(office.get(address))
    answer = bring(site, office, campaign, (paper(site), "一.xlsx"), (paper(site, 1), "二.xlsx"))
    assert answer.status_code == 422
    assert "一次最多读入 1 个文件" in words(answer)
    assert drafts(site) == {}
    assert "没有收到文件" in words(bring(site, office, campaign))


def bring(site: Site, client: FlaskClient, campaign: Campaign, *files: tuple[bytes, str]) -> TestResponse:
    sent = [(io.BytesIO(content), name) for content, name in files]
    return site.post(client, f"/campaigns/{campaign.id}/sheets", files=sent)


def test_a_bad_file_does_not_take_the_good_ones_with_it(site: Site, office: FlaskClient, campaign: Campaign) -> None:
    with site.world.workshop.writing() as work:
        asked = replace(site.world.opening([site.world.units[2]], "seasons", SEASON), title="另一次")
        elsewhere = campaigns.open_campaign(site.world.actor(site.world.authority, "office"), work, asked, "another")
    site.world.drain()
    liaison = site.world.actor(site.world.units[2], "liaison")
    foreign = next(each for each in site.world.inbox(liaison) if each.campaign_id == elsewhere.id)
    answer = bring(
        site,
        office,
        campaign,
        (paper(site, 1, "第二"), "二.xlsx"),
        (b"PK broken", "坏.xlsx"),
        (paper(site, 0, "第一"), "一.xlsx"),
        (paper(site, 0, "又一份"), "重.xlsx"),
        (made(site.world, foreign.id), "别的活动.xlsx"),
    )
    assert answer.status_code == 200
    page = words(answer)
    assert "5 个文件中读入了 2 个" in page
    for said in ("文件不完整", "已有一份是同一项待办的", "属于另一次创建活动", "示例单位02 ·"):
        assert said in page
    assert drafts(site) == {task(site, 0): "第一", task(site, 1): "第二"}


def test_a_file_that_says_nothing_changes_nothing(site: Site, office: FlaskClient, campaign: Campaign) -> None:
    page = words(bring(site, office, campaign, (made(site.world, task(site)), "空.xlsx")))
    assert "1 个文件中读入了 0 个" in page
    assert "没有填写内容" in page
    answer = send(site, office, task(site), made(site.world, task(site)), summary="打字")
    assert "草稿没有变化" in words(answer)
    assert drafts(site) == {task(site): "打字"}
    assert "提交后作为代录的依据保存" not in answer.text


def test_when_none_can_be_taken_the_answer_says_so(site: Site, office: FlaskClient, campaign: Campaign) -> None:
    task_id, content = task(site), paper(site)
    site.world.do(site.world.actor(site.world.units[0], "liaison"), task_id, summary="先办了")
    answer = bring(site, office, campaign, (content, "迟到.xlsx"))
    assert answer.status_code == 422
    assert "这项待办已由" in words(answer) or "这项待办已经结束" in words(answer)
    assert drafts(site) == {}


def test_only_who_enters_for_others_finds_the_page(site: Site, campaign: Campaign) -> None:
    for unit, kind in ((site.world.units[0], "liaison"), (site.world.authority, "verifier")):
        client = site.visitor(unit, kind)
        assert client.get(f"/campaigns/{campaign.id}/sheets").status_code == 404
        assert "/sheets" not in client.get(f"/campaigns/{campaign.id}").text
        token = site.token(client, "/me")
        assert client.post(f"/campaigns/{campaign.id}/sheets", data={"csrf_token": token}).status_code == 404
