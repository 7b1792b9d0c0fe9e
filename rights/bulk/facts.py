"""What the database knows of the IDs in a bulk file, asked for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, selectinload

from auth.models import Organization, User
from rights.codes import AskedRights, System
from rights.held import Held, standing_rights
from rights.id_refusals import KnownId
from rights.jnote.queries import jnote_ids_among
from rights.models import HeldRight, RightsRequest
from rights.request_queries import people_with
from rights.request_states import OPEN_STATES


@dataclass(frozen=True, slots=True)
class Known:
    """Of one ID; `user` is None where it is nobody's of this organization."""

    of_id: KnownId
    user: User | None
    held: AskedRights


def known_ids(session: Session, organization: Organization, folded: Sequence[str], now: datetime) -> dict[str, Known]:
    """One for each of the IDs; some hundred at a time."""
    people, open_ones = people_with(session, folded), _open_requests(session, folded)
    rows = _held_rows(session, HeldRight.user_id.in_([user.id for user in people.values()]))
    elsewhere = jnote_ids_among(session, folded)
    return {
        each: _known(organization, people.get(each), open_ones.get(each), rows, now, is_in_jnote=each in elsewhere)
        for each in folded
    }


def _known(
    organization: Organization,
    person: User | None,
    first: RightsRequest | None,
    rows: dict[int, list[Held]],
    now: datetime,
    *,
    is_in_jnote: bool,
) -> Known:
    held = rows.get(person.id, []) if person else []
    has_rights_left = any(each.is_left(now) for each in held)
    of_id = KnownId(first, person, has_rights_left, is_in_jnote)
    is_ours = person is not None and person.organization_id == organization.id
    return Known(of_id, person if is_ours else None, standing_rights(held, now) if is_ours else AskedRights())


def _open_requests(session: Session, folded: Sequence[str]) -> dict[str, RightsRequest]:
    is_open = (RightsRequest.login_id_folded.in_(folded), RightsRequest.state.in_(OPEN_STATES))
    found = session.scalars(select(RightsRequest).where(*is_open).options(selectinload(RightsRequest.parts)))
    return {request.login_id_folded: request for request in found}


def _held_rows(session: Session, whose: ColumnElement[bool]) -> dict[int, list[Held]]:
    """By user."""
    found: dict[int, list[Held]] = {}
    for row in session.scalars(select(HeldRight).where(whose).order_by(HeldRight.id)):
        found.setdefault(row.user_id, []).append(Held(System(row.system), row.code, row.from_at, row.until_at))
    return found


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who has rights that stand, as he goes into the pattern."""

    contractor: str
    name_kanji: str
    name_kana: str
    login_id: str
    held: AskedRights


def people_with_rights(session: Session, organization: Organization, now: datetime) -> list[PersonRow]:
    """In the order of their names."""
    ours = select(User).where(User.organization_id == organization.id).options(joinedload(User.contractor))
    people = session.scalars(ours.order_by(User.name_kana, User.id)).all()
    ids = select(User.id).where(User.organization_id == organization.id)
    rows = _held_rows(session, HeldRight.user_id.in_(ids))
    found = ((user, standing_rights(rows.get(user.id, []), now)) for user in people)
    return [
        PersonRow(user.contractor.name if user.contractor else "", user.name_kanji, user.name_kana, user.login_id, held)
        for user, held in found
        if held.systems
    ]
