"""The library for robots of groups and for gateways, held to our door.

It makes channels of addresses, and knows `file://` and any host; so no address ever reaches it. Its classes are made
by name with values that the settings have judged, and their requests go through `outward`: there is no other way out.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import requests
from apprise.asset import AppriseAsset
from apprise.plugins import custom_form, custom_json, dingtalk, feishu, wecombot

from server.channels import Gateway, Robot
from server.notifications.outward import Answer, Refused, Wire

_WIRE: ContextVar[Wire] = ContextVar("wire")


class _Door:
    """Stands where the library's plugins look for `requests`."""

    codes = requests.codes
    RequestException = requests.RequestException

    def request(self, method: str, url: str, **how: Any) -> Answer:
        return _WIRE.get().request(method, url, **how)

    def post(self, url: str, **how: Any) -> Answer:
        return self.request("POST", url, **how)


_PLUGINS: tuple[Any, ...] = (custom_form, custom_json, dingtalk, feishu, wecombot)
for plugin in _PLUGINS:
    plugin.requests = _Door()
_FORM, _JSON, _DINGTALK, _FEISHU, _WECOM = _PLUGINS

# It logs keys and what people are told.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


def post_to_robot(wire: Wire, robot: Robot, words: str) -> Answer:
    """Let a robot say words; the answer is the provider's own, which the library does not read."""
    if robot.kind == "dingtalk":
        made = _DINGTALK.NotifyDingTalk(token=robot.token, secret=robot.secret or None, asset=_asset())
    elif robot.kind == "wecom":
        made = _WECOM.NotifyWeComBot(key=robot.token, asset=_asset())
    else:
        made = _FEISHU.NotifyFeishu(token=robot.token, asset=_asset())
    return _sent(wire, made, words)


def post_to_gateway(wire: Wire, gateway: Gateway, to: str, words: str) -> Answer:
    """Hand a text message to the gateway, in the fields that it wants and no others."""
    fields: dict[str, str | int] = {"version": "", "title": "", "attachments": "", "type": ""}
    if gateway.form == "form":
        del fields["attachments"]
    if gateway.text != "message":
        fields["message"] = gateway.text
    fields |= {**gateway.fields, gateway.to: to}
    kind = _JSON.NotifyJSON if gateway.form == "json" else _FORM.NotifyForm
    made = kind(
        host=gateway.host,
        fullpath=gateway.path,
        secure=True,
        schema="jsons" if gateway.form == "json" else "forms",
        method="POST",
        headers=dict(gateway.headers),
        payload=fields,
        asset=_asset(),
    )
    return _sent(wire, made, words)


def _asset() -> AppriseAsset:
    return AppriseAsset(secure_logging=True, http_redirects=False, plugin_paths=[])


def _sent(wire: Wire, made: Any, words: str) -> Answer:
    made.request_rate_per_sec = 0
    with _through(wire):
        made.send(words)
    if wire.answer is None:
        raise Refused(wire.failure or "the library has not sent it")
    return wire.answer


@contextmanager
def _through(wire: Wire) -> Iterator[None]:
    given = _WIRE.set(wire)
    try:
        yield
    finally:
        _WIRE.reset(given)
