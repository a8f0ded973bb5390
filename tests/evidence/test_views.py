"""Pages of evidence over HTTP: uploads, downloads, and what others get to see."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import LoginManager
from werkzeug.test import TestResponse

from server import web, words
from server.actor import Actor
from server.config import Settings
from server.db.work import Workshop
from server.evidence import queries
from server.evidence.store import BlobStore
from server.evidence.views import blueprint
from tests.evidence.conftest import LIMIT, PDF, City

TEMPLATES = Path(__file__).parents[2] / "templates"


@dataclass
class Visitor:
    """Whoever is logged in."""

    actor: Actor | None = None

    @property
    def is_authenticated(self) -> bool:
        return self.actor is not None


@pytest.fixture
def visitor(city: City) -> Visitor:
    return Visitor(city.member)


@pytest.fixture
def client(shop: Workshop, visitor: Visitor) -> Iterator[FlaskClient]:
    app = Flask("tests", template_folder=str(TEMPLATES))
    app.config.update(SECRET_KEY="x" * 32, MAX_CONTENT_LENGTH=LIMIT + 100_000, TESTING=False)
    web.install(app, shop, shop.parts.get(Settings), lambda: False)
    LoginManager(app).request_loader(lambda _request: visitor)
    app.register_blueprint(blueprint)
    app.add_url_rule("/login", "identity.login", lambda: "login")
    shown = {
        "t": lambda key, **values: web.say(key, **values),
        "asset": lambda name: f"/static/{name}",
        "csrf_field": lambda: "",
        "lang": "zh-CN",
        "day": words.day,
        "day_and_time": words.day_and_time,
    }
    app.jinja_env.globals.update(shown)
    app.context_processor(lambda: {"flashes": web.take_flashes()})
    with app.test_client() as client:
        yield client


def upload(client: FlaskClient, unit_id: UUID, *files: tuple[bytes, str], **form: str) -> TestResponse:
    data = {"file_new": [(io.BytesIO(content), name) for content, name in files], **form}
    return client.post(f"/evidence/units/{unit_id}", data=data)


def main_of(page: TestResponse) -> str:
    return page.text.split("<main", 1)[1].split("</main>", 1)[0]


def stored(shop: Workshop, unit_id: UUID) -> list[queries.EvidenceRow]:
    with shop.reading() as work:
        return list(queries.library(work, unit_id).rows)


def test_a_library_begins_empty_and_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/evidence")
    assert page.status_code == 200
    assert "还没有佐证材料" in page.text
    assert 'enctype="multipart/form-data"' in page.text
    assert 'accept=".pdf,' in page.text


def test_files_are_uploaded_without_scripts(client: FlaskClient, shop: Workshop, city: City) -> None:
    sent = upload(
        client, city.energy, (PDF, "通知.pdf"), (PDF + b"2", "方案.pdf"), note="第3页", proves_on="2026-01-05"
    )
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"])
    for said in ("已上传 2 份材料", "通知.pdf", "方案.pdf", "第3页", "2026年1月5日", "孙丽"):
        assert said in page.text
    assert len(stored(shop, city.energy)) == 2


def test_the_same_form_sent_twice_uploads_once(client: FlaskClient, shop: Workshop, city: City) -> None:
    key = re.search(r'name="key" value="([^"]+)"', client.get("/evidence").text)
    assert key is not None
    for _ in range(2):
        assert upload(client, city.energy, (PDF, "通知.pdf"), (PDF + b"2", "方案.pdf"), key=key[1]).status_code == 303
    assert len(stored(shop, city.energy)) == 2


def test_good_files_are_kept_when_others_are_refused(client: FlaskClient, shop: Workshop, city: City) -> None:
    sent = upload(
        client, city.energy, (PDF, "好.pdf"), (b"MZ\x90\0" + b"\0" * 90, "程序.exe"), (b"", "空.pdf"), note="留着"
    )
    assert sent.status_code == 422
    assert "有 2 处需要修改" in sent.text
    assert "已上传 1 份材料" in sent.text
    assert "“程序.exe”：" in sent.text
    assert "文件是空的" in sent.text
    assert 'value="留着"' in sent.text
    assert [row.name for row in stored(shop, city.energy)] == ["好.pdf"]


@pytest.mark.parametrize(
    ("form", "said"),
    [({}, "请选择要上传的文件"), ({"proves_on": "2026-02-30"}, "日期无效"), ({"note": "长" * 501}, "500")],
)
def test_a_wrong_form_comes_back_with_what_was_typed(
    client: FlaskClient, shop: Workshop, city: City, form: dict[str, str], said: str
) -> None:
    files = [(PDF, "通知.pdf")] if form else []
    sent = upload(client, city.energy, *files, **form)
    assert sent.status_code == 422
    assert said in sent.text
    assert stored(shop, city.energy) == []


def test_a_file_too_large_is_refused_in_words(client: FlaskClient, shop: Workshop, city: City) -> None:
    for size in (LIMIT + 10, LIMIT + 200_000):
        sent = upload(client, city.energy, (PDF + b"\0" * size, "大.pdf"))
        assert sent.status_code in (413, 422)
        assert "Traceback" not in sent.text
    assert stored(shop, city.energy) == []


def test_one_file_in_the_background(client: FlaskClient, city: City) -> None:
    address = f"/evidence/units/{city.energy}/files"
    sent = client.post(address, data={"file": (io.BytesIO(PDF), "通知.pdf"), "size": str(len(PDF))})
    assert sent.status_code == 201
    assert sent.json is not None
    assert (sent.json["name"], sent.json["size"]) == ("通知.pdf", f"{len(PDF)} B")
    cut = {"file": (io.BytesIO(PDF), "通知.pdf"), "size": str(len(PDF) + 1)}
    refused = client.post(address, data=cut, headers={"Accept": "application/json"})
    assert refused.status_code == 422
    assert refused.json is not None
    assert "不完整" in refused.json["title"]
    assert client.post(address, headers={"Accept": "application/json"}).status_code == 422


def test_paper_is_recorded(client: FlaskClient, shop: Workshop, city: City) -> None:
    address = f"/evidence/units/{city.energy}/paper"
    refused = client.post(address, data={"kind": "paper", "name": "会议纪要", "paper_note": ""})
    assert refused.status_code == 422
    assert 'value="会议纪要"' in refused.text
    assert '<details class="fold" open>' in refused.text
    sent = client.post(address, data={"kind": "withheld", "name": "会议纪要", "paper_note": "涉密，存机要室"})
    assert sent.status_code == 303
    assert [(row.kind, row.note) for row in stored(shop, city.energy)] == [("withheld", "涉密，存机要室")]


def test_a_download_is_saved_and_never_shown(client: FlaskClient, shop: Workshop, city: City) -> None:
    upload(client, city.energy, (PDF, "整改 报告.pdf"))
    row = stored(shop, city.energy)[0]
    got = client.get(f"/evidence/{row.id}")
    assert got.data == PDF
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Length"] == str(len(PDF))
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert f"filename*=UTF-8''{quote('整改 报告.pdf')}" in got.headers["Content-Disposition"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert got.headers["Cache-Control"] == "no-store"
    got.close()


@pytest.mark.parametrize("damage", ["alter", "remove"])
def test_a_damaged_content_is_not_given_out(
    client: FlaskClient, shop: Workshop, city: City, store: BlobStore, damage: str
) -> None:
    upload(client, city.energy, (PDF, "报告.pdf"))
    row = stored(shop, city.energy)[0]
    path = store.path_of(row.sha256 or "")
    path.unlink()
    if damage == "alter":
        path.write_bytes(PDF.replace(b"1.7", b"1.8"))
    got = client.get(f"/evidence/{row.id}")
    assert got.status_code == 503
    assert "请联系管理员" in got.text
    assert PDF not in got.data


def test_another_unit_finds_nothing(client: FlaskClient, shop: Workshop, city: City, visitor: Visitor) -> None:
    upload(client, city.energy, (PDF, "报告.pdf"))
    row = stored(shop, city.energy)[0]
    visitor.actor = city.stranger
    assert client.get(f"/evidence/{row.id}").status_code == 404
    assert client.get(f"/evidence?unit={city.energy}").status_code == 404
    assert client.get(f"/evidence/{row.id}/withdraw").status_code == 404
    assert client.post(f"/evidence/{row.id}/withdraw", data={"reason": "x"}).status_code == 404
    assert upload(client, city.energy, (PDF, "报告.pdf")).status_code == 404
    assert (
        client.post(f"/evidence/units/{city.energy}/files", data={"file": (io.BytesIO(PDF), "a.pdf")}).status_code
        == 404
    )
    assert client.post(f"/evidence/units/{city.energy}/paper", data={"name": "a", "paper_note": "b"}).status_code == 404
    assert len(stored(shop, city.energy)) == 1
    assert "报告.pdf" not in client.get("/evidence").text


def test_a_reader_may_not_add(client: FlaskClient, city: City, shop: Workshop, visitor: Visitor) -> None:
    upload(client, city.energy, (PDF, "报告.pdf"))
    visitor.actor = city.actor("campaign.view", city.root)
    page = client.get(f"/evidence?unit={city.energy}")
    assert "报告.pdf" in page.text
    assert "<form" not in main_of(page)
    assert upload(client, city.energy, (PDF, "报告.pdf")).status_code == 404


def test_nobody_without_a_login(client: FlaskClient, city: City, visitor: Visitor) -> None:
    visitor.actor = None
    assert client.get("/evidence").status_code == 303
    assert upload(client, city.energy, (PDF, "报告.pdf")).status_code == 303


def test_somebody_without_a_unit_is_told_so(client: FlaskClient, city: City, visitor: Visitor) -> None:
    visitor.actor = city.actor("audit.read", city.root)
    assert "没有可以管理的单位材料" in client.get("/evidence").text


@pytest.mark.parametrize(
    "path", ["/evidence/../../etc/passwd", "/evidence/%2e%2e%2fkeys", "/evidence/0", "/evidence/a%00b"]
)
def test_only_ids_lead_anywhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_withdrawing_asks_first_and_wants_a_reason(client: FlaskClient, shop: Workshop, city: City) -> None:
    upload(client, city.energy, (PDF, "报告.pdf"))
    address = f"/evidence/{stored(shop, city.energy)[0].id}/withdraw"
    assert "撤下后不再出现" in client.get(address).text
    refused = client.post(address, data={"reason": ""})
    assert refused.status_code == 422
    assert "请写明撤下原因" in refused.text
    assert client.post(address, data={"reason": "传错了"}).status_code == 303
    assert stored(shop, city.energy) == []


def test_hostile_names_are_shown_as_text(client: FlaskClient, shop: Workshop, city: City) -> None:
    upload(client, city.energy, (PDF, "<img src=x onerror=alert(1)>.pdf"), note="<script>alert(1)</script>")
    page = main_of(client.get("/evidence"))
    assert "<script>" not in page
    assert "<img" not in page
    assert stored(shop, city.energy)[0].name == "_img src=x onerror=alert(1)_.pdf"


def test_a_note_that_is_too_long_is_named_as_the_reason(client: FlaskClient, city: City) -> None:
    answer = upload(client, city.energy, (PDF, "方案.pdf"), note="长" * 3000)
    assert answer.status_code == 422
    assert "说明不超过 500 个字。" in main_of(answer)
