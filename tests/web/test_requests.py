"""A request as a whole: one commit or none, errors in words, forms that outlive their session, the way back."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage

from server import web
from server.app import create_app
from server.engine.process_engine import ProcessEngine
from server.errors import NotAllowed
from server.evidence.models import Evidence
from server.i18n import Message
from server.processes.models import Incident, ProcessInstance
from server.tasks import operations as tasks
from server.tasks.models import Decision, Draft, Task, TaskState
from tests.web.site import PASSWORD, Site, words

TEXT = "全年开展了三次宣传"


@pytest.fixture
def liaison(site: Site) -> FlaskClient:
    return site.visitor(site.world.units[0], "liaison")


@pytest.fixture
def task_id(site: Site) -> UUID:
    site.world.start("approval", "一件", site.world.units[0])
    return site.world.inbox(site.world.actor(site.world.units[0], "liaison"))[0].id


def state_of(site: Site, task_id: UUID) -> str:
    with site.world.workshop.reading() as work:
        return work.session.get_one(Task, task_id).state


def count(site: Site, what: type[object]) -> int:
    with site.world.workshop.reading() as work:
        return work.session.scalar(select(func.count()).select_from(what)) or 0


@contextmanager
def counted_commits(site: Site) -> Iterator[list[object]]:
    seen: list[object] = []

    def commit(connection: object) -> None:
        seen.append(connection)

    event.listen(site.world.workshop.engine, "commit", commit)
    yield seen
    event.remove(site.world.workshop.engine, "commit", commit)


# --- one commit, or none ----------------------------------------------------------------------------------------------


def test_a_request_that_writes_commits_once(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    token = site.token(liaison)
    with counted_commits(site) as commits:
        answer = liaison.post(f"/tasks/{task_id}", data={"csrf_token": token, "summary": TEXT, "action": "hand_in"})
    assert (answer.status_code, len(commits)) == (303, 1)
    assert state_of(site, task_id) == TaskState.DONE


def test_a_request_that_reads_commits_nothing(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    with counted_commits(site) as commits:
        for path in ("/inbox", f"/tasks/{task_id}", "/campaigns", "/me"):
            assert liaison.get(path).status_code == 200
    assert commits == []


def test_a_form_that_is_handed_in_says_thanks_once(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    answer = site.post(liaison, f"/tasks/{task_id}", summary=TEXT, action="hand_in")
    assert answer.headers["Location"] == "/inbox"
    assert "“报送材料”已提交" in words(liaison.get("/inbox"))
    assert "“报送材料”已提交" not in words(liaison.get("/inbox"))


def add_view(site: Site, error: Exception) -> None:
    """A view that writes something and then fails."""

    def view() -> str:
        work = web.current_work()
        task_id = work.session.scalars(select(Task.id)).first()
        assert task_id is not None
        tasks.save_draft(web.current_actor(), work, task_id, {"summary": "halb"})
        raise error

    site.app = create_app(site.world.application)
    site.app.add_url_rule("/fails", view_func=view, methods=["POST"])


def test_a_view_that_fails_leaves_nothing_and_gives_a_reference(
    site: Site, task_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    add_view(site, RuntimeError("secret-of-ours"))
    answer = site.post(site.visitor(site.world.units[0], "liaison"), "/fails")
    assert answer.status_code == 500
    reference = re.search(r"编号 ([0-9a-f]{8})", words(answer))
    assert reference
    assert reference[1] in caplog.text
    assert "secret-of-ours" not in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)
    assert count(site, Draft) == 0


def test_a_view_that_refuses_leaves_nothing(site: Site, task_id: UUID) -> None:
    add_view(site, NotAllowed(Message("error-not-allowed")))
    answer = site.post(site.visitor(site.world.units[0], "liaison"), "/fails")
    assert answer.status_code == 403
    assert "您没有办理这项操作的权限" in words(answer)
    assert count(site, Draft) == 0


def test_a_database_that_does_not_answer_is_said_so(site: Site, task_id: UUID) -> None:
    add_view(site, OperationalError("SELECT 1", {}, Exception("canceling statement due to lock timeout")))
    answer = site.post(site.visitor(site.world.units[0], "liaison"), "/fails")
    assert answer.status_code == 503
    assert "请稍后再试" in words(answer)
    assert "SELECT" not in answer.get_data(as_text=True)


def test_a_commit_that_fails_is_no_success(
    site: Site, liaison: FlaskClient, task_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_work: object) -> None:
        raise RuntimeError("disk full")

    token = site.token(liaison)
    with monkeypatch.context() as patched:
        patched.setattr(web, "finish", broken)
        fields = {"csrf_token": token, "summary": TEXT, "action": "hand_in"}
        answer = liaison.post(f"/tasks/{task_id}", data=fields)
    assert answer.status_code == 500
    assert "编号" in words(answer)
    assert "Content-Security-Policy" in answer.headers
    assert state_of(site, task_id) == TaskState.OPEN
    assert "已提交" not in words(liaison.get("/inbox"))


def test_the_error_page_is_words_even_when_it_cannot_be_drawn(
    site: Site, task_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("no templates")

    add_view(site, RuntimeError("first"))
    liaison = site.visitor(site.world.units[0], "liaison")
    token = site.token(liaison)
    monkeypatch.setattr(web, "render", broken)
    answer = liaison.post("/fails", data={"csrf_token": token})
    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert "编号" in answer.get_data(as_text=True)


# --- what was typed is kept -------------------------------------------------------------------------------------------


def upload(name: str, content: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def test_a_refused_form_keeps_text_and_files(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    fields = {"summary": "长" * 300, "proof_new": upload("佐证.txt", "一".encode()), "action": "hand_in"}
    answer = site.post(liaison, f"/tasks/{task_id}", **fields)
    assert answer.status_code == 422
    page = liaison.get(f"/tasks/{task_id}").get_data(as_text=True)
    assert "长" * 300 in page
    assert "佐证.txt" in page
    assert count(site, Evidence) == 1
    assert state_of(site, task_id) == TaskState.OPEN


def test_a_forbidden_file_is_named_and_the_others_are_kept(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    files = [upload("好.txt", "一".encode()), upload("坏.exe", b"MZ\x90\x00"), upload("空.txt", b"")]
    answer = site.post(liaison, f"/tasks/{task_id}", summary=TEXT, proof_new=files, action="hand_in")
    assert answer.status_code == 422
    assert "坏.exe" in words(answer)
    assert "空.txt" in words(answer)
    page = liaison.get(f"/tasks/{task_id}").get_data(as_text=True)
    assert "好.txt" in page
    assert TEXT in page


def test_an_entry_on_behalf_without_a_name_keeps_what_was_typed(site: Site, task_id: UUID) -> None:
    office = site.visitor(site.world.authority, "office")
    answer = site.post(office, f"/tasks/{task_id}", summary=TEXT, behalf_source="phone", action="hand_in")
    assert answer.status_code == 422
    assert "请写明代谁录入" in words(answer)
    assert TEXT in liaison_page(site, task_id)


def test_an_entry_without_saying_for_whom_keeps_what_was_typed(site: Site, task_id: UUID) -> None:
    office = site.visitor(site.world.authority, "office")
    answer = site.post(office, f"/tasks/{task_id}", summary=TEXT, action="hand_in")
    assert answer.status_code == 403
    assert "请写明代谁录入、依据什么" in words(answer)
    assert TEXT in liaison_page(site, task_id)


def liaison_page(site: Site, task_id: UUID) -> str:
    client = site.visitor(site.world.units[0], "liaison")
    return client.get(f"/tasks/{task_id}").get_data(as_text=True)


def test_an_entry_on_behalf_is_shown_with_both_names(site: Site, task_id: UUID) -> None:
    office = site.visitor(site.world.authority, "office")
    fields = {"summary": TEXT, "behalf_name": "王五", "behalf_source": "phone", "action": "hand_in"}
    assert site.post(office, f"/tasks/{task_id}", **fields).status_code == 303
    assert "代 王五 录入，依据：电话" in words(office.get(f"/tasks/{task_id}"))


def test_who_comes_second_is_told_and_keeps_what_was_typed(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    world = site.world
    world.do(world.actor(world.units[0], "liaison"), task_id, summary="先到的")
    answer = site.post(liaison, f"/tasks/{task_id}", summary=TEXT, action="hand_in")
    assert answer.status_code == 409
    assert "已由 示例单位01liaison 于 2026-03-02 09:00 办理" in words(answer)
    assert TEXT in answer.get_data(as_text=True)
    assert "先到的" in liaison.get(f"/tasks/{task_id}").get_data(as_text=True)


def test_a_double_click_is_answered_like_one(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    token = site.token(liaison)
    fields = {"csrf_token": token, "summary": TEXT, "action": "hand_in", "_key": "one-page"}
    answers = [liaison.post(f"/tasks/{task_id}", data=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert count(site, Decision) == 1


def test_a_step_that_fails_keeps_the_draft_and_tells_the_administrator(site: Site) -> None:
    world = site.world
    world.start("fragile", "一件", None, "seasons")
    task_id = world.inbox(world.actor(world.authority, "office"))[0].id
    with world.workshop.writing() as work:  # a unit that no fact knows
        work.session.get_one(Task, task_id).unit_id = world.units[0].id
    office = site.visitor(world.authority, "office")
    answer = site.post(office, f"/tasks/{task_id}", summary=TEXT, action="hand_in")
    assert answer.status_code == 503
    assert "管理员已收到提示" in words(answer)
    assert TEXT in office.get(f"/tasks/{task_id}").get_data(as_text=True)
    assert (count(site, Incident), count(site, Decision)) == (1, 0)
    assert "unit.kind" in words(office.get("/incidents"))


def test_a_draft_is_saved_without_handing_in(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    assert site.post(liaison, f"/tasks/{task_id}", summary=TEXT, action="save").status_code == 303
    assert TEXT in liaison.get(f"/tasks/{task_id}").get_data(as_text=True)
    assert state_of(site, task_id) == TaskState.OPEN


def test_a_draft_is_saved_in_the_background(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    answer = site.post(liaison, f"/tasks/{task_id}/draft", summary=TEXT)
    assert answer.get_json() == {"saved_at": "2026年3月2日 09:00"}


def test_text_that_no_database_can_keep_is_refused_in_words(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    assert site.post(liaison, f"/tasks/{task_id}", summary="a\0b", action="save").status_code == 422
    assert liaison.get("/inbox?q=%00").status_code == 422


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_after_login_one_comes_back_to_the_page(site: Site, task_id: UUID) -> None:
    client, login = site.app.test_client(), site.login(site.world.units[0], "liaison")
    asked = client.get(f"/tasks/{task_id}?show=all")
    assert asked.status_code == 303
    page = asked.headers["Location"]
    assert page.startswith("/login?next=")
    fields = re.findall(r'name="next" value="([^"]+)"', client.get(page).get_data(as_text=True))
    (wanted,) = {field for field in fields if field.startswith("/tasks/")}
    answer = site.post(client, "/login", login=login, password=PASSWORD, next=wanted)
    assert answer.headers["Location"] == f"/tasks/{task_id}?show=all"
    assert client.get(answer.headers["Location"]).status_code == 200


def test_a_form_that_came_after_its_session_is_offered_again_and_handed_in(site: Site, task_id: UUID) -> None:
    client = site.visitor(site.world.units[0], "liaison")
    token = site.token(client)
    site.world.clock.advance(timedelta(hours=1))
    fields = {"csrf_token": token, "summary": TEXT, "action": "hand_in", "_key": "typed-before"}
    lost = client.post(f"/tasks/{task_id}", data=fields)
    assert lost.headers["Location"].startswith("/login")
    assert "您刚才填写的内容已保留" in words(client.get(lost.headers["Location"]))
    login = site.login(site.world.units[0], "liaison")
    assert site.post(client, "/login", login=login, password=PASSWORD).headers["Location"] == "/kept"
    offered = client.get("/kept").get_data(as_text=True)
    kept = dict(re.findall(r'<textarea hidden name="([^"]+)">\n(.*?)</textarea>', offered, re.DOTALL))
    assert kept["summary"] == TEXT
    again = site.post(client, "/kept/again", **kept)
    assert (again.status_code, again.headers["Location"]) == (307, f"/tasks/{task_id}")
    assert site.post(client, again.headers["Location"], **kept).status_code == 303
    assert state_of(site, task_id) == TaskState.DONE


def test_a_background_request_after_the_session_is_told_so(site: Site, task_id: UUID) -> None:
    client = site.visitor(site.world.units[0], "liaison")
    token = site.token(client)
    site.world.clock.advance(timedelta(hours=1))
    headers = {"Accept": "application/json"}
    answer = client.post(f"/tasks/{task_id}/draft", data={"csrf_token": token, "summary": TEXT}, headers=headers)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_without_the_page_token_nothing_happens_and_nothing_is_lost(
    site: Site, liaison: FlaskClient, task_id: UUID
) -> None:
    site.post(liaison, f"/tasks/{task_id}", summary=TEXT, action="save")
    answer = liaison.post(f"/tasks/{task_id}", data={"summary": "forged", "action": "hand_in"})
    assert answer.status_code == 422
    assert "页面已过期" in words(answer)
    assert "您填写的内容还在上一页" in words(answer)
    assert state_of(site, task_id) == TaskState.OPEN
    assert TEXT in liaison.get(f"/tasks/{task_id}").get_data(as_text=True)


def test_a_token_of_another_browser_is_none(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    stolen = site.token(site.app.test_client())
    fields = {"csrf_token": stolen, "summary": "forged", "action": "hand_in"}
    assert liaison.post(f"/tasks/{task_id}", data=fields).status_code == 422
    assert state_of(site, task_id) == TaskState.OPEN


def test_sending_back_from_the_page(site: Site, liaison: FlaskClient, task_id: UUID) -> None:
    site.post(liaison, f"/tasks/{task_id}", summary=TEXT, action="hand_in")
    office = site.visitor(site.world.authority, "office")
    review = site.world.inbox(site.world.actor(site.world.authority, "office"))[0].id
    assert site.post(office, f"/tasks/{review}/return", target="Submit", reason="").status_code == 422
    assert site.post(office, f"/tasks/{review}/return", target="Nothing", reason="不全").status_code == 409
    assert site.post(liaison, f"/tasks/{review}/return", target="Submit", reason="不全").status_code == 403
    assert site.post(office, f"/tasks/{review}/return", target="Submit", reason="不全").status_code == 303
    assert "退回原因：不全" in words(liaison.get(f"/tasks/{inbox_of(site)}"))


def inbox_of(site: Site) -> UUID:
    return site.world.inbox(site.world.actor(site.world.units[0], "liaison"))[0].id


def test_a_return_that_fails_is_an_incident(
    site: Site, liaison: FlaskClient, task_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("out of order")

    site.post(liaison, f"/tasks/{task_id}", summary=TEXT, action="hand_in")
    office = site.visitor(site.world.authority, "office")
    review = site.world.inbox(site.world.actor(site.world.authority, "office"))[0].id
    monkeypatch.setattr(ProcessEngine, "return_to", broken)
    assert site.post(office, f"/tasks/{review}/return", target="Submit", reason="不全").status_code == 503
    assert state_of(site, review) == TaskState.OPEN
    with site.world.workshop.reading() as work:
        assert work.session.scalars(select(Incident.cause)).one() == "RuntimeError: out of order"
        assert work.session.scalars(select(ProcessInstance.state)).one() == "running"
