"""What every page gets right before its own code runs: forms, page numbers, ways back, methods."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from flask_login import LoginManager

from server import web
from server.config import Settings
from server.db.work import Workshop

TEMPLATES = Path(__file__).parents[1] / "templates"


@pytest.fixture
def client(workshop: Workshop, tmp_path: Path) -> Iterator[FlaskClient]:
    app = Flask("tests", template_folder=str(TEMPLATES))
    app.config.update(SECRET_KEY="x" * 32)
    settings = Settings(data=tmp_path, database_url="sqlite://", secret_key=b"0123456789abcdefghijklmnopqrstuvwxyz")
    web.install(app, workshop, settings, lambda: False)
    LoginManager(app).request_loader(lambda _request: None)
    app.add_url_rule("/login", "identity.login", lambda: "login")
    app.add_url_rule("/echo", "echo", lambda: f"{web.page_argument()} {sorted(request.form)}", methods=["GET", "POST"])
    app.add_url_rule("/back", "back", lambda: web.redirect_back("/"), methods=["POST"])
    words = {
        "t": web.say,
        "asset": lambda name: f"/static/{name}",
        "csrf_field": lambda: "",
        "lang": "zh-CN",
        "flashes": [],
        "nav": [],
        "me": None,
        "languages": [],
        "language_url": "/language",
        "here": "/",
    }
    app.jinja_env.globals.update(words)
    with app.test_client() as made:
        yield made


@pytest.mark.parametrize("form", [{"note": "a\0b"}, {"a\0b": "note"}])
def test_what_no_database_can_keep_is_refused_in_words(client: FlaskClient, form: dict[str, str]) -> None:
    for answer in (
        client.post("/echo", data=form),
        client.post("/echo", data=form, content_type="multipart/form-data"),
        client.get("/echo", query_string=form),
    ):
        assert answer.status_code == 422
        assert "无法保存的字符" in answer.text


def test_a_form_without_files_has_a_limit_of_its_own(client: FlaskClient) -> None:
    assert client.post("/echo", data={"note": "x" * (web.FORM_AT_MOST - 100)}).status_code == 200
    answer = client.post("/echo", data={"note": "x" * web.FORM_AT_MOST})
    assert answer.status_code == 413
    assert "4 MB" in answer.text


@pytest.mark.parametrize(("asked", "page"), [("3", 3), ("0", 1), ("-1", 1), ("²", 1), ("٣", 1), ("9" * 9, 1), ("x", 1)])
def test_a_page_number_that_is_none_is_the_first(client: FlaskClient, asked: str, page: int) -> None:
    assert client.get("/echo", query_string={"page": asked}).text.startswith(f"{page} ")


@pytest.mark.parametrize(
    "away",
    [
        "//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "/..//evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/a\r\nSet-Cookie: x=y",
        "/a\x7f",
        "//[",
        "inbox",
        "",
    ],
)
def test_no_way_back_leads_away(client: FlaskClient, away: str) -> None:
    answer = client.post("/back", data={"next": away})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("path", ["/inbox", "/inbox?show=all&q=单位", "/evidence?next=//x"])
def test_a_way_back_to_a_page_of_ours_is_taken(client: FlaskClient, path: str) -> None:
    assert client.post("/back", data={"next": path}).status_code == 303
    assert web.local_path(path) == path


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    answer = client.get("/back")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
