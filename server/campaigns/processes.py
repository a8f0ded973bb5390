"""What campaigns register with processes: roles, the collection of participants, facts, and the end of the root."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from server.campaigns.models import Campaign, CampaignState, Participant, ParticipantState
from server.db.work import Work
from server.engine.contract import FactKind, FactType
from server.organisation.models import Unit
from server.processes.models import InstanceState
from server.processes.registry import FactProvider, Item, Running


def campaign_of(work: Work, running: Running) -> Campaign | None:
    """The campaign that an instance belongs to, read once in a unit of work."""
    if "campaign" not in running.memo:
        campaign_id = running.instance.campaign_id
        running.memo["campaign"] = None if campaign_id is None else work.session.get(Campaign, campaign_id)
    campaign: Campaign | None = running.memo["campaign"]
    return campaign


def participants(work: Work, running: Running) -> Sequence[Item]:
    """The active participants, in the order in which they were entered."""
    campaign = campaign_of(work, running)
    if campaign is None:
        return ()
    rows = work.session.execute(
        select(Participant, Unit.name)
        .join(Unit, Unit.id == Participant.unit_id)
        .where(Participant.campaign_id == campaign.id, Participant.state == ParticipantState.ACTIVE)
        .order_by(Participant.number)
    ).all()
    return [item_of(campaign, participant, name) for participant, name in rows]


def item_of(campaign: Campaign, participant: Participant, unit_name: str) -> Item:
    return Item(
        key=f"p{participant.number:05d}",
        business_key=f"{campaign.title} · {unit_name}",
        unit_id=participant.unit_id,
        subject_id=participant.id,
    )


def _campaign_facts(work: Work, running: Running) -> dict[str, object]:
    campaign = campaign_of(work, running)
    return {} if campaign is None else {"campaign.year": campaign.year, "campaign.title": campaign.title}


def _participant_facts(work: Work, running: Running) -> dict[str, object]:
    campaign = campaign_of(work, running)
    if campaign is None or running.instance.unit_id is None:
        return {}
    state = work.session.scalar(
        select(Participant.state).where(
            Participant.campaign_id == campaign.id, Participant.unit_id == running.instance.unit_id
        )
    )
    attempt = running.instance.attempt
    return {"participant.state": state, "participant.attempt": attempt} if state else {}


def _unit_facts(work: Work, running: Running) -> dict[str, object]:
    row = work.session.execute(select(Unit.kind, Unit.name).where(Unit.id == running.instance.unit_id)).one_or_none()
    return {} if row is None else {"unit.kind": row.kind, "unit.name": row.name}


FACTS = (
    FactProvider(
        "campaign",
        {
            "campaign.year": FactType(FactKind.NUMBER, "fact-campaign-year"),
            "campaign.title": FactType(FactKind.STRING, "fact-campaign-title"),
        },
        _campaign_facts,
    ),
    FactProvider(
        "participant",
        {
            "participant.state": FactType(FactKind.STRING, "fact-participant-state", ("active", "withdrawn", "exempt")),
            "participant.attempt": FactType(FactKind.NUMBER, "fact-participant-attempt"),
        },
        _participant_facts,
    ),
    FactProvider(
        "unit",
        {
            "unit.kind": FactType(FactKind.STRING, "fact-unit-kind"),
            "unit.name": FactType(FactKind.STRING, "fact-unit-name"),
        },
        _unit_facts,
    ),
)


def conclude(work: Work, running: Running, parameters: Mapping[str, str]) -> Mapping[str, object]:
    """The activity `participants.conclude`: note with the participant how its way through the campaign ended."""
    participant = work.session.get(Participant, running.instance.subject_id) if running.instance.subject_id else None
    if participant is not None:
        participant.concluded = parameters.get("outcome", "")[:20]
    return {}


ACTIVITIES = {"participants.conclude": conclude}
COLLECTIONS = {"participants": participants}
CHILDREN_RESULTS = {
    "children": {
        key: FactType(FactKind.NUMBER, f"fact-children-{key.replace('_', '-')}")
        for key in ("total", "done", "withdrawn", "left_out")
    }
    | {"opened_by": FactType(FactKind.STRING, "fact-children-opened-by", ("all", "count", "percent", "deadline"))}
}


def root_ended(work: Work, running: Running) -> None:
    """A campaign ends with its root instance."""
    instance = running.instance
    if instance.parent_fan_out_id is not None or instance.campaign_id is None:
        return
    campaign = work.session.get(Campaign, instance.campaign_id)
    if campaign is not None and campaign.root_instance_id == instance.id:
        ended = instance.state == InstanceState.ENDED
        campaign.state = CampaignState.ENDED if ended else CampaignState.CANCELLED
        campaign.ended_at = work.now
