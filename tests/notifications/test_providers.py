"""Providers are asked as they want to be, believed by their own words, and nothing leads us anywhere else."""

import json
import threading
from collections.abc import Iterator

import apprise
import pytest
from apprise.plugins import custom_json

from server.notifications import outward, providers
from server.notifications.outward import Refused, Wire, is_public
from server.notifications.providers import send_to_group, send_to_person
from tests.notifications.provider import GATEWAY, HOSTS, Provider, provider

WORDS = "【创建通】自评今日到期\nhttps://greengate.example.cn/tasks/1"
SECRETS = ("dingsecret", "wecomsecret", "feishusecret", "gatewaysecret", "robottoken", "key-1")
TO = {"dingtalk": "user01", "wecom": "ZhangSan", "feishu": "ou01", "sms": "13800138000"}
PATHS = {
    "dingtalk": "/topapi/message/corpconversation/asyncsend_v2",
    "wecom": "/cgi-bin/message/send",
    "feishu": "/open-apis/im/v1/messages",
    "sms": "/send",
}
ROBOTS = [
    {"kind": "dingtalk", "name": "ding", "token": "robottoken", "secret": "SECabc"},
    {"kind": "wecom", "name": "we", "token": "robottoken"},
    {"kind": "feishu", "name": "fei", "token": "robottoken"},
]


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setattr(providers, "_KEYS", providers.Keys())
    with provider() as found:
        yield found


def test_dingtalk_is_asked_for_a_key_and_given_a_message_for_one_person(there: Provider) -> None:
    assert send_to_person(there.channels(), "dingtalk", "user01", WORDS) == ""
    key, message = there.asked
    assert (key.path, key.query) == ("/gettoken", {"appkey": ["dingkey"], "appsecret": ["dingsecret"]})
    assert (message.host, message.query) == ("oapi.dingtalk.com", {"access_token": ["key-1"]})
    assert message.said["agent_id"] == 11
    assert message.said["userid_list"] == "user01"
    assert message.said["msg"] == {"msgtype": "text", "text": {"content": WORDS}}


def test_wecom_and_feishu_likewise(there: Provider) -> None:
    assert send_to_person(there.channels(), "wecom", "ZhangSan", WORDS) == ""
    assert there.messages()[0].said == {
        "touser": "ZhangSan", "msgtype": "text", "agentid": 12, "text": {"content": WORDS},
    }  # fmt: skip
    assert send_to_person(there.channels(), "feishu", "ou01", WORDS) == ""
    message = there.messages()[1]
    assert (message.host, message.query) == ("open.feishu.cn", {"receive_id_type": ["user_id"]})
    assert message.headers["Authorization"] == "Bearer key-2"
    assert message.said["receive_id"] == "ou01"
    assert json.loads(message.said["content"]) == {"text": WORDS}


@pytest.mark.parametrize("form", ["json", "form"])
def test_a_gateway_is_given_its_own_fields_and_no_others(there: Provider, form: str) -> None:
    channels = there.channels(sms={**GATEWAY, "form": form, "headers": {"X-Key": "one"}})
    assert send_to_person(channels, "sms", "13800138000", WORDS) == ""
    (asked,) = there.asked
    said = asked.said if form == "json" else {name: value for name, (value,) in asked.said.items()}
    expected = {"account": "city", "password": "gatewaysecret", "mobile": "13800138000", "content": WORDS}
    assert said == expected
    assert (asked.host, asked.path, asked.headers["X-Key"]) == ("sms.example.cn", "/send", "one")


def test_a_gateway_may_call_the_words_message(there: Provider) -> None:
    channels = there.channels(sms={**GATEWAY, "text": "message"})
    assert send_to_person(channels, "sms", "13800138000", WORDS) == ""
    assert there.asked[0].said["message"] == WORDS


@pytest.mark.parametrize("robot", ROBOTS, ids=lambda robot: robot["kind"])
def test_robots_speak_in_their_groups(there: Provider, robot: dict[str, str]) -> None:
    assert send_to_group(there.channels(robot=ROBOTS), robot["name"], WORDS) == ""
    (asked,) = there.asked
    assert "robottoken" in asked.path + str(asked.query)
    assert WORDS in asked.said.get("text", asked.said.get("content")).values()
    assert ("sign" in asked.query) == ("secret" in robot)


def test_a_key_is_asked_for_once_and_again_when_it_is_over(there: Provider) -> None:
    channels = there.channels()
    assert [send_to_person(channels, "wecom", "a1", "one"), send_to_person(channels, "wecom", "a1", "two")] == ["", ""]
    assert there.keys == 1
    there.answers[PATHS["wecom"]] = (200, '{"errcode": 42001, "errmsg": "expired"}')
    assert "42001" in send_to_person(channels, "wecom", "a1", "three")
    assert there.keys == 2
    del there.answers[PATHS["wecom"]]
    assert send_to_person(channels, "wecom", "a1", "four") == ""
    assert there.keys == 2


@pytest.mark.parametrize("kind", sorted(TO))
@pytest.mark.parametrize(
    "answer",
    [(400, "{}"), (403, "no"), (500, '{"errcode": 0, "code": 0}'), (200, '{"errcode": 33, "code": 33}'), (200, "well")],
)
def test_what_a_provider_does_not_take_has_failed(there: Provider, kind: str, answer: tuple[int, str]) -> None:
    """Providers answer 200 to what they refuse."""
    there.answers[PATHS[kind]] = answer
    said = send_to_person(there.channels(), kind, TO[kind], WORDS)
    assert said.startswith(f"HTTP {answer[0]}")


@pytest.mark.parametrize("robot", ROBOTS, ids=lambda robot: robot["kind"])
def test_what_a_robot_may_not_say_has_failed(there: Provider, robot: dict[str, str]) -> None:
    channels = there.channels(robot=ROBOTS)
    send_to_group(channels, robot["name"], "x")
    there.answers[there.asked[0].path] = (200, '{"errcode": 310000, "code": 9499, "errmsg": "keywords not in content"}')
    said = send_to_group(channels, robot["name"], WORDS)
    assert said in ("HTTP 200: errcode 310000", "HTTP 200: code 9499")
    assert "keywords" not in said, "a provider's words may repeat what is secret"


def test_a_member_who_is_unknown_has_not_been_told(there: Provider) -> None:
    there.answers[PATHS["wecom"]] = (200, '{"errcode": 0, "invaliduser": "ZhangSan"}')
    said = send_to_person(there.channels(), "wecom", "ZhangSan", WORDS)
    assert said
    assert "ZhangSan" not in said


@pytest.mark.parametrize("kind", sorted(TO))
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(there: Provider, kind: str, status: int) -> None:
    there.answers[PATHS[kind]] = (status, "")
    assert "another place" in send_to_person(there.channels(), kind, TO[kind], WORDS)
    assert "/elsewhere" not in [each.path for each in there.asked]


@pytest.mark.parametrize("kind", ["dingtalk", "sms"])
def test_who_does_not_answer_is_waited_for_only_so_long(there: Provider, kind: str) -> None:
    there.silent = threading.Event()
    channels = there.channels()
    said = send_to_person(channels, kind, TO[kind], WORDS, Wire(channels, within=0.2))
    assert "Timeout" in said
    assert not any(secret in said for secret in SECRETS)


@pytest.mark.parametrize("kind", sorted(TO))
def test_who_is_not_there_is_said_without_our_secrets(there: Provider, kind: str) -> None:
    channels = there.channels(stand_in=dict.fromkeys(HOSTS, "127.0.0.1:1"))
    said = send_to_person(channels, kind, TO[kind], WORDS)
    assert "Connection" in said
    assert not any(secret in said for secret in SECRETS)
    assert not any(secret in repr(channels) for secret in SECRETS)


@pytest.mark.parametrize(
    "url",
    [
        "http://oapi.dingtalk.com/",
        "https://oapi.dingtalk.com:8443/",
        "https://user@oapi.dingtalk.com/",
        "https://oapi.dingtalk.com@169.254.169.254/",
        "https://oapi.dingtalk.com.example.cn/",
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://OAPI.dingtalk.com/",
        "file:///etc/passwd",
        "//oapi.dingtalk.com/",
        "",
    ],
)
def test_a_host_that_is_not_on_the_list_is_not_asked(there: Provider, url: str) -> None:
    with pytest.raises(Refused, match="list"):
        Wire(there.channels()).request("GET", url)
    assert there.asked == []


def test_a_name_that_leads_into_a_private_network_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, there: Provider
) -> None:
    """The look-up alone is ours here; what it says is judged before any connection."""
    for address in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"):
        found = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", (address, 443))]
        monkeypatch.setattr(outward.socket, "getaddrinfo", lambda *_args, _found=found, **_more: _found)
        said = send_to_person(there.channels(stand_in={}), "feishu", "ou01", WORDS)
        assert "private" in said
    assert there.asked == []


def test_localhost_is_private_even_when_it_is_on_the_list(there: Provider) -> None:
    """Found by the machine's own look-up."""
    with pytest.raises(Refused, match="private"):
        outward.public_addresses("localhost", there.port)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2400:3200::1", True), ("10.0.0.1", False), ("172.16.0.1", False), ("192.168.1.1", False),
        ("127.0.0.1", False), ("0.1.2.3", False), ("169.254.169.254", False), ("100.100.100.200", False),
        ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False), ("fd00:ec2::254", False),
        ("::ffff:127.0.0.1", False), ("64:ff9b::a9fe:a9fe", False), ("2002:7f00:1::", False), ("::", False),
    ],
)  # fmt: skip
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) == public


def test_a_kind_that_is_not_set_up_asks_nobody(there: Provider) -> None:
    for kind in ("mail", "telegram", "file", ""):
        assert send_to_person(there.channels(), kind, "x", WORDS) == "this way is not set up"
    assert send_to_group(there.channels(), "unknown", WORDS) == "this robot is not set up"
    assert there.asked == []


def test_the_library_reaches_nobody_but_through_our_door(there: Provider) -> None:
    """Whatever makes one of its channels elsewhere in the process has no way out."""
    made = custom_json.NotifyJSON(host="127.0.0.1", port=there.port)
    made.request_rate_per_sec = 0
    with pytest.raises(LookupError):
        made.send("x")
    assert there.asked == []
    assert apprise.__version__.startswith("2.2")
