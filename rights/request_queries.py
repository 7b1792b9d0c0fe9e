"""Requests within somebody's reach: one, one locked, and lists a page at a time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from auth.models import Contractor, Organization, User
from rights.codes import BusinessKind
from rights.juju_seats import seats_taken
from rights.models import HeldRight, RequestPart, RightsRequest
from rights.queries import is_left
from rights.request_rules import Terms
from rights.request_states import GIVEN_UP_STATES, OPEN_STATES, RequestKind


def requests_of(organization_id: int) -> Select[RightsRequest]:
    """A contact manager's reach: the own organization's (R8-4)."""
    return select(RightsRequest).where(RightsRequest.organization_id == organization_id)


def every_request() -> Select[RightsRequest]:
    """The reception center's reach."""
    return select(RightsRequest)


def find_request(session: Session, reach: Select[RightsRequest], public_id: str) -> RightsRequest | None:
    return session.scalars(reach.where(RightsRequest.public_id == public_id)).one_or_none()


def lock_request(session: Session, reach: Select[RightsRequest], public_id: str) -> RightsRequest | None:
    """The same, locked until the transaction ends."""
    return find_request(session, reach.with_for_update(of=RightsRequest), public_id)


def lock_requests(session: Session, reach: Select[RightsRequest], public_ids: Sequence[str]) -> list[RightsRequest]:
    """Several, locked in one order for everybody, so that no two wait for each other.

    Their organizations first, as whoever enters something does: none of them ends meanwhile (G2).
    """
    these = reach.where(RightsRequest.public_id.in_(public_ids))
    theirs = Organization.id.in_(these.with_only_columns(RightsRequest.organization_id))
    session.execute(select(Organization.id).where(theirs).order_by(Organization.id).with_for_update(read=True))
    return list(session.scalars(these.order_by(RightsRequest.id).with_for_update(of=RightsRequest)))


def terms_of(session: Session, organization: Organization, now: datetime) -> Terms:
    """What the organization may ask for at this moment."""
    return Terms(
        systems_in_use=frozenset(row.system for row in organization.systems),
        kinds=frozenset(BusinessKind(row.kind) for row in organization.kinds),
        juju_taken=seats_taken(session, organization.id, now),
    )


def contractors_of(organization: Organization) -> list[Contractor]:
    """Those from whom a request may choose (R5-1)."""
    return [contractor for contractor in organization.contractors if contractor.ended_at is None]


def contractor_ids(organization: Organization) -> dict[str, int | None]:
    """By public id; the organization's own people have none (R5-1)."""
    return {"": None} | {contractor.public_id: contractor.id for contractor in contractors_of(organization)}


def open_request_for(session: Session, login_id_folded: str) -> RightsRequest | None:
    """The one open request for this ID, whosever it is (R5-17)."""
    is_open = RightsRequest.state.in_(OPEN_STATES)
    return session.scalars(
        select(RightsRequest).where(RightsRequest.login_id_folded == login_id_folded, is_open)
    ).one_or_none()


def lock_open_request_for(session: Session, login_id_folded: str) -> RightsRequest | None:
    """The same, as it is once whoever has it now is done with it."""
    is_open = RightsRequest.state.in_(OPEN_STATES)
    found = select(RightsRequest).where(RightsRequest.login_id_folded == login_id_folded, is_open)
    return session.scalars(found.with_for_update().execution_options(populate_existing=True)).one_or_none()


def is_followed_by_removal(session: Session, request: RightsRequest) -> bool:
    """Whether what the request brought was given up again since (R5-17)."""
    later = (RightsRequest.login_id_folded == request.login_id_folded, RightsRequest.id > request.id)
    removal = (RightsRequest.kind == RequestKind.REMOVAL, RightsRequest.state.not_in(GIVEN_UP_STATES))
    return session.scalar(select(RightsRequest.id).where(*later, *removal).limit(1)) is not None


def has_taken_effect(request: RightsRequest, now: datetime) -> bool:
    """An open removal of which nothing is left to come: it holds up no new request (R5-17, R5-18)."""
    effects = [part.effect_at for part in request.parts]
    return request.kind == RequestKind.REMOVAL and all(effect is not None and effect <= now for effect in effects)


def person_with(session: Session, login_id_folded: str) -> User | None:
    """Whoever has the ID, deleted ones too: it stays reserved (R5-7, R5-18)."""
    return session.scalars(select(User).where(User.login_id_folded == login_id_folded)).one_or_none()


def people_with(session: Session, login_ids_folded: Sequence[str]) -> dict[str, User]:
    """Those of the IDs that somebody has or had."""
    found = session.scalars(select(User).where(User.login_id_folded.in_(login_ids_folded)))
    return {user.login_id_folded: user for user in found}


def has_rights_left(session: Session, user_id: int, now: datetime) -> bool:
    """Whether a right is held or will be."""
    left = select(HeldRight.id).where(HeldRight.user_id == user_id, is_left(now))
    return session.scalar(left.limit(1)) is not None


def parts_by_request(session: Session, requests: Sequence[RightsRequest]) -> dict[int, list[RequestPart]]:
    """The parts of each request, by its id; one query for a whole list."""
    these = select(RequestPart).where(RequestPart.request_id.in_([request.id for request in requests]))
    parts: dict[int, list[RequestPart]] = {}
    for part in session.scalars(these):
        parts.setdefault(part.request_id, []).append(part)
    return parts
