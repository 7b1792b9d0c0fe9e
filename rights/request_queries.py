"""Requests within somebody's reach: one, one locked, and lists a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from auth.models import Contractor, Organization, User
from base.jst import start_of
from rights.codes import BusinessKind
from rights.juju_seats import seats_taken
from rights.models import HeldRight, RequestPart, RightsRequest
from rights.queries import is_left
from rights.request_filters import Filters
from rights.request_rules import Terms
from rights.request_states import GIVEN_UP_STATES, OPEN_STATES, RequestKind, RequestState

PAGE = 50
NAMES = (RightsRequest.organization, RightsRequest.contractor, RightsRequest.entered_by)
WITH_NAMES = tuple(joinedload(name) for name in NAMES)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of the screen; `older` and `newer` are the public ids from which the list goes on."""

    rows: Sequence[RightsRequest]
    count: int
    older: str | None
    newer: str | None


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
    """Several, locked in one order for everybody, so that no two wait for each other."""
    these = reach.where(RightsRequest.public_id.in_(public_ids))
    return list(session.scalars(these.order_by(RightsRequest.id).with_for_update(of=RightsRequest)))


def filtered(reach: Select[RightsRequest], filters: Filters) -> Select[RightsRequest]:
    return reach.where(*_conditions(filters))


def all_of(session: Session, reach: Select[RightsRequest], filters: Filters) -> list[RightsRequest]:
    """Everything that the filters leave, in the order of the screen."""
    found = filtered(reach, filters).options(*WITH_NAMES).order_by(*_order(is_rising=filters.is_oldest_first))
    return list(session.scalars(found))


def count_of(session: Session, reach: Select[RightsRequest], filters: Filters) -> int:
    ids = filtered(reach, filters).with_only_columns(RightsRequest.id).subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def page_of(session: Session, reach: Select[RightsRequest], filters: Filters, address: Mapping[str, str]) -> Page:
    """One page, going on from the `older_than` or `newer_than` of the address."""
    found = filtered(reach, filters).options(*WITH_NAMES)
    is_rising, start = filters.is_oldest_first, None
    for name, rises in (("older_than", False), ("newer_than", True)):
        row = find_request(session, reach, address[name]) if name in address else None
        is_rising, start = (rises, row) if row else (is_rising, start)
    if start is not None:
        place = tuple_(RightsRequest.entered_at, RightsRequest.id)
        begun = tuple_(start.entered_at, start.id, types=(RightsRequest.entered_at.type, RightsRequest.id.type))
        found = found.where(place > begun if is_rising else place < begun)
    rows = list(session.scalars(found.order_by(*_order(is_rising=is_rising)).limit(PAGE + 1)))
    return _page(rows, count_of(session, reach, filters), filters, is_rising=is_rising, has_begun=start is not None)


def _page(rows: list[RightsRequest], count: int, filters: Filters, *, is_rising: bool, has_begun: bool) -> Page:
    has_more, rows = len(rows) > PAGE, rows[:PAGE]
    rising = rows if is_rising else rows[::-1]
    has_newer, has_older = (has_more, has_begun) if is_rising else (has_begun, has_more)
    return Page(
        rows=rising if filters.is_oldest_first else rising[::-1],
        count=count,
        older=rising[0].public_id if has_older and rising else None,
        newer=rising[-1].public_id if has_newer and rising else None,
    )


def _order(*, is_rising: bool) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    if is_rising:
        return RightsRequest.entered_at.asc(), RightsRequest.id.asc()
    return RightsRequest.entered_at.desc(), RightsRequest.id.desc()


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.state:
        conditions.append(_stands(filters.state))
    if filters.words:
        conditions.append(_holds(filters.words))
    if filters.entered_from:
        conditions.append(RightsRequest.entered_at >= start_of(filters.entered_from))
    if filters.entered_until:
        conditions.append(RightsRequest.entered_at < start_of(filters.entered_until + timedelta(days=1)))
    if filters.processing_date:
        conditions.append(RightsRequest.processing_date == filters.processing_date)
    return conditions


def _stands(state: RequestState) -> ColumnElement[bool]:
    """As its progress says: only a new request waits for acceptance, a change or a removal is under way at once (R5-12)."""
    is_new, is_entered = RightsRequest.kind == RequestKind.NEW, RightsRequest.state == RequestState.ENTERED
    if state is RequestState.ENTERED:
        return is_entered & is_new
    if state is RequestState.ACCEPTED:
        return (RightsRequest.state == RequestState.ACCEPTED) | (is_entered & ~is_new)
    return RightsRequest.state == state


def _holds(words: str) -> ColumnElement[bool]:
    """In a name however its blanks are set, in an ID, a number or the name of a company."""
    unspaced = words.replace(" ", "").replace("　", "")
    names = [func.replace(name, " ", "") for name in (RightsRequest.name_kanji, RightsRequest.name_kana)]
    return or_(
        *(name.icontains(unspaced, autoescape=True) for name in names),
        RightsRequest.login_id.icontains(words, autoescape=True),
        RightsRequest.number.icontains(words, autoescape=True),
        RightsRequest.organization.has(Organization.name.icontains(words, autoescape=True)),
        RightsRequest.contractor.has(Contractor.name.icontains(words, autoescape=True)),
    )


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
