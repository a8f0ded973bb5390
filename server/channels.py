"""Ways out of the house besides mail: what the machine's administrator has set up, read from one file of secrets.

Nothing here comes from a database or a form: what a user types never becomes an address that we call.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PERSONAL = ("dingtalk", "wecom", "feishu", "sms")
"""Kinds that reach one person."""
PROVIDERS = {"dingtalk": "oapi.dingtalk.com", "wecom": "qyapi.weixin.qq.com", "feishu": "open.feishu.cn"}
"""Kinds with an address of their own, which is not a setting. Groups are reached by the same ones."""
ROBOTS_AT_MOST = 10
THIS_MACHINE = "127.0.0.1"

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")
_NAMES_OF_THE_LIBRARY = frozenset({"version", "title", "attachments", "type", "message"})
_WANTED = {
    "dingtalk": {"app_key", "app_secret", "agent_id"},
    "wecom": {"corp_id", "secret", "agent_id"},
    "feishu": {"app_id", "app_secret"},
}


class ChannelsError(ValueError):
    """The file cannot be used; the text says why, without its secrets."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A text message gateway: one HTTPS request for each message.

    form: `json` or `form`. to, text: the names of its fields for number and words. fields, headers: sent as they are.
    accepted: what its answer says when it took the message, by name.
    """

    host: str
    path: str
    form: str
    to: str
    text: str
    fields: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    accepted: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot of a group, which is told counts and a link, never a name. name: how we call it on our pages."""

    kind: str
    name: str
    token: str = field(repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Channels:
    """applications: keys and secrets of each provider that is set up. hosts: all that may be called, exactly.

    stand_ins: for trials, a port of this machine that answers in the place of a host.
    """

    applications: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    gateway: Gateway | None = None
    robots: tuple[Robot, ...] = ()
    hosts: frozenset[str] = frozenset()
    stand_ins: Mapping[str, int] = field(default_factory=dict)

    @property
    def personal(self) -> tuple[str, ...]:
        """The kinds by which a person can be reached here."""
        return tuple(kind for kind in PERSONAL if kind in self.applications or (kind == "sms" and self.gateway))


def read_channels(path: Path) -> Channels:
    """What the file says; raises ChannelsError when it is readable by others or says what cannot be."""
    if path.stat().st_mode & 0o077:
        raise ChannelsError(f"{path} can be read by others; run: chmod 600 {path}")
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ChannelsError("it is not TOML") from error
    return channels_from(said)


def channels_from(said: Mapping[str, Any]) -> Channels:
    """Judge what was read; every kind, name and host that is not known is refused."""
    _only(said, {*PERSONAL, "robot", "hosts", "stand_in"}, "the file")
    further = said.get("hosts", [])
    if not isinstance(further, list) or not all(isinstance(each, str) and _HOST.fullmatch(each) for each in further):
        raise ChannelsError("hosts is a list of host names such as sms.example.cn; no addresses, ports or patterns")
    hosts = frozenset({*PROVIDERS.values(), *further})
    robots = said.get("robot", [])
    if not isinstance(robots, list) or len(robots) > ROBOTS_AT_MOST:
        raise ChannelsError(f"[[robot]] stands at most {ROBOTS_AT_MOST} times")
    found = tuple(_robot(each) for each in robots)
    if len({robot.name for robot in found}) < len(found):
        raise ChannelsError("each [[robot]] has a name of its own")
    return Channels(
        applications={kind: _application(kind, said[kind]) for kind in _WANTED if kind in said},
        gateway=_gateway(said["sms"], hosts) if "sms" in said else None,
        robots=found,
        hosts=hosts,
        stand_ins=_stand_ins(said.get("stand_in", {}), hosts),
    )


def _only(said: object, known: Collection[str], where: str) -> None:
    if not isinstance(said, Mapping):
        raise ChannelsError(f"{where} is a table")
    unknown = sorted(set(said) - set(known))
    if unknown:
        raise ChannelsError(f"{where} has unknown names: {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _application(kind: str, said: Any) -> dict[str, str]:
    wanted = _WANTED[kind]
    _only(said, wanted, f"[{kind}]")
    values = {name: str(said.get(name, "")) for name in wanted}
    if not all(_TOKEN.fullmatch(value) for value in values.values()):
        raise ChannelsError(f"[{kind}] needs {', '.join(sorted(wanted))}, each of letters, digits, - and _")
    if not values.get("agent_id", "1").isdigit():
        raise ChannelsError(f"[{kind}] agent_id is a number")
    return values


def _robot(said: Any) -> Robot:
    _only(said, {"kind", "name", "token", "secret"}, "[[robot]]")
    kind, name = said.get("kind"), str(said.get("name", "")).strip()
    token, secret = str(said.get("token", "")), str(said.get("secret", ""))
    if kind not in PROVIDERS:
        raise ChannelsError(f"[[robot]] kind is one of {', '.join(PROVIDERS)}")
    if not name or len(name) > 40 or not _TOKEN.fullmatch(token) or (secret and not _TOKEN.fullmatch(secret)):
        raise ChannelsError("[[robot]] has a name of at most 40 signs, and a token of letters, digits, - and _")
    if secret and kind != "dingtalk":
        raise ChannelsError("only a robot of dingtalk signs with a secret; for others allow this machine's address")
    return Robot(kind, name, token, secret)


def _gateway(said: Any, hosts: Collection[str]) -> Gateway:
    _only(said, {"url", "form", "to", "text", "fields", "headers", "accepted"}, "[sms]")
    parts = urlsplit(str(said.get("url", "")))
    if parts.scheme != "https" or parts.netloc not in hosts or parts.query or parts.fragment:
        raise ChannelsError("[sms] url is https://HOST/path without port, user or query, and its host stands in hosts")
    form, to, text = said.get("form", "json"), said.get("to", ""), said.get("text", "")
    if form not in ("json", "form"):
        raise ChannelsError("[sms] form is json or form")
    fields, headers, accepted = (_plain(said.get(name, {}), name) for name in ("fields", "headers", "accepted"))
    taken = {str(to), *fields}
    if not to or not text or text in taken or (taken | ({str(text)} - {"message"})) & _NAMES_OF_THE_LIBRARY:
        raise ChannelsError(
            f"[sms] names the fields to and text; only text may be called message, and none {_NAMES_OF_THE_LIBRARY}"
        )
    if not accepted:
        raise ChannelsError("[sms] accepted says by which names and values of its answer the gateway takes a message")
    words = {name: str(value) for name, value in headers.items()}
    return Gateway(parts.netloc, parts.path or "/", form, str(to), str(text), fields, words, accepted)


def _plain(said: Any, name: str) -> dict[str, str | int]:
    if not isinstance(said, Mapping) or not all(isinstance(value, str | int) for value in said.values()):
        raise ChannelsError(f"[sms] {name} is a table of words and numbers")
    return dict(said)


def _stand_ins(said: Any, hosts: Collection[str]) -> dict[str, int]:
    """`"oapi.dingtalk.com" = "127.0.0.1:8999"`: this machine alone, so that a trial reaches nobody."""
    _only(said, hosts, "[stand_in]")
    found = {}
    for host, place in said.items():
        address, _, port = str(place).rpartition(":")
        if address != THIS_MACHINE or not port.isdigit() or not 0 < int(port) < 65536:
            raise ChannelsError("[stand_in] leads to 127.0.0.1:PORT and nowhere else")
        found[host] = int(port)
    return found
