"""Answers of every kind: refusals in words, headers, languages, and addresses that never lead away."""

import io
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.errors import (
    Conflict,
    GreengateError,
    Invalid,
    LoginRequired,
    NotAllowed,
    NotFound,
    Stale,
    TooLarge,
    Unavailable,
)
from server.i18n import Message
from server.web import local_path, status_of
from tests.web.site import Site, make_site, words
from tests.world import World


@pytest.fixture(scope="module")
def site(still_world: World) -> Site:
    """One site for all of this module: nothing here changes anything."""
    return make_site(still_world)


@pytest.fixture
def liaison(site: Site) -> FlaskClient:
    return site.visitor(site.world.units[0], "liaison")


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound, 404),
        (NotAllowed, 403),
        (LoginRequired, 401),
        (Stale, 409),
        (Conflict, 409),
        (TooLarge, 413),
        (Invalid, 422),
        (Unavailable, 503),
    ],
)
def test_every_error_has_its_status(error: type[GreengateError], status: int) -> None:
    assert status_of(error(Message("error-invalid"))) == status


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/tasks/nothing", "/tasks/019b0000-0000-7000-8000-000000000000", "/campaigns/1", "/.git/x"],
)
def test_an_unknown_page_is_404_in_words(liaison: FlaskClient, path: str) -> None:
    answer = liaison.get(path)
    assert answer.status_code == 404
    assert "没有找到这项内容" in words(answer)


def test_a_wrong_method_is_405_and_says_which_are_right(liaison: FlaskClient) -> None:
    answer = liaison.get("/logout")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert "</html>" in answer.get_data(as_text=True)


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/logout", 405), ("/incidents", 403)])
def test_background_requests_get_problem_documents(liaison: FlaskClient, path: str, status: int) -> None:
    answer = liaison.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["status"] == status


def send_too_much(client: FlaskClient) -> TestResponse:
    """A request that says it is larger than any may be; it is refused before it is read."""
    return client.post(
        "/tasks/019b0000-0000-7000-8000-000000000000",
        input_stream=io.BytesIO(b"--x"),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(20 * 2**20 + 1)},
    )


def test_what_is_too_large_is_refused_in_words_that_name_the_limit(site: Site, liaison: FlaskClient) -> None:
    answer = send_too_much(liaison)
    assert answer.status_code == 413
    assert "超过 20 MB" in words(answer)


def test_a_form_without_files_may_be_no_monster(site: Site, liaison: FlaskClient) -> None:
    answer = liaison.post("/language", data={"language": "x" * (5 * 2**20)})
    assert answer.status_code == 413
    assert "超过 4 MB" in words(answer)


def test_too_many_fields_are_refused(site: Site, liaison: FlaskClient) -> None:
    fields = {f"f{n}": "x" for n in range(2100)}
    assert liaison.post("/language", data=fields, content_type="multipart/form-data").status_code == 413


@pytest.mark.parametrize("page", ["0", "-1", "²", "１", "x", "999999", "99999999999999999999", ""])
def test_a_nonsensical_page_number_breaks_nothing(liaison: FlaskClient, page: str) -> None:
    for path in ("/inbox", "/campaigns"):
        assert liaison.get(path, query_string={"page": page}).status_code == 200


# --- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/inbox", "/login", "/nothing", "/", "/incidents"])
def test_every_page_bears_the_safety_headers(liaison: FlaskClient, path: str) -> None:
    headers = liaison.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/inbox", "/login", "/nothing", "/incidents", "/me"])
def test_no_cache_keeps_a_page(liaison: FlaskClient, path: str) -> None:
    assert liaison.get(path).headers["Cache-Control"] == "no-store"


def test_pages_hold_no_script_or_style_of_their_own(liaison: FlaskClient) -> None:
    for path in ("/inbox", "/login", "/campaigns", "/me"):
        page = liaison.get(path).get_data(as_text=True)
        assert " style=" not in page, path
        assert " onclick=" not in page, path
        assert "<script>" not in page, path
        assert "http://" not in page.replace("http://www.w3.org", ""), path


def test_the_health_page_needs_no_login(site: Site) -> None:
    assert site.app.test_client().get("/healthz").get_data(as_text=True) == "ok"


# --- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "zh-CN"),
        ("zh-CN,zh;q=0.9", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.5", "en"),
        ("fr", "zh-CN"),
        ("en;q=0.3,zh;q=0.8", "zh-CN"),
        ("*", "zh-CN"),
        ("nonsense;;;q=x", "zh-CN"),
    ],
)
def test_the_language_is_the_browsers(site: Site, accepted: str | None, language: str) -> None:
    headers = {} if accepted is None else {"Accept-Language": accepted}
    page = site.app.test_client().get("/login", headers=headers).get_data(as_text=True)
    assert f'lang="{language}"' in page


def test_a_chosen_language_stands_over_the_browsers(site: Site) -> None:
    client = site.app.test_client()
    assert site.post(client, "/language", language="en", next="/login").headers["Location"] == "/login"
    page = client.get("/login", headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
    assert 'lang="en"' in page


def test_an_unknown_language_changes_nothing(site: Site) -> None:
    client = site.app.test_client()
    assert site.post(client, "/language", language="tlh").status_code == 303
    client.set_cookie("greengate_language", "../../etc/passwd")
    assert 'lang="zh-CN"' in client.get("/login").get_data(as_text=True)


def test_refusals_are_said_in_the_readers_language(site: Site) -> None:
    english = site.visitor(site.world.units[0], "liaison", "en")
    assert "You do not have permission" in words(english.get("/incidents"))
    assert "This was not found" in words(english.get("/nothing"))
    assert "larger than 20 MB" in words(send_too_much(english))


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/inbox", "/tasks/1?show=all&q=%E6%B5%8B", "/a/b#c"])
def test_paths_of_ours_are_taken(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "inbox",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:evil.example",
        "//[",
        "/\x00",
        "/\x7f",
    ],
)
def test_paths_that_could_lead_away_are_not(path: str) -> None:
    assert local_path(path) is None


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "//[", "/%0d%0aX: y"])
def test_no_form_of_ours_leads_away(site: Site, wanted: str) -> None:
    answer = site.post(site.app.test_client(), "/language", language="en", next=wanted)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/")
    assert not answer.headers["Location"].startswith(("//", "/\\"))
    assert "X" not in answer.headers


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "//["])
def test_the_login_page_survives_a_hostile_address(site: Site, wanted: str) -> None:
    page = site.app.test_client().get("/login", query_string={"next": wanted})
    assert page.status_code == 200
    fields = re.findall(r'name="next" value="([^"]*)"', page.get_data(as_text=True))
    assert all(field.startswith("/") and not field.startswith("//") for field in fields), fields


def test_another_host_is_refused_where_hosts_are_named(site: Site) -> None:
    app = site.app
    app.config["TRUSTED_HOSTS"] = ["greengate.example"]
    try:
        assert app.test_client().get("/login", headers={"Host": "evil.example"}).status_code == 400
        assert app.test_client().get("/login", headers={"Host": "greengate.example"}).status_code == 200
    finally:
        app.config["TRUSTED_HOSTS"] = None
