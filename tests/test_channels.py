"""The file of channels: what it may say, and all that is refused in it."""

from pathlib import Path
from typing import Any

import pytest

from server.channels import Channels, ChannelsError, channels_from
from server.config import Settings, SettingsError

WECOM = {"corp_id": "ww1", "secret": "topsecret", "agent_id": 1000002}
SMS = {"url": "https://sms.example.cn/v1/send", "to": "mobile", "text": "content", "accepted": {"code": 0}}
HOSTS = ["sms.example.cn"]
ROBOT = {"kind": "dingtalk", "name": "办公室群", "token": "abc"}


def settings(folder: Path, **more: str) -> Settings:
    return Settings.from_environment(
        {"GREENGATE_DATA": str(folder), "GREENGATE_SECRET_KEY": "k3" * 10 + "abcdef" * 4} | more
    )


def keep(path: Path, words: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, encoding="utf-8")
    path.chmod(mode)
    return path


def test_without_a_file_there_is_no_other_way(tmp_path: Path) -> None:
    assert settings(tmp_path).channels == Channels()
    assert Channels().personal == ()


def test_the_usual_file_is_read_and_its_secrets_are_shown_nowhere(tmp_path: Path) -> None:
    keep(tmp_path / "keys" / "channels.toml", '[wecom]\ncorp_id = "ww1"\nsecret = "topsecret"\nagent_id = 1000002\n')
    found = settings(tmp_path)
    assert found.channels.personal == ("wecom",)
    assert "topsecret" not in repr(found)


def test_another_file_may_be_named_and_must_be_there(tmp_path: Path) -> None:
    named = keep(tmp_path / "elsewhere.toml", '[feishu]\napp_id = "cli_1"\napp_secret = "s"\n')
    assert settings(tmp_path, GREENGATE_CHANNELS=str(named)).channels.personal == ("feishu",)
    with pytest.raises(SettingsError, match="channels"):
        settings(tmp_path, GREENGATE_CHANNELS=str(tmp_path / "none.toml"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    keep(tmp_path / "keys" / "channels.toml", "", mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        settings(tmp_path)


def test_what_is_no_toml_is_refused_without_quoting_it(tmp_path: Path) -> None:
    keep(tmp_path / "keys" / "channels.toml", "secret = topsecret")
    with pytest.raises(SettingsError) as refusal:
        settings(tmp_path)
    assert "topsecret" not in str(refusal.value)


def test_ways_stand_in_a_fixed_order() -> None:
    assert channels_from({"sms": SMS, "hosts": HOSTS, "wecom": WECOM}).personal == ("wecom", "sms")


@pytest.mark.parametrize(
    "said",
    [
        {"telegram": {}},
        {"file": "/etc/passwd"},
        {"wecom": {}},
        {"wecom": "json://169.254.169.254"},
        {"wecom": {**WECOM, "url": "https://example.cn"}},
        {"wecom": {**WECOM, "secret": "a/../b?c"}},
        {"wecom": {**WECOM, "agent_id": "one"}},
        {"hosts": "sms.example.cn"},
        {"hosts": ["*.example.cn"]},
        {"hosts": ["169.254.169.254"]},
        {"hosts": ["localhost"]},
        {"hosts": ["sms.example.cn:8443"]},
        {"hosts": ["https://sms.example.cn"]},
        {"hosts": ["[::1]"]},
        {"hosts": [1]},
        {"sms": SMS},
        {"sms": {**SMS, "url": "http://sms.example.cn/"}, "hosts": HOSTS},
        {"sms": {**SMS, "url": "https://sms.example.cn:8443/"}, "hosts": HOSTS},
        {"sms": {**SMS, "url": "https://a:b@sms.example.cn/"}, "hosts": HOSTS},
        {"sms": {**SMS, "url": "https://sms.example.cn/?to=x"}, "hosts": HOSTS},
        {"sms": {**SMS, "url": "file:///etc/passwd"}, "hosts": HOSTS},
        {"sms": {**SMS, "form": "xml"}, "hosts": HOSTS},
        {"sms": {**SMS, "to": ""}, "hosts": HOSTS},
        {"sms": {**SMS, "to": "content"}, "hosts": HOSTS},
        {"sms": {**SMS, "to": "message"}, "hosts": HOSTS},
        {"sms": {**SMS, "text": "title"}, "hosts": HOSTS},
        {"sms": {**SMS, "fields": {"type": "notice"}}, "hosts": HOSTS},
        {"sms": {**SMS, "fields": {"list": ["a"]}}, "hosts": HOSTS},
        {"sms": {**SMS, "accepted": {}}, "hosts": HOSTS},
        {"robot": [{**ROBOT, "kind": "telegram"}]},
        {"robot": [{**ROBOT, "kind": "sms"}]},
        {"robot": [{**ROBOT, "name": ""}]},
        {"robot": [{**ROBOT, "token": "a/b"}]},
        {"robot": [{**ROBOT, "url": "https://example.cn"}]},
        {"robot": [{**ROBOT, "kind": "wecom", "secret": "s"}]},
        {"robot": [ROBOT, ROBOT]},
        {"robot": ROBOT},
        {"stand_in": {"oapi.dingtalk.com": "169.254.169.254:80"}},
        {"stand_in": {"oapi.dingtalk.com": "localhost:80"}},
        {"stand_in": {"oapi.dingtalk.com": "127.0.0.1:0"}},
        {"stand_in": {"evil.example": "127.0.0.1:80"}},
    ],
)  # fmt: skip
def test_what_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ChannelsError) as refusal:
        channels_from(said)
    assert "topsecret" not in str(refusal.value)
