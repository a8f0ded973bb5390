"""Assembles the parts: what lower floors are given by higher ones, and the one table of jobs."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from server.assessments import processes as assessment_processes
from server.audit.models import StreamKind
from server.audit.queries import HeadKeepers
from server.campaigns import jobs as campaign_jobs
from server.campaigns import processes as campaign_processes
from server.campaigns.registry import CampaignParts
from server.config import Settings
from server.db.jobs import JobQueue, Jobs
from server.db.work import Parts, Workshop
from server.deadlines import jobs as deadline_jobs
from server.deadlines import operations as deadlines
from server.engine.contract import ProcessEngine
from server.evidence import jobs as evidence_jobs
from server.evidence.store import BlobStore
from server.findings import processes as finding_processes
from server.ports import Clock, Ids
from server.processes import jobs as process_jobs
from server.processes import queries as processes
from server.processes.registry import ProcessParts
from server.recognitions import processes as recognition_processes
from server.schemes.parts import SchemeParts
from server.standards import parts as standards
from server.tasks import projection
from server.tasks.forms import FormKind
from server.tasks.kinds import TaskKinds
from server.worker import Tick


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


def open_application(settings: Settings, *, migrate: bool) -> Application:
    """The application of a running installation, on its own database.

    migrate: bring the schema to this release first; otherwise a database of another release is refused.
    """
    if migrate:
        migrations.upgrade(settings.database_url)
        prepare_job_tables(settings.database_url)
    else:
        migrations.check(settings.database_url)
    engine = open_engine(settings.database_url)
    clock = SystemClock()
    return assemble(settings, engine, clock, Ids(clock), DbosJobQueue(engine))


def assemble(settings: Settings, engine: Engine, clock: Clock, ids: Ids, queue: JobQueue) -> Application:
    """Put everything together; the queue decides whether jobs run in the background or inline."""
    parts = Parts(
        settings,
        ProcessEngine(),
        BlobStore(settings.data / "evidence"),
        HeadKeepers({StreamKind.INSTANCE: instance_heads}),
        process_parts(),
        TaskKinds({kind.key: kind for kind in KINDS}),
        CampaignParts(results=results, target=target, links=list(CAMPAIGN_LINKS)),
        AssessmentParts(mended=mended_rows),
    )
    parts.add(scheme_parts(parts))
    jobs = Jobs((*process_jobs.JOBS, *deadline_jobs.JOBS, *campaign_jobs.JOBS, *evidence_jobs.JOBS))
    ticks = tuple(
        Tick(name, seconds) for name, seconds in (*process_jobs.TICKS, *deadline_jobs.TICKS, *evidence_jobs.TICKS)
    )
    return Application(Workshop(engine, clock, ids, queue, parts), jobs, ticks, settings)
