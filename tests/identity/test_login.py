"""Login, lock-out, sessions, first passwords."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor
from server.audit import queries as audit
from server.audit.models import AuditRow
from server.db.jobs import InlineJobQueue, Jobs
from server.db.work import Workshop
from server.errors import Conflict, Invalid, NotAllowed
from server.identity import jobs, operations, queries
from server.identity.models import Account, LoginSession
from server.identity.passwords import Proof, prove
from server.identity.rules import device, hash_secret, password_faults
from server.ports import VirtualClock
from tests.identity.conftest import PASSWORD, City


def log_in(workshop: Workshop, login: str = "zhao", password: str = PASSWORD) -> str | None:
    with workshop.writing() as work:
        return operations.log_in(work, login, password, "Firefox")


def who(workshop: Workshop, secret: str | None) -> Actor | None:
    assert secret is not None
    with workshop.reading() as work:
        return queries.actor_of_session(work.session, secret, work.now)


def verbs(workshop: Workshop) -> list[str]:
    with workshop.reading() as work:
        return list(work.session.scalars(select(AuditRow.verb).where(AuditRow.verb.like("login:%"))))


def test_login_gives_a_session_whose_secret_is_not_stored(workshop: Workshop, city: City) -> None:
    secret = log_in(workshop, " ZHAO ")
    assert secret is not None
    actor = who(workshop, secret)
    assert actor is not None
    assert (actor.name, actor.post_title, actor.unit_name) == ("赵强", "局长", "能源局")
    with workshop.reading() as work:
        assert work.session.scalars(select(LoginSession.id)).all() == [hash_secret(secret)]
        assert audit.check_chains(work) == []
    assert verbs(workshop) == ["login:succeeded"]
    assert log_in(workshop) != secret


@pytest.mark.parametrize(("login", "password"), [("zhao", "wrong"), ("nobody", PASSWORD), ("", ""), ("zhao", "")])
def test_a_wrong_login_starts_nothing_and_is_recorded(
    workshop: Workshop, city: City, login: str, password: str
) -> None:
    assert log_in(workshop, login, password) is None
    assert verbs(workshop) == ["login:failed"]
    with workshop.reading() as work:
        assert work.session.scalars(select(LoginSession.id)).all() == []


def test_five_failures_lock_for_half_an_hour(workshop: Workshop, city: City, clock: VirtualClock) -> None:
    for _ in range(5):
        assert log_in(workshop, password="wrong") is None
        clock.advance(timedelta(minutes=2))
    assert log_in(workshop) is None
    clock.advance(timedelta(minutes=27))
    assert log_in(workshop) is None
    clock.advance(timedelta(minutes=2))
    assert log_in(workshop) is not None
    with workshop.reading() as work:
        assert work.session.scalars(select(Account.failures).where(Account.login == "zhao")).one() == 0


def test_failures_far_apart_do_not_lock(workshop: Workshop, city: City, clock: VirtualClock) -> None:
    for _ in range(8):
        assert log_in(workshop, password="wrong") is None
        clock.advance(timedelta(minutes=5))
    assert log_in(workshop) is not None


def test_a_lock_leaves_a_running_session_alone(workshop: Workshop, city: City) -> None:
    secret = log_in(workshop)
    for _ in range(6):
        log_in(workshop, password="wrong")
    assert who(workshop, secret) is not None


def test_a_session_ends_after_half_an_hour_without_use(workshop: Workshop, city: City, clock: VirtualClock) -> None:
    secret = log_in(workshop)
    assert secret is not None
    for _ in range(3):
        clock.advance(timedelta(minutes=25))
        assert who(workshop, secret) is not None
        with workshop.writing() as work:
            operations.touch(work, hash_secret(secret))
    clock.advance(timedelta(minutes=31))
    assert who(workshop, secret) is None


def test_a_session_ends_after_twelve_hours_of_use(workshop: Workshop, city: City, clock: VirtualClock) -> None:
    secret = log_in(workshop)
    assert secret is not None
    for _ in range(12 * 3 - 1):
        clock.advance(timedelta(minutes=20))
        assert who(workshop, secret) is not None
        with workshop.writing() as work:
            operations.touch(work, hash_secret(secret))
    clock.advance(timedelta(minutes=20))
    assert who(workshop, secret) is None
    with workshop.writing() as work:
        assert operations.purge(work) == 1


def test_use_is_written_at_most_once_a_minute(workshop: Workshop, city: City, clock: VirtualClock) -> None:
    secret = log_in(workshop)
    assert secret is not None
    began = clock.now()
    clock.advance(timedelta(seconds=60))
    with workshop.writing() as work:
        operations.touch(work, hash_secret(secret))
    with workshop.reading() as work:
        assert work.session.scalars(select(LoginSession.seen_at)).one() == began


def test_logout_makes_a_copied_cookie_useless(workshop: Workshop, city: City) -> None:
    secret = log_in(workshop)
    actor = who(workshop, secret)
    assert actor is not None
    assert secret is not None
    with workshop.writing() as work:
        operations.log_out(actor, work, hash_secret(secret))
        operations.log_out(actor, work, hash_secret(secret))
    assert who(workshop, secret) is None
    assert verbs(workshop).count("login:ended") == 1


def test_nobody_ends_the_session_of_another(workshop: Workshop, city: City) -> None:
    theirs, mine = log_in(workshop, "sun"), log_in(workshop)
    actor = who(workshop, mine)
    assert actor is not None
    assert theirs is not None
    with workshop.writing() as work:
        operations.log_out(actor, work, hash_secret(theirs))
    assert who(workshop, theirs) is not None


@pytest.mark.parametrize("cookie", ["", "x", "../../etc/passwd", "'; DROP TABLE account; --"])
def test_an_unknown_cookie_is_nobody(workshop: Workshop, city: City, cookie: str) -> None:
    assert who(workshop, cookie) is None


def test_a_proof_of_another_hash_is_not_taken(workshop: Workshop, city: City) -> None:
    with workshop.reading() as work:
        stored = queries.login_candidate(work.session, "zhao").password_hash
    good = prove(stored, PASSWORD)
    assert good.good
    with workshop.writing() as work:
        assert operations.log_in(work, "zhao", PASSWORD, "", proof=good) is not None
    forged = Proof("$argon2id$another", good=True)
    with workshop.writing() as work:
        assert operations.log_in(work, "zhao", "wrong", "", proof=forged) is None
        assert operations.log_in(work, "nobody", "wrong", "", proof=forged) is None


def test_nobody_proves_an_account_without_password() -> None:
    assert prove(None, "").good is False
    assert prove("no hash at all", "x").good is False


def test_the_first_administrator_sets_the_first_password_with_a_token(workshop: Workshop, clock: VirtualClock) -> None:
    with workshop.writing() as work:
        token = operations.create_first_administrator(work, "Admin", "陈静")
    assert log_in(workshop, "admin", token) is None
    with workshop.writing() as work:
        assert operations.redeem_first_token(work, "admin", "wrong", PASSWORD, "") is None
        assert operations.redeem_first_token(work, "nobody", token, PASSWORD, "") is None
    with workshop.writing() as work, pytest.raises(Invalid) as refused:
        operations.redeem_first_token(work, "admin", token, "short", "")
    assert [fault.key for fault in refused.value.fields["password"]] == [
        "identity-password-length",
        "identity-password-classes",
    ]
    with workshop.writing() as work:
        secret = operations.redeem_first_token(work, "admin", token, PASSWORD, "")
    actor = who(workshop, secret)
    assert actor is not None
    assert actor.post_title == "安全管理员"
    assert [grant.permission for grant in actor.grants] == ["account.manage"]
    with workshop.writing() as work:
        assert operations.redeem_first_token(work, "admin", token, PASSWORD + "2", "") is None
        with pytest.raises(Conflict):
            operations.create_first_administrator(work, "again", "陈静")


def test_a_token_is_good_for_seven_days(workshop: Workshop, clock: VirtualClock) -> None:
    with workshop.writing() as work:
        token = operations.create_first_administrator(work, "admin", "陈静")
    clock.advance(timedelta(days=7))
    with workshop.writing() as work:
        assert operations.redeem_first_token(work, "admin", token, PASSWORD, "") is None


def test_changing_the_password_ends_all_other_sessions(workshop: Workshop, city: City) -> None:
    one, two = log_in(workshop), log_in(workshop)
    actor = who(workshop, one)
    assert actor is not None
    with workshop.writing() as work:
        for current, new, field in (
            ("wrong", PASSWORD + "x", "current"),
            (PASSWORD, PASSWORD, "password"),
            (PASSWORD, "zhao-Is-2026-Me", "password"),
        ):
            with pytest.raises(Invalid) as refused:
                operations.change_password(actor, work, current, new, "")
            assert set(refused.value.fields) == {field}
        fresh = operations.change_password(actor, work, PASSWORD, "Danhe-River-2026", "")
    assert who(workshop, one) is None
    assert who(workshop, two) is None
    assert who(workshop, fresh) is not None
    assert log_in(workshop) is None
    assert log_in(workshop, password="Danhe-River-2026") is not None


def test_the_system_and_tokens_have_no_password_to_change(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work, pytest.raises(NotAllowed):
        operations.change_password(SYSTEM, work, "", "", "")


def test_a_form_is_kept_for_its_account_and_handed_back_once(
    workshop: Workshop, city: City, clock: VirtualClock
) -> None:
    fields = [("opinion", "同意，请按期整改。"), ("score", "80"), ("score", "90")]
    with workshop.writing() as work:
        secret = operations.keep_form(work, "/tasks/1", fields, city.accounts["zhao"])
        nobodys = operations.keep_form(work, "/tasks/2", fields, None)
        assert operations.keep_form(work, "/tasks/3", [("opinion", "长" * 100_000)], None) is None
        assert operations.keep_form(work, "/tasks/4", [], None) is None
    assert secret is not None
    assert nobodys is not None
    with workshop.writing() as work:
        assert operations.take_kept_form(work, secret, city.accounts["sun"]) is None
        kept = operations.take_kept_form(work, secret, city.accounts["zhao"])
        assert kept is not None
        assert (kept.path, kept.fields) == ("/tasks/1", tuple(fields))
    with workshop.writing() as work:
        assert operations.take_kept_form(work, secret, city.accounts["zhao"]) is None
    clock.advance(timedelta(hours=25))
    with workshop.writing() as work:
        assert operations.take_kept_form(work, nobodys, city.accounts["sun"]) is None
        assert operations.purge(work) == 1


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) MicroMessenger/9.0 Safari/604.1", "WeChat · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox · Linux"),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
def test_devices_are_named_as_people_know_them(agent: str, shown: str) -> None:
    assert device(agent) == shown


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        (PASSWORD, []),
        ("长沙-Xiang-7788", []),
        ("Short-1", ["length"]),
        ("x" * 129 + "A1", ["length", "common"]),
        ("alllowercase", ["classes"]),
        ("Zhao-is-2026", ["has-name"]),
        ("P@ssw0rd123", ["common"]),
        ("Aa1-Aa1-Aa1", ["common"]),
    ],
)
def test_what_a_new_password_must_be(password: str, faults: list[str]) -> None:
    assert [fault.key.removeprefix("identity-password-") for fault in password_faults(password, login="zhao")] == faults


def test_the_hourly_sweep_takes_what_is_over(workshop: Workshop, city: City, clock: VirtualClock) -> None:
    queue = workshop.jobs
    assert isinstance(queue, InlineJobQueue)
    log_in(workshop)
    clock.advance(timedelta(hours=13))
    live = log_in(workshop)
    with workshop.writing() as work:
        queue.enqueue(work.session, jobs.PURGE, "tick", {})
    queue.drain(workshop, Jobs(jobs.JOBS))
    assert live is not None
    with workshop.reading() as work:
        assert work.session.scalars(select(LoginSession.id)).all() == [hash_secret(live)]
