"""Staff mark an M delayed, with new starting days: the rights that are to begin move along, and those concerned are told (R5-10)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import Actor
from base.audit import record
from base.business_days import BusinessCalendar
from base.jst import day_of, start_of
from base.refusals import Refused
from base.sentences import say
from rights.codes import System
from rights.effect_dates import StartingDays, in_effect_from, starting_days
from rights.models import HeldRight, ProcessingDay, RequestPart, RightsRequest
from rights.processing.delay_rules import LONGEST_REASON, refusals_of_delay
from rights.request_news import tell_managers
from rights.request_states import GIVEN_UP_STATES, OPEN_STATES, SET_BY_REGISTRATION, RequestKind
from rights.right_changes import keep_after_all, set_right

KIND = "processing-delayed"


def current_days(session: Session, m: date, calendar: BusinessCalendar) -> StartingDays:
    delayed = session.get(ProcessingDay, m)
    if delayed is None:
        return starting_days(m, calendar)
    return StartingDays(delayed.taxis_johs_from, delayed.juju_loacus_from)


def delay_processing_day(
    session: Session,
    m: date,
    new: StartingDays,
    reason: str,
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> int:
    """Answers how many organizations are told."""
    row = session.scalars(
        select(ProcessingDay).where(ProcessingDay.processing_date == m).with_for_update()
    ).one_or_none()
    current = current_days(session, m, calendar)
    for refusal in refusals_of_delay(new, current, starting_days(m, calendar), day_of(now), calendar):
        raise Refused(refusal.reason, refusal.field)
    if not reason or len(reason) > LONGEST_REASON:
        raise Refused(say("1文字以上%(longest)s文字以内で入力してください。", longest=LONGEST_REASON), "reason")
    row = row or ProcessingDay(processing_date=m)
    row.taxis_johs_from, row.juju_loacus_from = new.taxis_johs_from, new.juju_loacus_from
    row.reason, row.delayed_at, row.delayed_by_id = reason, now, by.user_id or 0
    session.add(row)
    session.flush()
    concerned = _move_starts(session, m, current, new, now)
    _note(session, row, current, by, now)
    for organization_id in sorted(concerned):
        _tell(session, organization_id, row, now)
    return len(concerned)


def waiting_parts(m: date) -> Select[RequestPart]:
    """Of this M, what begins or changes on its starting days; a removal ends with the entry of its completion."""
    of_m = (RightsRequest.processing_date == m, RightsRequest.kind != RequestKind.REMOVAL)
    found = select(RequestPart).join(RequestPart.request).where(*of_m, RightsRequest.state.not_in(GIVEN_UP_STATES))
    is_for_m = (RightsRequest.kind == RequestKind.NEW) | RequestPart.system.not_in(SET_BY_REGISTRATION)
    return found.where(is_for_m, RequestPart.withdrawn_at.is_(None))


def waiting_organizations(session: Session, m: date, now: datetime) -> Sequence[int]:
    """Whose people still wait for one of the starting days."""
    is_left = RequestPart.effect_at.is_(None) | (RequestPart.effect_at > now)
    of = waiting_parts(m).where(is_left).with_only_columns(RightsRequest.organization_id).distinct()
    return session.scalars(of.order_by(RightsRequest.organization_id)).all()


def _move_starts(session: Session, m: date, current: StartingDays, new: StartingDays, now: datetime) -> set[int]:
    """What is completed and hasn't begun yet begins on the new day; what isn't completed follows by itself."""
    concerned: set[int] = set()
    for part in session.scalars(waiting_parts(m).order_by(RequestPart.request_id).with_for_update(of=RequestPart)):
        is_first = part.system in SET_BY_REGISTRATION
        before = current.taxis_johs_from if is_first else current.juju_loacus_from
        after = new.taxis_johs_from if is_first else new.juju_loacus_from
        if before == after:
            continue
        if part.effect_at is None:
            concerned.add(part.request.organization_id)
        elif part.effect_at == start_of(before) and part.effect_at > now and _is_still_to_come(session, part):
            for each in (part, *_followers(session, part)):
                _put_off(session, each, in_effect_from(after, now), now)
            concerned.add(part.request.organization_id)
    return concerned


def _followers(session: Session, part: RequestPart) -> Sequence[RequestPart]:
    """What the old ID holds ends as the new one's begins (R5-21)."""
    follows = (RightsRequest.follows_id == part.request_id, RightsRequest.state.in_(OPEN_STATES))
    same = (RequestPart.system == part.system, RequestPart.effect_at == part.effect_at)
    return session.scalars(select(RequestPart).join(RequestPart.request).where(*follows, *same)).all()


def _is_still_to_come(session: Session, part: RequestPart) -> bool:
    """What was given up since stays given up, whatever its day would have been (R5-17, R5-18)."""
    return part.code is None or _coming(session, part) is not None


def _coming(session: Session, part: RequestPart) -> HeldRight | None:
    """What begins at the part's moment: its own code, or what that was changed to since (R5-14)."""
    here = (HeldRight.user_id == part.request.user_id, HeldRight.system == part.system)
    is_left = HeldRight.until_at.is_(None) | (HeldRight.until_at > HeldRight.from_at)
    return session.scalars(select(HeldRight).where(*here, HeldRight.from_at == part.effect_at, is_left)).one_or_none()


def _put_off(session: Session, part: RequestPart, effect_at: datetime, now: datetime) -> None:
    """The row that was to begin never counts; what was held goes on until the new moment."""
    user_id, system, planned, coming = part.request.user_id, System(part.system), part.effect_at, _coming(session, part)
    assert user_id is not None
    assert planned is not None
    set_right(session, user_id, system, None, planned, request_id=part.request_id)
    if part.held_code is not None:
        keep_after_all(session, user_id, system, part.held_code, planned, now)
    code, request_id = (coming.code, coming.request_id) if coming else (None, part.request_id)
    set_right(session, user_id, system, code, effect_at, request_id=request_id)
    for each in (part, *_changes_of(session, part)):
        each.effect_at = effect_at


def _changes_of(session: Session, part: RequestPart) -> Sequence[RequestPart]:
    """Of what hadn't begun: they begin with it (R5-14)."""
    his = (RightsRequest.user_id == part.request.user_id, RightsRequest.kind == RequestKind.CHANGE)
    same = (RequestPart.system == part.system, RequestPart.effect_at == part.effect_at)
    return session.scalars(select(RequestPart).join(RequestPart.request).where(*his, *same)).all()


def _note(session: Session, row: ProcessingDay, current: StartingDays, by: Actor, now: datetime) -> None:
    before = {"taxis_johs_from": current.taxis_johs_from, "juju_loacus_from": current.juju_loacus_from}
    after = {"taxis_johs_from": row.taxis_johs_from, "juju_loacus_from": row.juju_loacus_from, "reason": row.reason}
    subject = f"processing:{row.processing_date.isoformat()}"
    record(session, "processing.delayed", subject, by=by, now=now, before=before, after=after)


def _tell(session: Session, organization_id: int, row: ProcessingDay, now: datetime) -> None:
    """Once for each delay: a second one of the same M is told of anew."""
    of = session.get_one(Organization, organization_id)
    occasion = f"{KIND}:{row.processing_date.isoformat()}:{of.public_id}:{now.isoformat()}"
    tell_managers(session, of.id, KIND, occasion, about=of.public_id, now=now)
