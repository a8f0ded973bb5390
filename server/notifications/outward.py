"""The one door for web requests to other machines: hosts on our list, HTTPS, public addresses, no redirects.

What a provider's name leads to is looked up once and judged before anything is connected, so that neither a wrong
setting nor a wrong name server can make us ask a machine of our own network.
"""

import ipaddress
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from server.channels import THIS_MACHINE, Channels

CONNECT_WITHIN, ANSWER_WITHIN = 5.0, 10.0
ANSWER_AT_MOST = 64 * 1024
_TRANSLATED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "2002::/16", "::/96")))
"""Addresses of IPv6 that stand for one of IPv4, perhaps of our own network."""


class Refused(Exception):
    """A request that we do not make, or whose answer we do not follow. The text holds no secret."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said; the library for robots reads these names."""

    status_code: int
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Mapping[str, Any]:
        """The answer's object; empty when it is none."""
        try:
            found = json.loads(self.content)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Wire:
    """Requests to the hosts that are allowed. answer: the last one's. failure: the kind of what went wrong last."""

    def __init__(self, channels: Channels, *, within: float = ANSWER_WITHIN) -> None:
        self._channels, self._within = channels, within
        self.answer: Answer | None = None
        self.failure = ""

    def request(self, method: str, url: str, **how: Any) -> Answer:
        """One request; raises Refused before anything is asked, or when the answer leads elsewhere.

        how: params, data, json, headers as `requests` knows them; all else is ours to say and is left out.
        """
        said: dict[str, Any] = {name: how[name] for name in ("params", "data", "json", "headers") if name in how}
        place = self._place(url)
        if place != url:
            said["headers"] = {**(said.get("headers") or {}), "Host": urlsplit(url).netloc}
        try:
            self.answer = self._ask(method, place, said)
        except (requests.RequestException, HTTPError) as error:
            self.failure = type(error).__name__
            raise requests.RequestException(self.failure) from error
        if 300 <= self.answer.status_code < 400:
            raise Refused("the provider sends us to another place, which is not followed")
        return self.answer

    def _ask(self, method: str, place: str, said: Mapping[str, Any]) -> Answer:
        how: dict[str, Any] = {"timeout": (CONNECT_WITHIN, self._within), "allow_redirects": False, "stream": True}
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", _PublicAdapter())
            with session.request(method, place, **said, **how) as found:
                return Answer(found.status_code, found.raw.read(ANSWER_AT_MOST, decode_content=True))

    def _place(self, url: str) -> str:
        """Where the request goes: the address itself, or what stands in for its host in a trial."""
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.netloc not in self._channels.hosts:
            raise Refused("this host is not on the list of those that may be called")
        port = self._channels.stand_ins.get(parts.netloc)
        if port is None:
            return url
        return parts._replace(scheme="http", netloc=f"{THIS_MACHINE}:{port}").geturl()


def public_addresses(host: str, port: int) -> list[str]:
    """What a name leads to; raises Refused if any of it is not of the public network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("the provider's name is not known") from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses or not all(map(is_public, addresses)):
        raise Refused("the provider's name leads into a private network")
    return addresses


def is_public(address: str) -> bool:
    """Whether an address belongs to one machine of the public network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in network for network in _TRANSLATED):
            return False
    return found.is_global and not found.is_multicast


class _PublicConnection(HTTPSConnection):
    """A connection to an address that was judged; name and certificate are still the host's."""

    def _new_conn(self) -> socket.socket:
        within = self.timeout if isinstance(self.timeout, int | float) else CONNECT_WITHIN
        failure: OSError | None = None
        for address in public_addresses(self.host, self.port or 443):
            try:
                return socket.create_connection((address, self.port or 443), within)
            except OSError as error:
                failure = error
        raise failure or OSError("not connected")


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _PublicPool}
