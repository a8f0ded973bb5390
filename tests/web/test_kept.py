"""What was posted after the session had ended, files too, is offered again after login, to its own account alone."""

import html
import io
import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from server.evidence import jobs, kept
from server.evidence.models import Blob, Evidence, KeptFile
from server.tasks.models import Task, TaskState
from tests.web.site import PASSWORD, Site, words

Fields = list[tuple[str, str]]


@pytest.fixture
def task_id(site: Site) -> UUID:
    site.world.start("approval", "一件", site.world.units[0])
    return site.world.inbox(site.world.actor(site.world.units[0], "liaison"))[0].id


def upload(name: str, content: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def lose(site: Site, client: FlaskClient, path: str, **fields: object) -> TestResponse:
    """Post a form that was opened in good time, after the session has ended."""
    token = site.token(client)
    site.world.clock.advance(timedelta(hours=1))
    return client.post(path, data={"csrf_token": token, **fields})


def log_in(site: Site, client: FlaskClient, unit: int = 0) -> TestResponse:
    return site.post(client, "/login", login=site.login(site.world.units[unit], "liaison"), password=PASSWORD)


def offered(client: FlaskClient) -> Fields:
    page = client.get("/kept").get_data(as_text=True)
    found = re.findall(r'<textarea hidden name="([^"]+)">\n(.*?)</textarea>', page, re.DOTALL)
    return [(name, html.unescape(value)) for name, value in found]


def send_again(site: Site, client: FlaskClient, fields: Fields) -> TestResponse:
    token = site.token(client)
    going = client.post("/kept/again", data={"csrf_token": token})
    assert going.status_code == 307
    data: dict[str, list[str]] = {"csrf_token": [token]}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return client.post(going.headers["Location"], data=data)


def count(site: Site, what: type[object]) -> int:
    with site.world.workshop.reading() as work:
        return work.session.scalar(select(func.count()).select_from(what)) or 0


def test_a_file_outlives_the_session_and_is_handed_in_after_login(site: Site, task_id: UUID) -> None:
    client = site.visitor(site.world.units[0], "liaison")
    proof = upload("佐证.txt", "一".encode())
    lost = lose(site, client, f"/tasks/{task_id}", summary="做法", proof_new=proof, action="hand_in")
    assert lost.headers["Location"].startswith("/login")
    assert (count(site, KeptFile), count(site, Evidence)) == (1, 0)
    assert log_in(site, client).headers["Location"] == "/kept"
    page = words(client.get("/kept"))
    assert "文件：佐证.txt" in page
    assert "没有保留" not in page
    assert send_again(site, client, offered(client)).status_code == 303
    assert (count(site, KeptFile), count(site, Evidence)) == (0, 1)
    with site.world.workshop.reading() as work:
        assert work.session.get_one(Task, task_id).state == TaskState.DONE
        assert work.session.scalars(select(Evidence.name)).one() == "佐证.txt"


def test_a_file_that_may_not_be_taken_is_not_kept_and_that_is_said(site: Site, task_id: UUID) -> None:
    client = site.visitor(site.world.units[0], "liaison")
    lose(site, client, f"/tasks/{task_id}", summary="做法", proof_new=upload("坏.exe", b"MZ\x90\x00"))
    log_in(site, client)
    assert "有文件没有保留" in words(client.get("/kept"))
    assert count(site, KeptFile) == 0


def test_a_kept_file_is_nobody_elses(site: Site, task_id: UUID) -> None:
    client = site.visitor(site.world.units[0], "liaison")
    lose(site, client, f"/tasks/{task_id}", summary="做法", proof_new=upload("佐证.txt", "一".encode()))
    log_in(site, client)
    (stolen,) = [value for name, value in offered(client) if name == "proof_kept"]
    site.world.start("approval", "另一件", site.world.units[1])
    (others,) = site.world.inbox(site.world.actor(site.world.units[1], "liaison"))
    thief = site.visitor(site.world.units[1], "liaison")
    answer = site.post(thief, f"/tasks/{others.id}", summary="做法", proof_kept=stolen, action="hand_in")
    assert answer.status_code == 422
    assert "保留的文件已经不在" in words(answer)
    assert (count(site, KeptFile), count(site, Evidence)) == (1, 0)


@pytest.mark.parametrize("value", ["", "x", "019b0000-0000-7000-8000-000000000000 佐证.txt"])
def test_a_file_that_was_never_kept_is_refused_in_words(site: Site, task_id: UUID, value: str) -> None:
    client = site.visitor(site.world.units[0], "liaison")
    answer = site.post(client, f"/tasks/{task_id}", summary="做法", proof_kept=value, action="hand_in")
    assert answer.status_code == 422
    assert "保留的文件已经不在" in words(answer)


def test_who_never_had_a_session_leaves_no_file(site: Site, task_id: UUID) -> None:
    stranger = site.app.test_client()
    token = site.token(stranger)
    proof = upload("佐证.txt", "一".encode())
    stranger.post(f"/tasks/{task_id}", data={"csrf_token": token, "summary": "做法", "proof_new": proof})
    assert (count(site, KeptFile), count(site, Blob)) == (0, 0)


def test_no_account_fills_the_disk(site: Site, task_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "AT_MOST", 2)
    client = site.visitor(site.world.units[0], "liaison")
    files = [upload(f"{number}.txt", str(number).encode()) for number in range(4)]
    lose(site, client, f"/tasks/{task_id}", summary="做法", proof_new=files)
    assert count(site, KeptFile) == 2
    log_in(site, client)
    assert "有文件没有保留" in words(client.get("/kept"))


def test_files_nobody_came_back_for_go_with_their_contents(site: Site, task_id: UUID) -> None:
    client = site.visitor(site.world.units[0], "liaison")
    lose(site, client, f"/tasks/{task_id}", summary="做法", proof_new=upload("佐证.txt", "一".encode()))
    site.world.clock.advance(timedelta(hours=25))
    with site.world.workshop.writing() as work:
        jobs.sweep(work, {})
    assert (count(site, KeptFile), count(site, Blob)) == (0, 0)


def test_an_upload_to_the_library_outlives_the_session_too(site: Site) -> None:
    unit = site.world.units[0]
    client = site.visitor(unit, "liaison")
    lose(site, client, f"/evidence/units/{unit.id}", note="", file_new=upload("照片.txt", "一".encode()))
    log_in(site, client)
    assert send_again(site, client, offered(client)).status_code == 303
    assert (count(site, KeptFile), count(site, Evidence)) == (0, 1)
