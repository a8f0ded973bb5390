"""A whole installation to be killed: a filled database, gunicorn and a worker as processes, programs that use them."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from server.actor import SYSTEM
from server.bootstrap import Application, open_application
from server.config import Settings
from server.db.work import Work
from server.identity import accounts, grants, queries
from server.identity.models import Account
from server.organisation.models import DEFAULT_ZONE, Unit
from server.organisation.rules import today
from server.ports import VirtualClock
from tests.world import World, make_world

PASSWORD = "Gufeng-Shan-2026"
SCOPES = ("unit.work", "campaign.manage", "campaign.view", "task.on_behalf", "verification.do")
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
Json = dict[str, Any]


class Gone(RuntimeError):
    """No answer came, or one that says to try again."""


@dataclass
class Installation:
    """tokens: by (unit id, post kind)."""

    application: Application
    world: World
    environment: Mapping[str, str]
    port: int
    tokens: dict[tuple[uuid.UUID, str], str] = field(default_factory=dict)
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def start_web(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "4", "--workers", "2"]
        command += ["--bind", f"127.0.0.1:{self.port}", "--log-level", "critical", "server.wsgi:app"]
        self.web = subprocess.Popen(command, env=self.environment, start_new_session=True)

    def start_worker(self) -> None:
        self.worker = subprocess.Popen([sys.executable, "-m", "tests.faults.worker"], env=self.environment)

    def kill_web_child(self) -> None:
        """One of gunicorn's own processes; it starts another."""
        assert self.web is not None
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text().split()
        if children:
            os.kill(int(children[self.kills % len(children)]), signal.SIGKILL)
            self.kills += 1

    def kill_web(self) -> None:
        """The whole web server, at once."""
        assert self.web is not None
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()
        self.kills += 1
        self.start_web()

    def kill_worker(self) -> None:
        assert self.worker is not None
        self.worker.kill()
        self.worker.wait()
        self.kills += 1
        self.start_worker()

    def stop(self) -> None:
        if self.web is not None:
            os.killpg(self.web.pid, signal.SIGKILL)
            self.web.wait()
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()

    def wait_for_web(self, seconds: float = 40.0) -> None:
        pause, end = threading.Event(), time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                self.ask("GET", "/healthz", "")
            except Gone:
                pause.wait(0.1)
            else:
                return
        raise AssertionError("the web server does not answer")

    def ask(
        self, method: str, path: str, token: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Json]:
        """One request; raises Gone when no answer came or the server asks to try again."""
        address = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(address, data=body, method=method, headers=dict(headers or {}))
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with NO_PROXY.open(request, timeout=60) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                content = error.read()
            if error.code >= 500:
                raise Gone(f"{error.code} {content[:300]!r}") from None
            return error.code, _json(content)
        except (OSError, http.client.HTTPException) as error:
            raise Gone(str(error)) from None

    def insist(
        self, method: str, path: str, token: str, content: Json | None = None, key: str = ""
    ) -> tuple[int, Json]:
        """The same request until it is answered, as a careful program does it."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"} if content is not None else {}
        body = None if content is None else json.dumps(content).encode()
        return self._until_answered(method, path, token, body, headers)

    def upload(self, token: str, unit_id: uuid.UUID, name: str, content: bytes, key: str) -> tuple[int, Json]:
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="unit"\r\n\r\n{unit_id}\r\n'.encode(),
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode(),
            content,
            f"\r\n--{boundary}--\r\n".encode(),
        ]
        headers = {"Idempotency-Key": key, "Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._until_answered("POST", "/api/v1/evidence", token, b"".join(parts), headers)

    def _until_answered(
        self, method: str, path: str, token: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Json]:
        pause, end, last = threading.Event(), time.monotonic() + 120, ""
        while time.monotonic() < end:
            try:
                return self.ask(method, path, token, body=body, headers=headers)
            except Gone as gone:
                last = str(gone)
                pause.wait(0.1)
        raise AssertionError(f"{method} {path} is never answered: {last}")


def install(url: str, data: Path, units: int, programs: int) -> Installation:
    """Bring up the database, its people, and the test package; the office and the first units get tokens."""
    settings = Settings.from_environment({"GREENGATE_DATA": str(data), "GREENGATE_DATABASE_URL": url})
    application = open_application(settings, bring_up=True)
    world = make_world(application.workshop.engine, data, VirtualClock(datetime.now(UTC)), units=units)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GREENGATE_")},
        "GREENGATE_DATA": str(data),
        "GREENGATE_DATABASE_URL": url,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
    }
    made = Installation(application, world, environment, port)
    with application.workshop.writing() as work:
        root_id = work.session.get_one(Unit, world.authority.id).parent_id
        grants.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root_id)
    with application.workshop.writing() as work:
        made.tokens[world.authority.id, "office"] = _token(work, world, world.authority, "office", 0)
        for number, unit in enumerate(world.units[:programs], 1):
            made.tokens[unit.id, "liaison"] = _token(work, world, unit, "liaison", number)
    return made


def _token(work: Work, world: World, unit: Unit, kind: str, number: int) -> str:
    person_id, _ = world.people[unit.id, kind]
    login = f"{kind}{number}"
    accounts.create_account(SYSTEM, work, person_id, login, password=PASSWORD, must_change=False)
    account_id = work.session.scalars(select(Account.id).where(Account.login == login)).one()
    actor = queries.load_actor(work.session, account_id, None, today(work.now, DEFAULT_ZONE))
    assert actor is not None
    return accounts.create_token(actor, work, "faults", SCOPES)


def _json(content: bytes) -> Json:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
