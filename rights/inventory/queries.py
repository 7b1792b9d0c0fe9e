"""Campaigns, their items and where everybody stands, asked of the database (R5-20)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from auth.models import Organization, User
from rights.inventory.models import InventoryCampaign, InventoryItem, InventorySignOff
from rights.inventory.rules import Stage, Standing, Tally, stage_of
from rights.models import HeldRight, RightsRequest
from rights.request_states import GIVEN_UP_STATES, RequestKind, RequestState

IS_SIGNED = exists().where(
    InventorySignOff.campaign_id == InventoryItem.campaign_id,
    InventorySignOff.organization_id == InventoryItem.organization_id,
)
HAS_RIGHTS = exists().where(HeldRight.user_id == InventoryItem.user_id, HeldRight.until_at.is_(None))
# Whoever takes the request back takes the answer back with it, until the organization is done.
IS_TAKEN_BACK = and_(
    exists().where(RightsRequest.id == InventoryItem.request_id, RightsRequest.state.in_(GIVEN_UP_STATES)), ~IS_SIGNED
)
STANDING = case(
    (and_(InventoryItem.answer.is_not(None), ~IS_TAKEN_BACK), InventoryItem.answer),
    (or_(IS_SIGNED, ~HAS_RIGHTS), str(Standing.GONE)),
    else_=str(Standing.UNANSWERED),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """One organization in a campaign."""

    organization: Organization
    tally: Tally
    signed: InventorySignOff | None

    @property
    def stage(self) -> Stage:
        return stage_of(self.tally, is_signed=self.signed is not None)


def people_to_ask() -> Select[int, int]:
    """Whoever's rights stand and aren't about to be removed, of organizations that go on (R5-20)."""
    standing = exists().where(HeldRight.user_id == User.id, HeldRight.until_at.is_(None))
    removal = exists().where(
        RightsRequest.user_id == User.id,
        RightsRequest.kind == RequestKind.REMOVAL,
        RightsRequest.state == RequestState.ENTERED,
    )
    goes_on = (Organization.ended_at.is_(None), Organization.is_operator.is_(False))
    people = select(User.id, User.organization_id).join(Organization, Organization.id == User.organization_id)
    return people.where(*goes_on, standing, ~removal)


def open_campaign(session: Session) -> InventoryCampaign | None:
    """The one that runs."""
    running = select(InventoryCampaign).where(InventoryCampaign.ended_at.is_(None))
    return session.scalars(running.order_by(InventoryCampaign.id.desc()).limit(1)).first()


def every_campaign() -> Select[InventoryCampaign]:
    """Staff's reach."""
    return select(InventoryCampaign).options(joinedload(InventoryCampaign.started_by))


def campaigns_of(organization_id: int) -> Select[InventoryCampaign]:
    """A contact manager's reach: those in which people of the own organization are asked about (R8-4)."""
    own = exists().where(
        InventoryItem.campaign_id == InventoryCampaign.id, InventoryItem.organization_id == organization_id
    )
    return every_campaign().where(own)


def newest_first(session: Session, reach: Select[InventoryCampaign]) -> Sequence[InventoryCampaign]:
    return session.scalars(reach.order_by(InventoryCampaign.started_at.desc(), InventoryCampaign.id.desc())).all()


def find_campaign(session: Session, reach: Select[InventoryCampaign], public_id: str) -> InventoryCampaign | None:
    return session.scalars(reach.where(InventoryCampaign.public_id == public_id)).one_or_none()


def lock_campaign(session: Session, reach: Select[InventoryCampaign], public_id: str) -> InventoryCampaign | None:
    return find_campaign(session, reach.with_for_update(of=InventoryCampaign), public_id)


def hold_campaign(session: Session, reach: Select[InventoryCampaign], public_id: str) -> InventoryCampaign | None:
    """For whoever answers: others may answer as well, but nobody ends it in between."""
    return find_campaign(session, reach.with_for_update(of=InventoryCampaign, read=True), public_id)


def items_of(campaign: InventoryCampaign, organization_id: int) -> ColumnElement[bool]:
    return and_(InventoryItem.campaign_id == campaign.id, InventoryItem.organization_id == organization_id)


def sign_off_of(session: Session, campaign: InventoryCampaign, organization_id: int) -> InventorySignOff | None:
    names = (joinedload(InventorySignOff.by), joinedload(InventorySignOff.organization))
    return session.get(InventorySignOff, (campaign.id, organization_id), options=names)


def answered_with(session: Session, request: RightsRequest) -> InventoryCampaign | None:
    """The running campaign in which the request is somebody's answer."""
    running = select(InventoryCampaign).join(InventoryItem, InventoryItem.campaign_id == InventoryCampaign.id)
    here = (InventoryItem.request_id == request.id, InventoryCampaign.ended_at.is_(None))
    return session.scalars(running.where(InventoryItem.user_id == request.user_id, *here)).first()


def tally_of(session: Session, campaign: InventoryCampaign, organization_id: int) -> Tally:
    counted = select(STANDING, func.count()).where(items_of(campaign, organization_id)).group_by(STANDING)
    return Tally({Standing(name): count for name, count in session.execute(counted)})


def progress_in(session: Session, campaign: InventoryCampaign) -> list[Progress]:
    """All organizations of the campaign that go on, by their names."""
    counted = (
        select(InventoryItem.organization_id, STANDING, func.count())
        .where(InventoryItem.campaign_id == campaign.id)
        .group_by(InventoryItem.organization_id, STANDING)
    )
    counts: dict[int, dict[Standing, int]] = {}
    for of, name, count in session.execute(counted):
        counts.setdefault(of, {})[Standing(name)] = count
    signed = {row.organization_id: row for row in session.scalars(_sign_offs(campaign))}
    return [
        Progress(of, Tally(counts[of.id]), signed.get(of.id)) for of in session.scalars(_organizations_in(campaign))
    ]


def unfinished(session: Session, campaign: InventoryCampaign) -> list[Progress]:
    return [each for each in progress_in(session, campaign) if each.stage is not Stage.COMPLETED]


def _sign_offs(campaign: InventoryCampaign) -> Select[InventorySignOff]:
    rows = select(InventorySignOff).where(InventorySignOff.campaign_id == campaign.id)
    return rows.options(joinedload(InventorySignOff.by))


def _organizations_in(campaign: InventoryCampaign) -> Select[Organization]:
    asked = exists().where(InventoryItem.campaign_id == campaign.id, InventoryItem.organization_id == Organization.id)
    return select(Organization).where(asked, Organization.ended_at.is_(None)).order_by(Organization.name)
