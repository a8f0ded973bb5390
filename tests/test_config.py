"""Settings: what the environment says, what is refused, and the key that is made at the first start."""

import os
from pathlib import Path

import pytest

from server.config import Settings, SettingsError, load_key

GOOD = "0123456789abcdefghijklmnopqrstuvwxyz"


def settings(folder: Path, **values: str) -> Settings:
    return Settings.from_environment({"GREENGATE_DATA": str(folder), **values})


def test_without_anything_said_the_database_lies_in_the_data_folder(tmp_path: Path) -> None:
    found = settings(tmp_path / "data")
    assert found.database_url == f"sqlite:///{tmp_path / 'data' / 'greengate.sqlite'}"
    assert (found.port, found.secure_cookies, found.trusted_hosts) == (8000, False, ("localhost", "127.0.0.1"))
    assert (tmp_path / "data").is_dir()


def test_what_is_said_counts(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        PORT="8123",
        GREENGATE_DATABASE_URL="postgresql://x/y",
        GREENGATE_SECURE_COOKIES="1",
        GREENGATE_TRUSTED_HOSTS="a.example,,b.example",
        GREENGATE_SECRET_KEY=GOOD,
    )
    assert (found.port, found.database_url, found.secure_cookies) == (8123, "postgresql://x/y", True)
    assert (found.trusted_hosts, found.secret_key) == (("a.example", "b.example"), GOOD.encode())


def test_an_unknown_setting_is_named_and_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="GREENGATE_DATABSE_URL"):
        settings(tmp_path, GREENGATE_DATABSE_URL="postgresql://x/y")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "", "80.0", "²"])
def test_an_impossible_port_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(SettingsError, match="PORT"):
        settings(tmp_path, PORT=port)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "session"
    key = load_key(path)
    assert len(key) >= 32
    assert load_key(path) == key
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_two_installations_have_two_keys(tmp_path: Path) -> None:
    assert load_key(tmp_path / "a" / "session") != load_key(tmp_path / "b" / "session")


def test_a_key_that_others_can_read_is_refused_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "session"
    load_key(path)
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_key(path)


@pytest.mark.parametrize("key", ["", "dev", "changeme", "a" * 64, "short", "secret" * 8, "ab" * 20])
def test_a_short_or_known_key_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsError):
        load_key(tmp_path / "session", key)


def test_an_emptied_key_file_refuses_the_start(tmp_path: Path) -> None:
    path = tmp_path / "session"
    load_key(path)
    path.write_bytes(b"")
    with pytest.raises(SettingsError):
        load_key(path)


def test_the_real_environment_is_read_when_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GREENGATE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GREENGATE_DATA", str(tmp_path))
    monkeypatch.setenv("PORT", "8321")
    assert Settings.from_environment().port == 8321


LOCAL = ("localhost", "127.0.0.1")


@pytest.mark.parametrize(
    ("given", "hosts"), [("", LOCAL), (" , ", LOCAL), (" a.example ", ("a.example",)), ("a.example,*", ())]
)
def test_only_this_machine_is_answered_unless_others_are_named(
    tmp_path: Path, given: str, hosts: tuple[str, ...]
) -> None:
    assert settings(tmp_path, GREENGATE_TRUSTED_HOSTS=given).trusted_hosts == hosts


@pytest.mark.parametrize(
    ("given", "host", "port", "security"),
    [
        ("smtp://mail.example.cn", "mail.example.cn", 25, "none"),
        ("smtp+starttls://mail.example.cn", "mail.example.cn", 587, "starttls"),
        ("smtps://a%40b:p%3Aw@mail.example.cn:4465", "mail.example.cn", 4465, "tls"),
    ],
)
def test_a_mail_server_is_named_by_one_address(tmp_path: Path, given: str, host: str, port: int, security: str) -> None:
    found = settings(tmp_path, GREENGATE_MAIL=given, GREENGATE_MAIL_FROM="office@example.cn").mail
    assert found is not None
    assert (found.host, found.port, found.security, found.sender) == (host, port, security, "office@example.cn")
    assert (found.user, found.password) == (("a@b", "p:w") if "@" in given else ("", ""))
    assert "p:w" not in repr(found)


@pytest.mark.parametrize(
    "given", ["mail.example.cn", "http://mail.example.cn", "smtp://", "smtp://h:port", "smtp://h/x"]
)
def test_a_mail_server_that_cannot_be_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(SettingsError, match="GREENGATE_MAIL"):
        settings(tmp_path, GREENGATE_MAIL=given, GREENGATE_MAIL_FROM="office@example.cn")


@pytest.mark.parametrize("sender", ["", "office", "a@b@c", "a @b.cn", "a@b.cn\nBcc: c@d.cn"])
def test_mail_needs_an_address_that_it_comes_from(tmp_path: Path, sender: str) -> None:
    with pytest.raises(SettingsError, match="GREENGATE_MAIL_FROM"):
        settings(tmp_path, GREENGATE_MAIL="smtp://mail.example.cn", GREENGATE_MAIL_FROM=sender)


@pytest.mark.parametrize("given", ["greengate.example.cn", "ftp://greengate.example.cn", "https://h/?q=1"])
def test_an_address_that_no_browser_opens_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(SettingsError, match="GREENGATE_ADDRESS"):
        settings(tmp_path, GREENGATE_ADDRESS=given)


def test_links_begin_with_the_address_without_its_last_slash(tmp_path: Path) -> None:
    assert settings(tmp_path, GREENGATE_ADDRESS="https://h.example.cn/gg/").address == "https://h.example.cn/gg"
