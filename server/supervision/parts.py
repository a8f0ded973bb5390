"""What the doors assemble of supervision: the task of replying, and the way there from a campaign's page."""

from uuid import UUID

from server.supervision.kinds import Reply

TASK_KINDS = (Reply(),)


def orders_link(campaign_id: UUID) -> tuple[str, str]:
    return "supervision", f"/supervision?campaign={campaign_id}"


CAMPAIGN_LINKS = (orders_link,)
