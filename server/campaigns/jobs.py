"""Background work of campaigns: starting the root instance, whose fan-out then starts the participants in chunks."""

from uuid import UUID

from sqlalchemy import select

from server.actor import SYSTEM
from server.campaigns.models import Campaign, CampaignState
from server.campaigns.operations import OPEN_JOB
from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.errors import Conflict
from server.i18n import Message
from server.processes import operations as processes
from server.processes.models import ProcessDefinition
from server.processes.operations import Birth
from server.schemes import queries as schemes


def start(work: Work, arguments: JobArguments) -> JobArguments | None:
    """Start the root instance of a campaign once; asked for twice, the second finds it started."""
    campaign = work.session.get(Campaign, UUID(str(arguments["campaign"])), with_for_update=True)
    if campaign is None or campaign.state != CampaignState.OPENING:
        return None
    root = schemes.scheme_of(work, campaign.scheme_version_id).root
    if root is None:
        raise Conflict(Message("campaign-no-root"))
    definition_id = work.session.execute(
        select(ProcessDefinition.id).where(
            ProcessDefinition.scheme_version_id == campaign.scheme_version_id,
            ProcessDefinition.process_key == root.key,
        )
    ).scalar_one()
    birth = Birth(
        business_key=campaign.title,
        campaign_id=campaign.id,
        owner_unit_id=campaign.unit_id,
        unit_id=campaign.unit_id,
    )
    running = processes.start(SYSTEM, work, definition_id, birth)
    campaign.root_instance_id = running.instance.id
    campaign.state = CampaignState.RUNNING
    return None


JOBS = (Job(OPEN_JOB, start),)
TICKS: tuple[tuple[str, int], ...] = ()
