"""A provider on this machine that answers as DingTalk, WeCom, Feishu and a gateway do, and keeps what it is asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from server.channels import Channels, channels_from

KEY = "key-1"
HOSTS = ("oapi.dingtalk.com", "qyapi.weixin.qq.com", "open.feishu.cn", "sms.example.cn")
APPLICATIONS = {
    "dingtalk": {"app_key": "dingkey", "app_secret": "dingsecret", "agent_id": 11},
    "wecom": {"corp_id": "corp", "secret": "wecomsecret", "agent_id": 12},
    "feishu": {"app_id": "feishuid", "app_secret": "feishusecret"},
}
GATEWAY = {
    "url": "https://sms.example.cn/send",
    "to": "mobile",
    "text": "content",
    "fields": {"account": "city", "password": "gatewaysecret"},
    "accepted": {"code": 0},
}


@dataclass(frozen=True)
class Asked:
    """One request. said: its body, read by its kind."""

    host: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    said: Any


class Provider(ThreadingHTTPServer):
    """asked: requests, oldest first. answers: what is said, by path, in the place of the usual; (status, body).

    location: where a redirect leads. silent: nothing is answered until it is set.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.asked: list[Asked] = []
        self.answers: dict[str, tuple[int, str]] = {}
        self.keys = 0
        self.silent: threading.Event | None = None

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def messages(self) -> list[Asked]:
        """What was asked but for keys."""
        return [each for each in self.asked if "token" not in each.path]

    def channels(self, **changed: Any) -> Channels:
        """Settings under which this provider stands in for all hosts."""
        said = {
            **APPLICATIONS,
            "sms": GATEWAY,
            "hosts": ["sms.example.cn"],
            "stand_in": dict.fromkeys(HOSTS, f"127.0.0.1:{self.port}"),
        }
        return channels_from({**said, **changed})


class _Desk(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        desk = cast(Provider, self.server)
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        said: Any = parse_qs(body)
        if "json" in (self.headers.get("Content-Type") or ""):
            said = json.loads(body)
        desk.asked.append(
            Asked(self.headers["Host"], parts.path, parse_qs(parts.query), dict(self.headers.items()), said)
        )
        if desk.silent is not None:
            desk.silent.wait(20)
            return
        status, words = desk.answers.get(parts.path) or (200, self._usual(desk, parts.path))
        self.send_response(status)
        if status // 100 == 3:
            self.send_header("Location", f"http://127.0.0.1:{desk.port}/elsewhere")
        self.send_header("Content-Length", str(len(words.encode())))
        self.end_headers()
        self.wfile.write(words.encode())

    def _usual(self, desk: Provider, path: str) -> str:
        if "token" in path:
            desk.keys += 1
            key = f"key-{desk.keys}"
            return json.dumps({"errcode": 0, "code": 0, "access_token": key, "tenant_access_token": key})
        return json.dumps({"errcode": 0, "code": 0, "errmsg": "ok"})

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def provider() -> Iterator[Provider]:
    with Provider() as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            if found.silent is not None:
                found.silent.set()
            found.shutdown()
            thread.join()
