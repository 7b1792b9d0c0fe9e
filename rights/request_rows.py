"""What every kind of request has in common as a row: numbered, written with its parts, noted in the trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from auth.login_id import fold
from auth.models import Organization, User
from base.actors import Actor
from base.audit import audit_line, record, record_lines
from base.jst import day_of, start_of
from base.refusals import Refused
from rights.codes import AskedRights
from rights.id_refusals import id_refusal
from rights.models import RequestPart, RightsRequest
from rights.request_numbers import request_number
from rights.request_parts import Part
from rights.request_queries import find_request, lock_request, requests_of
from rights.request_states import RequestEvent, RequestKind, RequestState, next_state


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a request is for; `user_id` None while there is no account (R5-1)."""

    user_id: int | None
    contractor_id: int | None
    name_kanji: str
    name_kana: str
    login_id: str


def lock_organization(session: Session, organization: Organization) -> None:
    """Of those who enter for one organization at once, one goes first: they count its requests and its JUJU users."""
    session.execute(select(Organization.id).where(Organization.id == organization.id).with_for_update(key_share=True))


def lock_whole_request(session: Session, organization_id: int, public_id: str) -> RightsRequest | None:
    """The organization's own request for a removal: its person and the organization before it, in everybody's order (G2)."""
    reach = requests_of(organization_id)
    found = find_request(session, reach, public_id)
    if found is None:
        return None
    session.execute(select(User.id).where(User.id == found.user_id).with_for_update(key_share=True))
    lock_organization(session, found.organization)
    session.expire(found)
    return lock_request(session, reach, public_id)


def add_request(
    session: Session,
    organization: Organization,
    kind: RequestKind,
    person: Person,
    wanted: AskedRights,
    parts: Iterable[Part],
    memo: str,
    *,
    by: Actor,
    now: datetime,
) -> RightsRequest:
    """The organization is locked. `Refused` where another open request of this ID was first (R5-17)."""
    row = _row(session, organization, kind, person, wanted, memo, by, now)
    row.parts = [RequestPart(system=part.system, code=part.code, held_code=part.held) for part in parts]
    _add(session, organization, row, now)
    record(session, "request.entered", subject_of(row), by=by, now=now, after=facts_of(row))
    return row


def following_state(request: RightsRequest, event: RequestEvent) -> RequestState:
    """`Conflict` where the request doesn't move that way (G7)."""
    return next_state(RequestState(request.state), event, RequestKind(request.kind))


def move(request: RightsRequest, event: RequestEvent) -> None:
    request.state = following_state(request, event)


def record_move(
    session: Session, action: str, request: RightsRequest, before: dict[str, object], by: Actor, now: datetime
) -> None:
    session.flush()
    record_lines(session, [move_line(action, request, before, by, now)])


def move_line(
    action: str, request: RightsRequest, before: dict[str, object], by: Actor, now: datetime
) -> dict[str, Any]:
    """Of what has been flushed."""
    after, whose = facts_of(request), request.organization_id
    return audit_line(action, subject_of(request), by=by, now=now, before=before, after=after, organization_id=whose)


def subject_of(request: RightsRequest) -> str:
    return f"request:{request.public_id}"


def facts_of(request: RightsRequest) -> dict[str, object]:
    names = (
        *("number", "kind", "state", "name_kanji", "name_kana", "login_id", "contractor_id", "memo"),
        *("taxis", "johs", "juju", "loacus", "processing_date", "ordered_at", "registered_at"),
        *("cancel_reason", "phoned_to", "phoned_at"),
    )
    return {name: getattr(request, name) for name in names if getattr(request, name) not in {None, ""}}


def _row(
    session: Session,
    organization: Organization,
    kind: RequestKind,
    person: Person,
    wanted: AskedRights,
    memo: str,
    by: Actor,
    now: datetime,
) -> RightsRequest:
    assert by.user_id is not None
    return RightsRequest(
        number=request_number(kind, day_of(now), _next_sequence(session, organization.id, day_of(now))),
        kind=kind,
        state=RequestState.ENTERED,
        organization_id=organization.id,
        contractor_id=person.contractor_id,
        user_id=person.user_id,
        name_kanji=person.name_kanji,
        name_kana=person.name_kana,
        login_id=person.login_id,
        login_id_folded=fold(person.login_id),
        taxis=wanted.taxis,
        johs=wanted.johs,
        juju=wanted.juju,
        loacus=wanted.loacus,
        memo=memo,
        entered_at=now,
        entered_by_id=by.user_id,
    )


def _next_sequence(session: Session, organization_id: int, on: date) -> int:
    """The organization's row is locked: nobody else counts at the same time."""
    of_month = func.substr(RightsRequest.number, 3, 4) == f"{on:%y%m}"
    sequence = cast(func.substr(RightsRequest.number, 8), Integer)
    last = select(func.max(sequence)).where(
        RightsRequest.organization_id == organization_id,
        of_month,
        RightsRequest.entered_at >= start_of(on.replace(day=1)),
    )
    return (session.scalar(last) or 0) + 1


def _add(session: Session, organization: Organization, request: RightsRequest, now: datetime) -> None:
    """The unique index decides between organizations that enter the same ID at the same moment."""
    try:
        with session.begin_nested():
            session.add(request)
            session.flush()
    except IntegrityError:
        reason = id_refusal(session, organization, request.login_id_folded, now)
        if reason is None:
            raise
        raise Refused(reason, "login_id") from None
