"""Pages of identity, accounts, organisation and audit, as a browser without scripts sees them."""

import html
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from server.actor import SYSTEM
from server.bootstrap import assemble
from server.config import Settings
from server.db.jobs import InlineJobQueue
from server.db.work import Workshop
from server.identity import operations
from server.identity.models import Account, LoginSession
from server.identity.rules import hash_secret
from server.organisation import operations as organisation
from server.organisation.models import Unit
from server.organisation.rules import PostKind
from server.ports import VirtualClock, seeded_ids
from tests.identity.conftest import ON, PASSWORD, City, build
from tests.web.apps import app_on


@pytest.fixture
def site(with_tables: Engine, clock: VirtualClock, tmp_path: Path) -> Flask:
    settings = Settings(tmp_path, "", b"0123456789abcdefghijklmnopqrstuvwxyz")
    application = assemble(settings, with_tables, clock, seeded_ids(clock, 3), InlineJobQueue())
    return app_on(application)


@pytest.fixture
def workshop(site: Flask) -> Workshop:
    found: Workshop = site.extensions["greengate"].workshop
    return found


@pytest.fixture
def city(workshop: Workshop) -> City:
    with workshop.writing() as work:
        return build(work)


def words(answer: TestResponse) -> str:
    """All that stands on a page."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def post(client: FlaskClient, path: str, page: str | None = None, **fields: object) -> TestResponse:
    """Post a form as a page offers it, with its token."""
    text = client.get(page or path).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert token, text[:300]
    return client.post(path, data={"csrf_token": token[1], **fields})


def log_in(client: FlaskClient, login: str = "zhao", password: str = PASSWORD, **fields: str) -> TestResponse:
    return post(client, "/login", login=login, password=password, **fields)


@pytest.fixture
def client(site: Flask, city: City) -> FlaskClient:
    client = site.test_client()
    assert log_in(client).status_code == 303
    return client


def administrator(site: Flask, workshop: Workshop, kind: PostKind) -> FlaskClient:
    with workshop.writing() as work:
        token = operations.appoint_administrator(SYSTEM, work, kind, "陈静", "admin")
    client = site.test_client()
    answer = post(client, "/login/first", login="admin", token=token, password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 303
    return client


def test_login_sets_a_cookie_that_scripts_cannot_read(site: Flask, city: City) -> None:
    client = site.test_client()
    answer = log_in(client, next="/me")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("greengate=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "赵强" in words(client.get("/me"))


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/login"]
)
def test_login_leads_nowhere_else(site: Flask, city: City, target: str) -> None:
    assert log_in(site.test_client(), next=target).headers["Location"] == "/"


def test_all_failed_logins_are_answered_alike(site: Flask, city: City, workshop: Workshop) -> None:
    with workshop.writing() as work:
        operations.disable_account(SYSTEM, work, city.accounts["sun"])
    answers = []
    for login, password in (("zhao", "wrong"), ("nobody", "wrong"), ("sun", PASSWORD)):
        answer = log_in(site.test_client(), login, password)
        assert answer.status_code == 422
        page = answer.get_data(as_text=True).replace(f'value="{login}"', "")
        answers.append(re.sub(r'name="csrf_token" value="[^"]+"', "", page))
    assert len(set(answers)) == 1
    with workshop.reading() as work:
        assert work.session.scalars(select(Account.failures).where(Account.login == "zhao")).one() == 1


def test_five_failures_lock_over_http(site: Flask, city: City) -> None:
    client = site.test_client()
    for _ in range(5):
        log_in(client, password="wrong")
    assert log_in(client).status_code == 422


def test_logout_ends_the_session_for_copies_too(client: FlaskClient, site: Flask) -> None:
    copied = client.get_cookie("greengate")
    assert copied is not None
    assert post(client, "/logout", "/me").status_code == 303
    thief = site.test_client()
    thief.set_cookie("greengate", copied.value)
    assert thief.get("/me").headers["Location"].startswith("/login")


def test_a_page_asks_for_login_and_leads_back(site: Flask, city: City) -> None:
    client = site.test_client()
    answer = client.get("/me/tokens")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/me/tokens")


def test_nothing_is_posted_without_the_page_token(client: FlaskClient) -> None:
    assert client.post("/me/tokens", data={"name": "x"}).status_code == 422
    assert client.post("/logout").status_code == 422


def test_the_first_password_is_set_with_a_token_typed_twice_alike(site: Flask, workshop: Workshop) -> None:
    with workshop.writing() as work:
        token = operations.create_first_administrator(work, "admin", "陈静")
    client = site.test_client()
    fields = {"login": "admin", "token": token}
    differing = post(client, "/login/first", **fields, password=PASSWORD, again="other")
    assert differing.status_code == 422
    assert "两次输入的密码不一致" in words(differing)
    wrong = post(client, "/login/first", login="admin", token="x", password=PASSWORD, again=PASSWORD)
    assert wrong.status_code == 422
    assert post(client, "/login/first", **fields, password=PASSWORD, again=PASSWORD).status_code == 303
    assert "安全管理员" in words(client.get("/me"))


def test_a_password_known_to_others_is_changed_first(site: Flask, workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        person = organisation.add_person(SYSTEM, work, name="新人")
        operations.create_account(SYSTEM, work, person.id, "new", password=PASSWORD)
    client = site.test_client()
    log_in(client, "new")
    assert client.get("/inbox").headers["Location"] == "/me/password"
    wrong = post(client, "/me/password", current="wrong", password="Danhe-River-2026", again="Danhe-River-2026")
    assert wrong.status_code == 422
    assert "原密码不正确" in words(wrong)
    good = post(client, "/me/password", current=PASSWORD, password="Danhe-River-2026", again="Danhe-River-2026")
    assert good.status_code == 303
    assert client.get("/me").status_code == 200


def test_sessions_are_seen_and_ended(client: FlaskClient, site: Flask, workshop: Workshop) -> None:
    other = site.test_client()
    log_in(other)
    page = client.get("/me")
    assert "本机" in words(page)
    sessions = set(re.findall(r'name="session" value="([0-9a-f]{64})"', page.get_data(as_text=True)))
    assert len(sessions) == 2
    with workshop.reading() as work:
        assert set(work.session.scalars(select(LoginSession.id))) == sessions
    cookie = client.get_cookie("greengate")
    assert cookie is not None
    mine = hash_secret(cookie.value)
    for session in (*(sessions - {mine}), mine):
        post(client, "/me/sessions/end", "/login", session=session)
    assert other.get("/me").status_code == 303
    assert client.get("/me").status_code == 303


def test_posts_are_switched(client: FlaskClient, workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        organisation.add_holding(SYSTEM, work, city.posts["S.head"], city.people["赵强"], from_on=ON)
    answer = post(client, "/post", "/me", post=str(city.posts["S.head"]), next="/me")
    assert answer.headers["Location"] == "/me"
    with workshop.reading() as work:
        assert work.session.scalars(select(LoginSession.post_id)).one() == city.posts["S.head"]
    assert post(client, "/post", "/me", post=str(city.posts["A.leader"])).status_code == 403
    assert post(client, "/post", "/me", post="nonsense").status_code == 404


def test_the_language_is_switched_and_remembered(site: Flask, city: City) -> None:
    client = site.test_client()
    assert "登录" in words(client.get("/login"))
    assert post(client, "/language", "/login", language="en", next="/login").headers["Location"] == "/login"
    assert "Sign in" in words(client.get("/login"))
    log_in(client)
    post(client, "/language", "/me", language="en")
    fresh = site.test_client()
    log_in(fresh)
    assert "My account" in words(fresh.get("/me"))
    assert post(fresh, "/language", "/me", language="xx").status_code == 303
    assert "My account" in words(fresh.get("/me"))


def test_tokens_are_shown_once_and_revoked(client: FlaskClient) -> None:
    assert post(client, "/me/tokens", name="").status_code == 422
    past = post(client, "/me/tokens", name="报表", scopes="unit.work", expires_on="2020-01-01")
    assert past.status_code == 422
    assert "报表" in past.get_data(as_text=True)
    made = post(client, "/me/tokens", name="报表", scopes="unit.work", expires_on="2026-12-31")
    assert made.status_code == 200
    secret = re.search(r"<code>([\w-]{43})</code>", made.get_data(as_text=True))
    assert secret
    page = client.get("/me/tokens").get_data(as_text=True)
    assert secret[1] not in page
    revoke = re.search(r'action="(/me/tokens/[0-9a-f-]+/revoke)"', page)
    assert revoke
    assert post(client, revoke[1], "/me/tokens").status_code == 303
    assert "已吊销" in words(client.get("/me/tokens"))


def test_what_was_typed_outlives_the_session(client: FlaskClient, clock: VirtualClock) -> None:
    """The form comes back after login, can be sent again as it was, and is not for anybody else."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/me/tokens").get_data(as_text=True))
    assert token
    clock.advance(timedelta(hours=1))
    typed = {"csrf_token": token[1], "name": "市平台\n取数", "scopes": ["unit.work", "campaign.view"], "password": "x"}
    lost = client.post("/organisation/units/019b0000-0000-7000-8000-000000000000/rename", data=typed)
    assert lost.headers["Location"].startswith("/login")
    kept = client.get_cookie("greengate_kept")
    assert kept is not None
    assert "已保留" in words(client.get("/login"))
    assert log_in(client, "sun").headers["Location"] == "/"
    assert log_in(client).headers["Location"] == "/kept"
    page = client.get("/kept").get_data(as_text=True)
    assert "市平台" in page
    fields = re.findall(r'<textarea hidden name="([^"]+)">\n(.*?)</textarea>', page, re.DOTALL)
    assert fields == [("name", "市平台\n取数"), ("scopes", "unit.work"), ("scopes", "campaign.view")]
    again = post(client, "/kept/again", "/kept", name="市平台\n取数")
    assert (again.status_code, again.headers["Location"]) == (
        307,
        "/organisation/units/019b0000-0000-7000-8000-000000000000/rename",
    )
    assert client.get("/kept").status_code == 303


def test_who_does_not_manage_sees_no_such_page(client: FlaskClient) -> None:
    for path in (
        "/accounts",
        "/accounts/administrators",
        "/organisation/",
        "/organisation/import",
        "/audit/",
        "/audit/seals",
    ):
        assert client.get(path).status_code == 403, path


def test_accounts_are_managed(site: Flask, workshop: Workshop, city: City) -> None:
    client = administrator(site, workshop, PostKind.SECURITY_ADMINISTRATOR)
    assert "赵强" in words(client.get("/accounts?q=zhao"))
    assert "王芳" not in words(client.get("/accounts?q=zhao"))
    person = city.people["赵强"]
    page = f"/accounts/{person}"
    assert post(client, f"{page}/disable", page).status_code == 303
    assert "已停用" in words(client.get(page))
    assert log_in(site.test_client()).status_code == 422
    assert post(client, f"{page}/enable", page).status_code == 303
    reset = post(client, f"{page}/reset", page)
    assert reset.status_code == 200
    token = re.search(r"<code>([\w-]{43})</code>", reset.get_data(as_text=True))
    assert token
    owner = site.test_client()
    fields = {"login": "zhao", "token": token[1], "password": "Danhe-River-2026", "again": "Danhe-River-2026"}
    assert post(owner, "/login/first", **fields).status_code == 303
    with workshop.writing() as work:
        newcomer = organisation.add_person(SYSTEM, work, name="新人", code="G100")
    page = f"/accounts/{newcomer.id}"
    assert 'value="g100"' in client.get(page).get_data(as_text=True)
    assert post(client, page, login="zhao").status_code == 422
    assert post(client, page, login="g100").status_code == 200
    assert "待设置密码" in words(client.get(page))


def test_administrators_are_appointed(site: Flask, workshop: Workshop, city: City) -> None:
    client = administrator(site, workshop, PostKind.SECURITY_ADMINISTRATOR)
    page = "/accounts/administrators"
    assert post(client, page, kind="leader", name="x", login="yy").status_code == 422
    assert post(client, page, kind="audit_administrator", name="", login="yy").status_code == 422
    assert post(client, page, kind="audit_administrator", name="林涛", login="zhao").status_code == 422
    made = post(client, page, kind="audit_administrator", name="林涛", login="lin")
    assert made.status_code == 200
    assert "林涛" in words(made)
    for path in ("/audit/", "/organisation/"):
        assert client.get(path).status_code == 403


def test_the_audit_is_read_and_its_seals_exported(site: Flask, workshop: Workshop, city: City) -> None:
    client = administrator(site, workshop, PostKind.AUDIT_ADMINISTRATOR)
    page = words(client.get("/audit/"))
    assert "创建账号" in page
    assert "登录成功" in words(client.get("/audit/?verb=login:succeeded"))
    assert client.get("/audit/?kind=nonsense&page=99").status_code == 200
    seals = client.get("/audit/seals")
    assert seals.json == {"seals": []}
    assert "attachment" in seals.headers["Content-Disposition"]


def office(site: Flask) -> FlaskClient:
    client = site.test_client()
    log_in(client, "wang")
    return client


def test_units_are_found_and_changed(site: Flask, workshop: Workshop, city: City) -> None:
    client = office(site)
    assert "能源局" in words(client.get("/organisation/"))
    assert "能源局" not in words(client.get("/organisation/?q=教育"))
    page = f"/organisation/units/{city.units['E']}"
    assert "赵强" in words(client.get(page))
    assert post(client, f"{page}/rename", page, name="").status_code == 422
    assert post(client, f"{page}/rename", page, name="能源与数据局").status_code == 303
    shown = words(client.get(page))
    assert "能源与数据局" in shown
    assert "历次名称" in shown
    assert post(client, f"{page}/posts", page, kind="deputy", title="副局长").status_code == 303
    assert "空缺" in words(client.get(page))
    options = re.findall(r'<option value="([0-9a-f-]{36})">副局长', client.get(page).get_data(as_text=True))
    holder = {"post": options[0], "person": "吴刚", "from_on": "2026-03-02"}
    assert post(client, f"{page}/holders", page, **(holder | {"from_on": "2026-02-30"})).status_code == 422
    assert post(client, f"{page}/holders", page, **(holder | {"person": ""})).status_code == 422
    assert post(client, f"{page}/holders", page, **holder).status_code == 303
    text = client.get(page).get_data(as_text=True)
    assert "吴刚" in text
    end = re.findall(r'action="(/organisation/holdings/[0-9a-f-]+/end)"', text)
    assert post(client, end[-1], page, on="2026-03-31", unit=str(city.units["E"])).status_code == 303
    assert client.get(f"{page}/close").status_code == 200
    assert post(client, f"{page}/close", f"{page}/close", on="x").status_code == 422
    assert post(client, f"{page}/close", f"{page}/close", on="2026-03-02").status_code == 303
    assert "已于 2026-03-02 撤销" in words(client.get(page))
    assert client.get("/organisation/units/019b0000-0000-7000-8000-000000000000").status_code == 404


def hand_in(client: FlaskClient, *contents: bytes) -> TestResponse:
    files = [(io.BytesIO(content), f"{number}.csv") for number, content in enumerate(contents)]
    return post(client, "/organisation/import", files=files)


def test_an_import_is_looked_at_and_confirmed(site: Flask, workshop: Workshop, city: City) -> None:
    client = office(site)
    bad = hand_in(client, "单位编码,上级编码,单位名称\nN1,X,新局\n".encode("gb18030"))
    assert bad.status_code == 303
    shown = words(client.get(bad.headers["Location"]))
    assert "第 2 行" in shown
    assert "上级编码" in shown
    assert "确认导入" not in shown
    assert post(client, bad.headers["Location"]).status_code == 422
    good = hand_in(client, "单位编码,上级编码,单位名称\nN1,C,新局\n".encode())
    assert "确认导入" in words(client.get(good.headers["Location"]))
    assert office(site).get(good.headers["Location"]).status_code == 200
    other = site.test_client()
    log_in(other)
    assert other.get(good.headers["Location"]).status_code == 403
    assert post(client, good.headers["Location"]).status_code == 303
    with workshop.reading() as work:
        assert work.session.scalars(select(Unit.name).where(Unit.code == "N1")).one() == "新局"
    assert client.get(good.headers["Location"]).status_code == 404


def test_an_import_without_files_is_refused_in_words(site: Flask, city: City) -> None:
    client = office(site)
    nothing = post(client, "/organisation/import")
    assert nothing.status_code == 422
    assert "请选择 1 至 3 个文件" in words(nothing)
    workbook = hand_in(client, b"PK\x03\x04")
    assert "另存为" in words(client.get(workbook.headers["Location"]))


def test_sample_tables_open_as_they_should(site: Flask, city: City) -> None:
    client = office(site)
    for table in ("units", "people", "posts"):
        sample = client.get(f"/organisation/import/{table}.csv").get_data()
        assert sample.startswith(b"\xef\xbb\xbf")
        answer = hand_in(client, sample)
        assert "文件中没有内容" in words(client.get(answer.headers["Location"]))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_renders_in_each_language(site: Flask, workshop: Workshop, city: City, language: str) -> None:
    clients = {
        "security": administrator(site, workshop, PostKind.SECURITY_ADMINISTRATOR),
        "office": office(site),
    }
    unit, person = city.units["E"], city.people["赵强"]
    pages = {
        "security": [
            "/accounts",
            "/accounts/administrators",
            f"/accounts/{person}",
            "/me",
            "/me/password",
            "/me/tokens",
        ],
        "office": ["/organisation/", "/organisation/import", f"/organisation/units/{unit}", "/me"],
    }
    for name, client in clients.items():
        client.set_cookie("greengate_language", language)
        for page in pages[name]:
            answer = client.get(page)
            assert answer.status_code == 200, page
            assert f'lang="{language}"' in answer.get_data(as_text=True)


def test_a_form_posted_after_a_pause_is_taken(client: FlaskClient, clock: VirtualClock) -> None:
    """Noting that a session is in use must not wait for the request's own transaction."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/me/tokens").get_data(as_text=True))
    assert token
    clock.advance(timedelta(minutes=5))
    fields = {"csrf_token": token[1], "name": "报表", "scopes": "unit.work"}
    assert client.post("/me/tokens", data=fields).status_code == 200
