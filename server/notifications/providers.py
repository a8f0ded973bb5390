"""How each kind of provider is asked to pass something on. Whatever goes wrong is an answer, without our secrets."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from server.audit.rules import masked
from server.channels import Channels
from server.notifications.library import post_to_gateway, post_to_robot
from server.notifications.outward import Answer, Refused, Wire

Wanted = Mapping[str, str | int]
DINGTALK, WECOM, FEISHU = "https://oapi.dingtalk.com", "https://qyapi.weixin.qq.com", "https://open.feishu.cn"
CODE_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's service for messages to one person.

    key: asks for a key to it, with the application's secrets. send: one message. key_name: of the key in the answer.
    code: of the name by which each answer says what went wrong, 0 for nothing. stale: says the key is over.
    """

    key: Callable[[Wire, Mapping[str, str]], Answer]
    key_name: str
    send: Callable[[Wire, Mapping[str, str], str, str, str], Answer]
    code: str
    stale: frozenset[int]


def _dingtalk_key(wire: Wire, own: Mapping[str, str]) -> Answer:
    return wire.request(
        "GET", f"{DINGTALK}/gettoken", params={"appkey": own["app_key"], "appsecret": own["app_secret"]}
    )


def _dingtalk(wire: Wire, own: Mapping[str, str], key: str, to: str, words: str) -> Answer:
    return wire.request(
        "POST",
        f"{DINGTALK}/topapi/message/corpconversation/asyncsend_v2",
        params={"access_token": key},
        json={
            "agent_id": int(own["agent_id"]),
            "userid_list": to,
            "msg": {"msgtype": "text", "text": {"content": words}},
        },
    )


def _wecom_key(wire: Wire, own: Mapping[str, str]) -> Answer:
    asked = {"corpid": own["corp_id"], "corpsecret": own["secret"]}
    return wire.request("GET", f"{WECOM}/cgi-bin/gettoken", params=asked)


def _wecom(wire: Wire, own: Mapping[str, str], key: str, to: str, words: str) -> Answer:
    return wire.request(
        "POST",
        f"{WECOM}/cgi-bin/message/send",
        params={"access_token": key},
        json={"touser": to, "msgtype": "text", "agentid": int(own["agent_id"]), "text": {"content": words}},
    )


def _feishu_key(wire: Wire, own: Mapping[str, str]) -> Answer:
    asked = {"app_id": own["app_id"], "app_secret": own["app_secret"]}
    return wire.request("POST", f"{FEISHU}/open-apis/auth/v3/tenant_access_token/internal", json=asked)


def _feishu(wire: Wire, own: Mapping[str, str], key: str, to: str, words: str) -> Answer:
    return wire.request(
        "POST",
        f"{FEISHU}/open-apis/im/v1/messages",
        params={"receive_id_type": "user_id"},
        headers={"Authorization": f"Bearer {key}"},
        json={"receive_id": to, "msg_type": "text", "content": json.dumps({"text": words}, ensure_ascii=False)},
    )


PROVIDERS = {
    "dingtalk": Provider(_dingtalk_key, "access_token", _dingtalk, "errcode", frozenset({40001, 40014, 42001, 88})),
    "wecom": Provider(_wecom_key, "access_token", _wecom, "errcode", frozenset({40001, 40014, 42001})),
    "feishu": Provider(_feishu_key, "tenant_access_token", _feishu, "code", frozenset({99991661, 99991663, 99991664})),
}
ROBOTS: Mapping[str, Wanted] = {"dingtalk": {"errcode": 0}, "wecom": {"errcode": 0}, "feishu": {"code": 0}}


class Keys:
    """The keys that providers gave us, as long as they take them; they refuse who asks for one with each message."""

    def __init__(self) -> None:
        self._lock, self._known = Lock(), dict[tuple[str, ...], str]()

    def get(self, of: tuple[str, ...]) -> str:
        with self._lock:
            return self._known.get(of, "")

    def keep(self, of: tuple[str, ...], key: str) -> None:
        with self._lock:
            self._known[of] = key


_KEYS = Keys()


def send_to_person(channels: Channels, kind: str, to: str, words: str, wire: Wire | None = None) -> str:
    """Pass words on to one person; returns what went wrong, empty when nothing did. Never raises."""
    wire = wire or Wire(channels)
    if kind == "sms" and channels.gateway is not None:
        gateway = channels.gateway
        return _tried(wire, lambda: _judge(post_to_gateway(wire, gateway, to, words), gateway.accepted))
    own = channels.applications.get(kind)
    if own is None or kind not in PROVIDERS:
        return "this way is not set up"
    return _tried(wire, lambda: _by_application(wire, PROVIDERS[kind], own, to, words))


def send_to_group(channels: Channels, name: str, words: str, wire: Wire | None = None) -> str:
    """Let the robot of this name say words in its group; returns what went wrong. Never raises."""
    wire = wire or Wire(channels)
    robot = next((each for each in channels.robots if each.name == name), None)
    if robot is None:
        return "this robot is not set up"
    return _tried(wire, lambda: _judge(post_to_robot(wire, robot, words), ROBOTS[robot.kind]))


def _by_application(wire: Wire, provider: Provider, own: Mapping[str, str], to: str, words: str) -> str:
    of = (provider.key_name, *(own[name] for name in sorted(own)))
    key = _KEYS.get(of)
    if key:
        answer = provider.send(wire, own, key, to, words)
        if answer.json().get(provider.code) not in provider.stale:
            return _judge(answer, {provider.code: 0})
    asked = provider.key(wire, own)
    wrong = _judge(asked, {provider.code: 0})
    key = str(asked.json().get(provider.key_name) or "")
    if wrong or not key:
        return wrong or "the provider gave no key"
    _KEYS.keep(of, key)
    return _judge(provider.send(wire, own, key, to, words), {provider.code: 0})


def _judge(answer: Answer, accepted: Wanted) -> str:
    """What an answer says went wrong: providers answer 200 to what they refuse, so their own words decide."""
    said = answer.json()
    if answer.status_code // 100 != 2 or any(str(said.get(name)) != str(value) for name, value in accepted.items()):
        return _told(answer, accepted)
    return "the provider does not know the receiver" if said.get("invaliduser") else ""


def _told(answer: Answer, accepted: Wanted) -> str:
    """The status and the provider's own code: its words may repeat keys, addresses and what was to be said."""
    said = answer.json()
    codes = ", ".join(f"{name} {str(said.get(name, '-'))[:CODE_AT_MOST]}" for name in accepted)
    return str(masked(f"HTTP {answer.status_code}: {codes}"))


def _tried(wire: Wire, attempt: Callable[[], str]) -> str:
    """What came of it. Texts of libraries name whole addresses with their keys, so only the kind of error is told."""
    try:
        return attempt()
    except Refused as error:
        return str(error)
    except (OSError, ValueError, TypeError) as error:
        return wire.failure or type(error).__name__
