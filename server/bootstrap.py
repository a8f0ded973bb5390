"""Assembles the parts: what lower floors are given by higher ones, and the one table of jobs."""

from dataclasses import dataclass

from sqlalchemy import Engine

from server.api import jobs as api_jobs
from server.assessments import processes as assessments
from server.assessments.registry import AssessmentParts
from server.audit import jobs as audit_jobs
from server.audit.models import StreamKind
from server.audit.queries import HeadKeepers
from server.campaigns import jobs as campaign_jobs
from server.campaigns import processes as campaigns
from server.campaigns.registry import CampaignParts
from server.campaigns.seats import find_seats
from server.config import Settings
from server.db import metadata, migrate
from server.db.dbos_queue import DbosJobQueue, prepare_job_tables
from server.db.engines import open_engine
from server.db.jobs import JobArguments, JobQueue, Jobs
from server.db.work import Parts, Work, Workshop
from server.deadlines import jobs as deadline_jobs
from server.deadlines import operations as deadlines
from server.departures import jobs as departure_jobs
from server.engine.contract import FactCatalogue, FactType, ProcessEngine
from server.evidence import jobs as evidence_jobs
from server.evidence.store import BlobStore
from server.findings import processes as findings
from server.identity import jobs as identity_jobs
from server.notifications import jobs as notification_jobs
from server.organisation import jobs as organisation_jobs
from server.ports import Clock, Ids, SystemClock
from server.processes import incidents
from server.processes import jobs as process_jobs
from server.processes import queries as processes
from server.processes.parts import ProcessesPart
from server.processes.registry import Activities, Collections, FactProviders, ProcessParts
from server.recognitions import processes as recognitions
from server.schemes.parts import Known, SchemeParts
from server.standards.parts import StandardPart
from server.supervision import jobs as supervision_jobs
from server.supervision import parts as supervision
from server.tasks import disputes, projection, time_requests
from server.tasks import jobs as task_jobs
from server.tasks.forms import FormKind
from server.tasks.kinds import TaskKinds
from server.worker import Tick

FACTS = (*campaigns.FACTS, assessments.FACTS, findings.FACTS)
TASK_KINDS = (
    FormKind(),
    *time_requests.TASK_KINDS,
    *disputes.TASK_KINDS,
    *supervision.TASK_KINDS,
    *assessments.TASK_KINDS,
    *findings.TASK_KINDS,
    *recognitions.TASK_KINDS,
)
COLLECTIONS = campaigns.COLLECTIONS | findings.COLLECTIONS
ACTIVITIES = campaigns.ACTIVITIES | findings.ACTIVITIES | recognitions.ACTIVITIES

WORKING = (
    process_jobs,
    deadline_jobs,
    task_jobs,
    departure_jobs,
    notification_jobs,
    campaign_jobs,
    evidence_jobs,
    audit_jobs,
    identity_jobs,
    organisation_jobs,
    supervision_jobs,
    api_jobs,
)
"""The modules whose jobs run in the background."""

metadata.load()


@dataclass(frozen=True, slots=True)
class Application:
    """A process's share of the product: units of work, jobs, and what the clock asks for."""

    workshop: Workshop
    jobs: Jobs
    ticks: tuple[Tick, ...]
    settings: Settings

    def on_parked(self, work: Work, name: str, key: str, arguments: JobArguments, error: str) -> None:
        """Background work that was given up is shown as an incident."""
        incidents.raise_for_job(work, name, dict(arguments), error)


def open_application(settings: Settings, *, bring_up: bool) -> Application:
    """The application of a running installation, on its own database.

    bring_up: bring the schema to this release first; otherwise a database of another release is refused.
    """
    if bring_up:
        migrate.upgrade(settings.database_url)
        prepare_job_tables(settings.database_url)
    else:
        migrate.check(settings.database_url)
    engine = open_engine(settings.database_url)
    clock = SystemClock()
    return assemble(settings, engine, clock, Ids(clock), DbosJobQueue(engine))


def assemble(settings: Settings, engine: Engine, clock: Clock, ids: Ids, queue: JobQueue) -> Application:
    """Put everything together; the queue decides whether jobs run in the background or inline."""
    parts = Parts(
        settings,
        ProcessEngine(),
        BlobStore(settings.data / "evidence"),
        HeadKeepers({StreamKind.INSTANCE: processes.heads}),
        _process_parts(),
        TaskKinds({kind.key: kind for kind in TASK_KINDS}),
        CampaignParts(
            results=recognitions.CAMPAIGN_RESULTS,
            target=recognitions.CAMPAIGN_TARGET,
            row_units=findings.ROW_UNITS,
            links=[*recognitions.CAMPAIGN_LINKS, *supervision.CAMPAIGN_LINKS],
            left=[*recognitions.UNIT_LEFT],
            notes=[*recognitions.CAMPAIGN_NOTES],
        ),
        AssessmentParts(mended=findings.MENDED),
        SchemeParts([ProcessesPart(), StandardPart()], known()),
    )
    jobs = Jobs(tuple(job for package in WORKING for job in package.JOBS))
    ticks = tuple(Tick(name, seconds) for package in WORKING for name, seconds in package.TICKS)
    return Application(Workshop(engine, clock, ids, queue, parts), jobs, ticks, settings)


def _process_parts() -> ProcessParts:
    return ProcessParts(
        facts=FactProviders({provider.prefix: provider for provider in FACTS}),
        collections=Collections(COLLECTIONS),
        activities=Activities(ACTIVITIES),
        seats=find_seats,
        projectors=[projection.project, deadlines.project],
        on_end=[campaigns.root_ended, *findings.ON_END],
    )


def known() -> Known:
    """What diagrams may name; read by the check of packages and, in words, by whoever edits them."""
    facts: dict[str, FactType] = {}
    for provider in FACTS:
        facts |= provider.catalogue
    return Known(
        task_kinds=frozenset(kind.key for kind in TASK_KINDS),
        collections=frozenset(COLLECTIONS),
        activities=frozenset(ACTIVITIES),
        facts=FactCatalogue(facts),
        outcomes={**assessments.OUTCOMES, **findings.OUTCOMES, **recognitions.OUTCOMES},
        results={**findings.RESULTS, **recognitions.RESULTS, **campaigns.CHILDREN_RESULTS},
    )
