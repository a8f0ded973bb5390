"""A Gaoping campaign in the small world, and shortcuts that score as people do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Engine

from server.actor import SYSTEM, Actor
from server.assessments import queries as assessments
from server.assessments.queries import AssessmentRow
from server.bootstrap import assemble
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import Opening
from server.config import Settings
from server.db.jobs import InlineJobQueue
from server.evidence import operations as evidence
from server.organisation.models import Unit
from server.ports import VirtualClock, seeded_ids
from server.schemes import operations as schemes
from server.schemes.package import read_folder
from server.standards.reading import read_standard
from server.standards.tree import Standard
from server.tasks.models import Task
from tests.world import World, make_world

SHIPPED = Path(__file__).parents[2] / "workflows" / "gaoping-2020"
FULL = {"1.1.1": "targets", "2.2.3": "5", "5.1.1": "2", "5.1.2": "4", "5.1.3": "2", "5.2.2": "2"}
"""Answers that give all points; every other row takes `yes`."""

ROWS = tuple(row.key for row in (read_standard((SHIPPED / "standard.csv").read_bytes()).standard or Standard([])).rows)


class Gaoping:
    """One campaign of the shipped scheme, with its units at the start of their way."""

    def __init__(self, engine: Engine, folder: Path, clock: VirtualClock, units: int = 2, **parameters: str) -> None:
        self.world: World = make_world(engine, folder, clock, units=units)
        with self.world.workshop.writing() as work:
            self.world.versions["gaoping"] = schemes.install(SYSTEM, work, read_folder(SHIPPED)).id
        self.units = self.world.units
        self.campaign: Campaign = self._open({"rectification_days": "30", "not_applicable": "full", **parameters})

    def _open(self, parameters: Mapping[str, str]) -> Campaign:
        world = self.world
        opening = Opening(
            scheme_version_id=world.versions["gaoping"],
            unit_id=world.authority.id,
            year=2026,
            title="2026年节约型机关创建",
            starts_on=date(2026, 3, 2),
            participants=tuple(unit.id for unit in world.units),
            parameters=parameters,
        )
        with world.workshop.writing() as work:
            typed = {"rectification_days": int(parameters["rectification_days"])}
            dates = campaigns.propose_dates(work, opening.scheme_version_id, 2026, "Asia/Shanghai", typed)
            office = world.actor(world.authority, "office")
            campaign = campaigns.open_campaign(office, work, replace(opening, dates=dates), uuid4().hex)
        world.drain()
        return campaign

    def on_copy(self, engine: Engine, folder: Path, clock: VirtualClock) -> "Gaoping":
        """The same campaign on a copy of its database, which is much faster than making another."""
        queue = InlineJobQueue()
        settings = Settings(
            data=folder, database_url=str(engine.url), secret_key=b"0123456789abcdefghijklmnopqrstuvwxyz"
        )
        application = assemble(settings, engine, clock, seeded_ids(clock, 8), queue)
        copy = Gaoping.__new__(Gaoping)
        copy.world = replace(self.world, application=application, clock=clock, queue=queue)
        copy.units, copy.campaign = self.units, self.campaign
        return copy

    @property
    def office(self) -> Actor:
        return self.world.actor(self.world.authority, "office")

    @property
    def verifier(self) -> Actor:
        return self.world.actor(self.world.authority, "verifier")

    @property
    def leader(self) -> Actor:
        return self.world.actor(self.world.authority, "leader")

    def liaison(self, unit: Unit) -> Actor:
        return self.world.actor(unit, "liaison")

    def task(self, actor: Actor, element: str, unit: Unit | None = None, matter: str = "") -> Task:
        """The one open task of an actor at an element, for a unit where several are open."""
        found = [
            task
            for task in self.world.inbox(actor)
            if task.element_id == element and (unit is None or task.unit_id == unit.id) and matter in task.matter
        ]
        assert len(found) == 1, [(task.element_id, task.matter) for task in self.world.inbox(actor)]
        return found[0]

    def upload(self, unit: Unit, name: str = "材料.txt") -> str:
        """A file of a unit; returns its evidence id."""
        with self.world.workshop.writing() as work:
            content = BytesIO(f"{unit.name} {name} {uuid4()}".encode())
            return str(evidence.add(self.liaison(unit), work, unit.id, self.campaign.id, content, name).id)

    def to_self_assessment(self, unit: Unit) -> Task:
        """Plan, filing and completion handed in; the self-assessment is open."""
        liaison = self.liaison(unit)
        plan = self.task(liaison, "Plan")
        self.world.do(
            liaison,
            plan.id,
            plan_file=[self.upload(unit, "方案.txt")],
            measures="健全制度，推行绿色办公，开展宣传教育。",
            complete_by="2026-09-30",
            leader="某某",
            liaison="某某",
            liaison_phone="0356-5222000",
        )
        self.world.do(self.office, self.task(self.office, "FilePlan", unit).id, verdict="file")
        done = self.task(liaison, "CarryOut")
        self.world.do(liaison, done.id, completed_on="2026-09-20", work_done="按照方案逐项落实，已经全部完成。")
        return self.task(liaison, "SelfAssess")

    def self_values(self, unit: Unit, **answers: str) -> dict[str, object]:
        """A complete sheet: full points but where `answers` (with `r2_2_3` for 2.2.3) say otherwise."""
        given = {name.removeprefix("r").replace("_", "."): answer for name, answer in answers.items()}
        proof = self.upload(unit)
        rows: dict[str, object] = {}
        for key in ROWS:
            answer = given.get(key, FULL.get(key, "yes"))
            row: dict[str, object] = {"answer": answer}
            if answer in ("na", "no", "none", "0"):
                row["note"] = "本单位情况说明"
            else:
                row["evidence"] = [proof]
            rows[key] = row
        return {"rows": rows, "report": "已全面自评。", "report_evidence": [proof]}

    def self_assess(self, unit: Unit, **answers: str) -> None:
        task = self.to_self_assessment(unit)
        self.world.do(self.liaison(unit), task.id, **self.self_values(unit, **answers))

    def verification_values(self, **answers: str) -> dict[str, object]:
        """A verification that gives full points but where `answers` say otherwise, with a reason there."""
        given = {name.removeprefix("r").replace("_", "."): answer for name, answer in answers.items()}
        rows: dict[str, object] = {}
        for key in ROWS:
            row: dict[str, object] = {"answer": given.get(key, FULL.get(key, "yes"))}
            if key in given:
                row["note"] = f"{key} 现场核查不符"
            rows[key] = row
        return {"rows": rows}

    def verify(self, unit: Unit, **answers: str) -> None:
        task = self.task(self.verifier, "Verify", unit)
        self.world.do(self.verifier, task.id, **self.verification_values(**answers))

    def participant_id(self, unit: Unit) -> UUID:
        with self.world.workshop.reading() as work:
            found = assessments.participant_of(work, self.campaign.id, unit.id)
            assert found is not None
            return found.id

    def result(self, unit: Unit) -> AssessmentRow | None:
        with self.world.workshop.reading() as work:
            return assessments.authoritative(work, self.participant_id(unit))
