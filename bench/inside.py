"""The same application inside this process: statements counted, CPU time told, samples of where it is spent."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import event

from bench.city import City
from server.app import create_app
from server.bootstrap import Application, open_application
from server.campaigns import jobs as campaign_jobs
from server.db.work import Workshop
from server.identity import operations as identity
from server.identity import queries as identities
from server.identity.models import Account
from server.processes import jobs
from server.processes.models import FanOut, FanOutState

SAMPLE_EVERY = 0.001


@dataclass
class Counted:
    """What one stretch of work sent to the database. Reading who asks is part of it."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0
    rollbacks: int = 0


class Inside:
    """One application in this process, and clients with tokens that call it without a network."""

    def __init__(self, city: City) -> None:
        self.application: Application = open_application(city.settings, bring_up=False)
        self.workshop: Workshop = self.application.workshop
        self.app = create_app(self.application)
        self.counted: Counted | None = None
        engine = self.workshop.engine
        event.listen(engine, "before_cursor_execute", self._executed)
        event.listen(engine, "commit", self._committed)
        event.listen(engine, "rollback", self._rolled_back)

    def close(self) -> None:
        self.workshop.engine.dispose()

    def _executed(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # SQLite is told BEGIN as a statement; PostgreSQL's driver sends its own, unseen here.
        if self.counted is not None and not statement.startswith("BEGIN"):
            self.counted.statements.append(statement)

    def _committed(self, _connection: Any) -> None:
        if self.counted is not None:
            self.counted.commits += 1

    def _rolled_back(self, _connection: Any) -> None:
        if self.counted is not None:
            self.counted.rollbacks += 1

    @contextmanager
    def counting(self) -> Iterator[Counted]:
        self.counted = Counted()
        try:
            yield self.counted
        finally:
            self.counted = None

    def token_of(self, login: str, scopes: tuple[str, ...]) -> str:
        with self.workshop.writing() as work:
            account_id = work.session.query(Account.id).filter_by(login=login).scalar()
            actor = identities.load_actor(work.session, account_id, None, work.now.date())
            if actor is None:
                raise LookupError(login)
            return identity.create_token(actor, work, "inside", scopes)

    def open_campaign(self, campaign_id: str) -> None:
        """Do what the worker does after a campaign was opened."""
        with self.workshop.writing() as work:
            campaign_jobs.start(work, {"campaign": campaign_id})
        self.drain()

    def drain(self) -> None:
        """Start children that wait, and look at barriers."""
        while True:
            with self.workshop.reading() as work:
                filling = work.session.query(FanOut.id).filter_by(state=FanOutState.FILLING).all()
            for (fan_out_id,) in filling:
                following: Any = {"fan_out": str(fan_out_id)}
                while following is not None:
                    with self.workshop.writing() as work:
                        following = jobs.fill(work, following)
            with self.workshop.writing() as work:
                jobs.barriers(work, {})
            if not filling:
                return


@dataclass
class Caller:
    """A token on the application in this process."""

    client: FlaskClient
    token: str

    def get(self, path: str, **query: Any) -> Any:
        given = self.client.get(f"/api/v1{path}", query_string=query, headers={"Authorization": f"Bearer {self.token}"})
        if given.status_code != 200:
            raise RuntimeError(f"{path}: {given.status_code} {given.text[:300]}")
        return given.json

    def post(self, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid4().hex}
        given = self.client.post(
            f"/api/v1{path}", data=json.dumps(body), headers=headers, content_type="application/json"
        )
        if given.status_code not in (200, 201):
            raise RuntimeError(f"{path}: {given.status_code} {given.text[:300]}")
        return given.json

    def complete(self, task_id: str, **values: Any) -> None:
        self.post(f"/tasks/{task_id}/completion", {"values": values})


PLACES = (
    ("waiting for the database", ("/psycopg/", "/psycopg_binary/", "/pysqlite3/")),
    ("engine: SpiffWorkflow", ("/SpiffWorkflow/",)),
    ("engine: our adapter", ("/server/engine/",)),
    ("SQLAlchemy", ("/sqlalchemy/",)),
    ("job queue: DBOS", ("/dbos/",)),
    ("web: Flask, Werkzeug, Jinja", ("/flask", "/werkzeug/", "/jinja2/", "/blinker/")),
    ("words: Fluent, Babel", ("/fluent/", "/babel/", "/server/i18n/")),
    ("schema check: jsonschema", ("/jsonschema", "/referencing/")),
    ("audit", ("/server/audit/",)),
    ("interface and web glue", ("/server/api/", "/server/web.py", "/server/app.py", "/bench/", "/server/identity/")),
    ("tasks, processes, campaigns", ("/server/",)),
)
OTHER = "other"


def place_of(frame: FrameType | None) -> str:
    """Who is at work: the innermost frame of somebody we name; the standard library counts for whoever called it."""
    while frame is not None:
        name = frame.f_code.co_filename
        for place, parts in PLACES:
            if any(part in name for part in parts):
                return place
        frame = frame.f_back
    return OTHER


def sampled(work: Callable[[], None]) -> tuple[Counter[str], float, float]:
    """Run it on this thread while another one looks every millisecond; samples by place, wall and CPU seconds."""
    seen: Counter[str] = Counter()
    watched, stop = threading.get_ident(), threading.Event()

    def look() -> None:
        while not stop.wait(SAMPLE_EVERY):
            seen[place_of(sys._current_frames().get(watched))] += 1

    watcher = threading.Thread(target=look, daemon=True)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SAMPLE_EVERY / 2)
    watcher.start()
    wall, cpu = time.perf_counter(), time.thread_time()
    try:
        work()
    finally:
        wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
        stop.set()
        watcher.join()
        sys.setswitchinterval(interval)
    return seen, wall, cpu
