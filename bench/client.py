"""A program that logs in like a person, makes itself a token, and then works over one kept connection."""

import http.client
import itertools
import json
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from bench.city import PASSWORD, SCOPES

NUMBERS = itertools.count(1)
START = time.time_ns()
LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *(\d+)\r\n")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Unexpected(RuntimeError):
    """An answer that a measurement cannot go on with."""


@dataclass
class Program:
    """Keeps one connection. seconds: how long each completion took, over HTTP, from sending to the last byte."""

    port: int
    token: str
    seconds: list[float] = field(default_factory=list)
    requests: int = 0
    _connection: "Connection | None" = None

    def get(self, path: str) -> Any:
        return self._send("GET", path, None, 200)

    def post(self, path: str, body: Any, expected: int) -> Any:
        return self._send("POST", path, json.dumps(body).encode(), expected)

    def complete(self, task_id: str, **values: Any) -> None:
        begun = time.perf_counter()
        self.post(f"/tasks/{task_id}/completion", {"values": values}, 200)
        self.seconds.append(time.perf_counter() - begun)

    def _send(self, method: str, path: str, body: bytes | None, expected: int) -> Any:
        head = f"{method} /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
        head += f"Authorization: Bearer {self.token}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nIdempotency-Key: {START}-{next(NUMBERS)}\r\n"
            head += f"Content-Length: {len(body)}\r\n"
        request = (head + "\r\n").encode() + (body or b"")
        self.requests += 1
        for attempt in (1, 2):
            if self._connection is None:
                self._connection = Connection(self.port)
            try:
                status, raw = self._connection.ask(request)
                break
            except (ConnectionResetError, BrokenPipeError):
                # A kept connection that the server has closed meanwhile; the key makes sending again safe.
                self._connection.close()
                self._connection = None
                if attempt == 2:
                    raise
        if status != expected:
            raise Unexpected(f"{method} {path}: {status} {raw[:500]!r}")
        return json.loads(raw)


class Connection:
    """One kept connection, as lean as it goes: the clients share the machine with what they measure."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body. Raises ConnectionResetError when the server has closed the connection."""
        self._socket.sendall(request)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._some()
        length = LENGTH.search(answer, 0, end + 2)
        if length is None:
            raise Unexpected(f"an answer without a length: {answer[:end]!r}")
        whole = end + 4 + int(length[1])
        while len(answer) < whole:
            answer += self._some()
        return int(answer[9:12]), answer[end + 4 : whole]

    def _some(self) -> bytes:
        got = self._socket.recv(65536)
        if not got:
            raise ConnectionResetError
        return got


def log_in(port: int, login: str, scopes: Sequence[str] = SCOPES) -> Program:
    """Go through the pages: log in with a password, make a token for a program, read its secret."""
    browser = Browser(port)
    browser.send("POST", "/login", {"login": login, "password": PASSWORD, "csrf_token": browser.csrf("/login")}, 303)
    form = [("name", "bench"), ("csrf_token", browser.csrf("/me/tokens")), *[("scopes", scope) for scope in scopes]]
    page = browser.send("POST", "/me/tokens", form, 200)
    found = re.findall(r"[>\"]([A-Za-z0-9_-]{43})[<\"]", page)
    if not found:
        raise Unexpected("the page shows no token")
    return Program(port, found[0])


class Browser:
    """As much of a browser as logging in needs: cookies and hidden fields."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def csrf(self, path: str) -> str:
        page = self.send("GET", path, None, 200)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if found is None:
            raise Unexpected(f"no form on {path}")
        return found[1]

    def send(self, method: str, path: str, form: Any, expected: int) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        body = urlencode(form) if form is not None else None
        connection.request(method, path, body, {"Cookie": cookies} | (FORM if body else {}))
        answer = connection.getresponse()
        page = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        connection.close()
        if answer.status != expected:
            raise Unexpected(f"{method} {path}: {answer.status} {page[:500]}")
        return page


def at_once(work: Sequence[Callable[[], None]]) -> float:
    """Run each on a thread of its own; the seconds until the last is done. Raises what any of them raised."""
    errors: list[BaseException] = []

    def run(each: Callable[[], None]) -> None:
        try:
            each()
        except BaseException as error:  # noqa: BLE001 - told by the caller's thread
            errors.append(error)

    threads = [Thread(target=run, args=[each]) for each in work]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return time.perf_counter() - begun
