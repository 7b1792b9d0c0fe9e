"""What contact managers answer, person by person, until their organization is done (R5-20, R9-5)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.audit import audit_line, record, record_lines
from base.refusals import Conflict, Refused
from base.sentences import say
from rights.inventory.models import InventoryCampaign, InventoryItem, InventorySignOff
from rights.inventory.queries import IS_SIGNED, STANDING, items_of, sign_off_of, tally_of
from rights.inventory.rules import Answer, Standing
from rights.models import RightsRequest
from rights.request_rows import lock_organization
from rights.request_states import RequestKind

ENDED = say("この棚卸は終了しているため、回答できません。")
SIGNED = say("この棚卸は完了しているため、回答を変えられません。")
ANSWER_OF: Mapping[str, Answer] = {RequestKind.CHANGE: Answer.CHANGE, RequestKind.REMOVAL: Answer.REMOVE}


def keep(
    session: Session,
    campaign: InventoryCampaign,
    organization: Organization,
    people: Collection[str],
    *,
    by: Actor,
    now: datetime,
) -> int:
    """For those of them who aren't answered for yet: what somebody else answered meanwhile stays. Answers how many."""
    _begin(session, campaign, organization)
    these = (items_of(campaign, organization.id), User.public_id.in_(people), STANDING == Standing.UNANSWERED)
    return _set(session, campaign, these, Answer.KEEP, by, now)


def take_back(
    session: Session,
    campaign: InventoryCampaign,
    organization: Organization,
    people: Collection[str],
    *,
    by: Actor,
    now: datetime,
) -> int:
    """Of those who are kept alone: what became a request is taken back by withdrawing that. Answers how many."""
    _begin(session, campaign, organization)
    these = (items_of(campaign, organization.id), User.public_id.in_(people), STANDING == Standing.KEEP)
    return _set(session, campaign, these, None, by, now)


def take_as_answer(session: Session, request: RightsRequest, *, by: Actor, now: datetime) -> None:
    """A change or a removal, wherever its organization enters it, is the answer for that person. The organization is locked."""
    if request.kind not in ANSWER_OF or by.user_id is None or by.organization_id != request.organization_id:
        return
    running = select(InventoryCampaign.id).where(InventoryCampaign.ended_at.is_(None))
    his = (InventoryItem.user_id == request.user_id, InventoryItem.campaign_id.in_(running), ~IS_SIGNED)
    # Another ID is the same person (R5-21).
    answer = Answer.CHANGE if request.follows_id else ANSWER_OF[request.kind]
    values = {"answer": answer, "answered_at": now, "answered_by_id": by.user_id, "request_id": request.id}
    if session.execute(update(InventoryItem).where(*his).values(values).returning(InventoryItem.user_id)).first():
        user = session.get_one(User, request.user_id)
        after = {"answer": answer, "number": request.number}
        record(session, "inventory.answered", f"user:{user.public_id}", by=by, now=now, after=after)


def sign_off(
    session: Session, campaign: InventoryCampaign, organization: Organization, *, by: Actor, now: datetime
) -> None:
    """Everybody is answered for: from here on nothing changes, and the completion record is of this moment (R9-5)."""
    _begin(session, campaign, organization)
    tally = tally_of(session, campaign, organization.id)
    if tally.unanswered:
        raise Refused(say("まだ%(count)s名の回答がありません。", count=tally.unanswered))
    assert by.user_id is not None
    session.add(InventorySignOff(campaign_id=campaign.id, organization_id=organization.id, at=now, by_id=by.user_id))
    session.flush()
    after = {str(standing): count for standing, count in tally.counts.items()}
    record(session, "inventory.completed", f"inventory:{campaign.public_id}", by=by, now=now, after=after)


def _begin(session: Session, campaign: InventoryCampaign, organization: Organization) -> None:
    """One after the other, for each organization; as requests do."""
    lock_organization(session, organization)
    if campaign.ended_at is not None:
        raise Conflict(ENDED)
    if sign_off_of(session, campaign, organization.id) is not None:
        raise Conflict(SIGNED)


def _set(
    session: Session,
    campaign: InventoryCampaign,
    which: tuple[ColumnElement[bool], ...],
    answer: Answer | None,
    by: Actor,
    now: datetime,
) -> int:
    people = dict(session.execute(_people(which)).all())
    when, who = (now, by.user_id) if answer else (None, None)
    these = (InventoryItem.campaign_id == campaign.id, InventoryItem.user_id.in_(people))
    values = {"answer": answer, "answered_at": when, "answered_by_id": who, "request_id": None}
    session.execute(update(InventoryItem).where(*these).values(values))
    action = "inventory.answered" if answer else "inventory.answer_taken_back"
    facts = {"answer": answer} if answer else {}
    record_lines(session, [audit_line(action, f"user:{name}", by=by, now=now, after=facts) for name in people.values()])
    return len(people)


def _people(which: tuple[ColumnElement[bool], ...]) -> Select[int, str]:
    found = select(User.id, User.public_id).join(InventoryItem, InventoryItem.user_id == User.id)
    return found.where(*which).order_by(User.id)
