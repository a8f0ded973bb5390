"""Files and a signature to a verdict: taken with it, kept when something is refused, seen by who sees the verdict."""

import re
import shutil
import struct
import zlib
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.actor import SYSTEM
from server.evidence import operations as evidence
from server.schemes import operations as schemes
from server.schemes.package import read_folder
from server.tasks.models import Decision, Task, TaskState
from server.tasks.operations import NotComplete
from tests.web.site import Site, words
from tests.world import PACKAGES


def picture() -> bytes:
    """A white PNG."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 60, 20, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\xff" * 60 for _ in range(20)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def to_review(site: Site, scheme: str = "rounds") -> UUID:
    world = site.world
    world.start("approval", "一件", world.units[0], scheme)
    liaison, office = world.actor(world.units[0], "liaison"), world.actor(world.authority, "office")
    world.do(liaison, world.inbox(liaison)[0].id, summary="第一稿")
    return world.inbox(office)[-1].id


@pytest.fixture
def office(site: Site) -> FlaskClient:
    return site.visitor(site.world.authority, "office")


@pytest.fixture
def signed(site: Site, tmp_path: Path) -> UUID:
    """A review that must be signed."""
    folder = tmp_path / "signed"
    shutil.copytree(PACKAGES / "rounds", folder)
    for name, old, new in (
        ("scheme.toml", 'key = "rounds"', 'key = "signed"'),
        ("approval.bpmn", 'gg:batch="true"', 'gg:signature="required"'),
    ):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))
    with site.world.workshop.writing() as work:
        site.world.versions["signed"] = schemes.install(SYSTEM, work, read_folder(folder)).id
    return to_review(site, "signed")


def send(site: Site, who: FlaskClient, task_id: UUID, **fields: object) -> TestResponse:
    data = {"action": "hand_in", "verdict": "approve", "csrf_token": site.token(who), **fields}
    return who.post(f"/tasks/{task_id}", data=data, content_type="multipart/form-data")


def file(name: str = "核对表.txt", content: bytes = "已核对".encode()) -> tuple[BytesIO, str]:
    return BytesIO(content), name


def fetched(who: FlaskClient, link: str) -> TestResponse:
    """The answer with its bytes read, and the file behind it closed."""
    answer = who.get(link)
    answer.get_data()
    answer.close()
    return answer


def links(answer: TestResponse) -> list[str]:
    return re.findall(r'(?:href|src)="(/tasks/[^"]+/opinions/[^"]+)"', answer.get_data(as_text=True))


def test_files_go_with_the_verdict_and_are_seen_by_who_sees_it(site: Site, office: FlaskClient) -> None:
    task_id, world = to_review(site), site.world
    assert "意见附件" in words(office.get(f"/tasks/{task_id}"))
    assert send(site, office, task_id, reason="见附件", opinion_files_new=[file(), file("说明.txt")]).status_code == 303
    liaison = site.visitor(world.units[0], "liaison")
    for reader in (office, liaison):
        page = reader.get(f"/tasks/{task_id}")
        assert "核对表.txt" in words(page)
        first, second = links(page)
        answer = fetched(reader, first)
        assert (answer.status_code, answer.data) == (200, "已核对".encode())
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert fetched(reader, second).status_code == 200
    other = site.visitor(world.units[1], "liaison")
    assert other.get(first).status_code == 404
    assert office.get(f"/tasks/{task_id}/opinions/{uuid4()}").status_code == 404
    assert "附件：核对表.txt" in words(office.get(f"/tasks/{task_id}/approval-form"))


def test_a_refused_file_loses_neither_words_nor_the_other_file(site: Site, office: FlaskClient) -> None:
    task_id = to_review(site)
    bad = file("程序.exe", b"MZ\x90\x00")
    answer = send(site, office, task_id, reason="写了很久的意见", opinion_files_new=[file(), bad])
    assert answer.status_code == 422
    assert "程序.exe" in words(answer)
    again = office.get(f"/tasks/{task_id}")
    assert "写了很久的意见" in again.get_data(as_text=True)
    assert "核对表.txt" in words(again)
    kept = re.findall(r'name="opinion_files" value="([^"]+)"', again.get_data(as_text=True))
    assert len(kept) == 1
    assert send(site, office, task_id, opinion_files=kept).status_code == 303
    assert len(links(office.get(f"/tasks/{task_id}"))) == 1


def test_six_files_and_files_of_others_are_refused(site: Site, office: FlaskClient) -> None:
    task_id = to_review(site)
    many = send(site, office, task_id, opinion_files_new=[file(f"{number}.txt") for number in range(6)])
    assert many.status_code == 422
    assert "意见附件最多 5 个" in words(many)
    for wrong in (str(uuid4()), "x"):
        assert send(site, office, task_id, opinion_files=wrong).status_code == 422


def test_a_step_sent_back_begins_without_the_files_of_last_time(site: Site, office: FlaskClient) -> None:
    task_id, world = to_review(site), site.world
    send(site, office, task_id, verdict="return", reason="数字不全", opinion_files_new=file())
    liaison = world.actor(world.units[0], "liaison")
    world.do(liaison, world.inbox(liaison)[0].id, summary="第二稿")
    (task,) = world.inbox(world.actor(world.authority, "office"))
    page = office.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert 'name="opinion_files" value' not in page
    assert "核对表.txt" in page


def test_nobody_is_asked_to_sign_where_the_diagram_does_not_say_so(site: Site, office: FlaskClient) -> None:
    task_id = to_review(site)
    assert "opinion_signature" not in office.get(f"/tasks/{task_id}").get_data(as_text=True)
    assert send(site, office, task_id, opinion_signed_name="某人").status_code == 303
    with site.world.workshop.reading() as work:
        values = work.session.scalars(select(Decision.values).where(Decision.task_id == task_id)).one()
        assert not {"opinion_signature", "opinion_signed_name"} & set(values)


def test_a_required_signature_is_asked_for_and_shown(site: Site, office: FlaskClient, signed: UUID) -> None:
    page = office.get(f"/tasks/{signed}").get_data(as_text=True)
    assert "data-signature" in page
    refused = send(site, office, signed, reason="写了很久的意见")
    assert refused.status_code == 422
    assert "请签名，或填写姓名" in words(refused)
    assert "写了很久的意见" in refused.get_data(as_text=True)
    wrong = send(site, office, signed, opinion_signature_new=file())
    assert wrong.status_code == 422
    assert "签名须是 PNG 或 JPG 图片" in words(wrong)
    assert send(site, office, signed, opinion_signature_new=(BytesIO(picture()), "s.png")).status_code == 303
    shown = office.get(f"/tasks/{signed}")
    (link,) = links(shown)
    assert f'<img src="{link}" alt="手写签名"' in shown.get_data(as_text=True)
    assert fetched(office, link).data == picture()
    printed = office.get(f"/tasks/{signed}/approval-form?opinions=without").get_data(as_text=True)
    assert f'<img src="{link}"' in printed


def test_a_signature_of_somebody_else_is_none(site: Site, office: FlaskClient, signed: UUID) -> None:
    world = site.world
    liaison = world.actor(world.units[0], "liaison")
    with world.workshop.writing() as work:
        drawn = evidence.add(liaison, work, world.units[0].id, None, BytesIO(picture()), "s.png").id
    answer = send(site, office, signed, opinion_signature=str(drawn))
    assert answer.status_code == 422
    assert "签名须由办理人本人提供" in words(answer)
    assert str(drawn) not in answer.get_data(as_text=True)


def test_the_written_name_stands_for_a_signature(site: Site, office: FlaskClient, signed: UUID) -> None:
    assert send(site, office, signed, opinion_signed_name="长" * 51).status_code == 422
    assert send(site, office, signed, opinion_signed_name="魏华").status_code == 303
    assert "签名：魏华" in words(office.get(f"/tasks/{signed}"))
    assert "签名：魏华" in words(office.get(f"/tasks/{signed}/approval-form"))


def test_a_program_signs_no_less_than_a_page(site: Site, signed: UUID) -> None:
    office = site.world.actor(site.world.authority, "office")
    for given in ({}, {"opinion_signature": "x"}, {"opinion_signature": [7]}, {"opinion_signed_name": 7}):
        with pytest.raises(NotComplete) as error:
            site.world.do(office, signed, verdict="approve", **given)
        assert set(error.value.fields) == {"opinion_signature"}
    with site.world.workshop.reading() as work:
        assert work.session.get_one(Task, signed).state == TaskState.OPEN
