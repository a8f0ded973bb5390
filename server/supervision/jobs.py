"""Once a day the system drafts orders about what units have owed too long. It sends none."""

from uuid import UUID

from sqlalchemy import select

from server.campaigns.models import Campaign, CampaignState
from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.supervision import drafts

DRAFT_JOB = "supervision.draft"
BATCH = 50
DAY = 24 * 3600


def draft(work: Work, arguments: JobArguments) -> JobArguments | None:
    """Without arguments, ask for each running campaign; with one, look at its next units."""
    if "campaign" not in arguments:
        running = select(Campaign.id).where(Campaign.state == CampaignState.RUNNING).order_by(Campaign.opened_at)
        for campaign_id in work.session.scalars(running):
            work.jobs.enqueue(work.session, DRAFT_JOB, str(campaign_id), {"campaign": str(campaign_id), "after": 0})
        return None
    campaign = str(arguments["campaign"])
    last = drafts.draft_overdue(work, UUID(campaign), int(arguments["after"]), BATCH)
    return None if last is None else {"campaign": campaign, "after": last}


JOBS = (Job(DRAFT_JOB, draft),)
TICKS = ((DRAFT_JOB, DAY),)
