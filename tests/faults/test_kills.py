"""Web and worker are killed again and again in mid-work; afterwards all that was answered is there, once and whole."""

import contextlib
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, func, or_, select

from server.actor import SYSTEM
from server.campaigns.models import Campaign, CampaignState, Participant
from server.db.engines import READ_ONLY
from server.errors import Conflict
from server.evidence.models import Evidence
from server.processes import incidents
from server.processes.models import Incident, InstanceState, ProcessInstance
from server.tasks.models import Decision, Task
from server.verify import verify
from tests.db.conftest import until, waiting
from tests.evidence.conftest import PDF
from tests.faults.installation import Installation, install

pytestmark = pytest.mark.faults

KILLS = 50
"""On each database."""
UNITS = 24
CLIENTS = 4
OF_KILLS = "the process died%"
"""The cause of incidents that the kills themselves bring about, on a slow machine more than on a fast one."""


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    made = install(database_url, tmp_path / "data", UNITS, CLIENTS)
    made.start_web()
    made.start_worker()
    try:
        made.wait_for_web()
        yield made
    finally:
        made.stop()
        made.application.workshop.engine.dispose()


class Program(threading.Thread):
    """Does one thing after the other until it is told to stop. steps: requests that were answered."""

    def __init__(self, installation: Installation, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._at = installation
        self._office = installation.tokens[installation.world.authority.id, "office"]
        self._stop_asked = stop
        self.steps = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            number = 0
            while not self._stop_asked.is_set():
                number += 1
                self._do(number)
        except BaseException as error:  # noqa: BLE001 - told by the test
            self.error = error

    def _do(self, number: int) -> None:
        raise NotImplementedError


class Opener(Program):
    """The office's program: opens campaigns, each once the one before is under way."""

    def __init__(self, installation: Installation, stop: threading.Event) -> None:
        super().__init__(installation, stop)
        self.opened: list[str] = []

    def _do(self, number: int) -> None:
        year = 2026 + number
        wanted = {
            "scheme": "rounds",
            "unit": str(self._at.world.authority.id),
            "year": year,
            "title": f"{year}年评比",
            "starts_on": f"{year}-03-01",
            "participants": [str(unit.id) for unit in self._at.world.units],
        }
        status, campaign = self._at.insist("POST", "/api/v1/campaigns", self._office, wanted, key=f"campaign.{year}")
        assert status == 201, campaign
        self.opened.append(campaign["id"])
        until(lambda: _is_under_way(self._at, campaign["id"]), 120)
        self.steps += 1


class Client(Program):
    """A unit's program and the office's: matters from start to end."""

    def __init__(self, installation: Installation, stop: threading.Event, number: int) -> None:
        super().__init__(installation, stop)
        self._unit = installation.world.units[number]
        self._liaison = installation.tokens[self._unit.id, "liaison"]
        self.ended: list[str] = []
        self.evidence: list[str] = []

    def _do(self, number: int) -> None:
        self._matter(f"{self._unit.code} {number}")

    def _matter(self, name: str) -> None:
        start = {"scheme": "rounds", "process": "approval", "business_key": name, "unit": str(self._unit.id)}
        status, instance = self._at.insist("POST", "/api/v1/instances", self._office, start, key=f"start.{_key(name)}")
        assert status == 201, instance
        self.steps += 1
        content = PDF + name.encode()
        status, proof = self._at.upload(self._liaison, self._unit.id, "proof.pdf", content, f"proof.{_key(name)}")
        assert status == 201, proof
        self.evidence.append(proof["id"])
        self._complete(instance["id"], "Submit", self._liaison, {"summary": name, "proof": [proof["id"]]})
        self._complete(instance["id"], "Review", self._office, {"verdict": "approve"})
        status, found = self._at.insist("GET", f"/api/v1/instances/{instance['id']}", self._office)
        assert (status, found["state"]) == (200, "ended"), found
        self.ended.append(instance["id"])

    def _complete(self, instance_id: str, element: str, token: str, values: dict[str, object]) -> None:
        status, found = self._at.insist("GET", f"/api/v1/instances/{instance_id}", self._office)
        assert status == 200, found
        task = next(each["id"] for each in found["waiting"] if each["element"] == element)
        address = f"/api/v1/tasks/{task}/completion"
        status, done = self._at.insist("POST", address, token, {"values": values}, key=f"{element}.{task}")
        assert status == 200, done
        self.steps += 1


def test_kills_lose_nothing_and_double_nothing(installation: Installation) -> None:
    stop = threading.Event()
    clients = [Client(installation, stop, number) for number in range(CLIENTS)]
    opener = Opener(installation, stop)
    programs: list[Program] = [*clients, opener]
    for program in programs:
        program.start()
    _kill(installation, programs)
    stop.set()
    for program in programs:
        program.join(240)
        assert not program.is_alive()
        assert program.error is None, program.error
    until(lambda: _is_quiet(installation), 120)
    _check_matters(installation, clients)
    for campaign_id in opener.opened:
        _check_campaign(installation, uuid.UUID(campaign_id))
    _check_whole(installation)


def _kill(installation: Installation, programs: list[Program]) -> None:
    """Kill when something was done since the last time: a web process, then the worker; now and then the whole web."""
    chance, pause = Random(7), threading.Event()  # noqa: S311 - moments to kill at

    def steps() -> int:
        return sum(program.steps for program in programs)

    while installation.kills < KILLS:
        before = steps()
        until(lambda before=before: steps() > before or any(program.error for program in programs), 60)  # type: ignore[misc]
        if any(program.error for program in programs):
            return
        pause.wait(chance.uniform(0.0, 0.2))
        if installation.kills % 2:
            installation.kill_worker()
        elif installation.kills % 10:
            installation.kill_web_child()
        else:
            installation.kill_web()


def _is_under_way(installation: Installation, campaign_id: str) -> bool:
    _try_again(installation)
    return _entries(installation.application.workshop.engine, campaign_id) == UNITS


def _is_quiet(installation: Installation) -> bool:
    """Nothing is left to do in the background, and nothing was given up and not tried again."""
    if _try_again(installation):
        return False
    engine = installation.application.workshop.engine
    return not any(
        waiting(engine, state) for state in ("ENQUEUED", "PENDING", "DELAYED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
    )


def _try_again(installation: Installation) -> int:
    """A job that was hit five times in a row is given up, as it should be; an administrator tries it again."""
    given_up = select(Incident.id).where(Incident.resolved_at.is_(None), Incident.cause.like(OF_KILLS))
    with installation.application.workshop.reading() as work:
        found = work.session.scalars(given_up).all()
    for incident_id in found:
        with contextlib.suppress(Conflict), installation.application.workshop.writing() as work:
            incidents.retry(SYSTEM, work, incident_id)
    return len(found)


def _entries(engine: Engine, campaign_id: str) -> int:
    found = (
        select(func.count())
        .select_from(ProcessInstance)
        .where(ProcessInstance.campaign_id == uuid.UUID(campaign_id), ProcessInstance.process_key == "entry")
    )
    with engine.execution_options(**READ_ONLY).connect() as connection:
        return int(connection.execute(found).scalar_one())


def _check_matters(installation: Installation, clients: list[Client]) -> None:
    ended = [instance for client in clients for instance in client.ended]
    evidence = [each for client in clients for each in client.evidence]
    assert len(ended) > CLIENTS
    with installation.application.workshop.reading() as work:
        matters = select(ProcessInstance).where(ProcessInstance.process_key == "approval")
        found = work.session.scalars(matters).all()
        assert {str(each.id) for each in found} == set(ended)
        assert {each.state for each in found} == {InstanceState.ENDED}
        counted = work.session.execute(
            select(Task.instance_id, func.count(Decision.id))
            .join(Decision, Decision.task_id == Task.id)
            .where(Task.instance_id.in_([each.id for each in found]))
            .group_by(Task.instance_id)
        )
        decisions = {row[0]: row[1] for row in counted}
        assert set(decisions.values()) == {2}
        assert len(decisions) == len(found)
        assert {str(each) for each in work.session.scalars(select(Evidence.id))} == set(evidence)


def _check_campaign(installation: Installation, campaign_id: uuid.UUID) -> None:
    with installation.application.workshop.reading() as work:
        campaign = work.session.get_one(Campaign, campaign_id)
        assert campaign.state == CampaignState.RUNNING
        participants = select(func.count()).select_from(Participant).where(Participant.campaign_id == campaign_id)
        assert work.session.scalar(participants) == UNITS
        entries = select(ProcessInstance.item_key).where(
            ProcessInstance.campaign_id == campaign_id, ProcessInstance.process_key == "entry"
        )
        items = work.session.scalars(entries).all()
        assert len(items) == len(set(items)) == UNITS


def _check_whole(installation: Installation) -> None:
    assert verify(installation.application) == []
    with installation.application.workshop.reading() as work:
        others = select(Incident.cause).where(or_(Incident.cause.not_like(OF_KILLS), Incident.resolved_at.is_(None)))
        assert work.session.scalars(others).all() == []


def _key(name: str) -> str:
    return name.encode().hex()[-60:]
