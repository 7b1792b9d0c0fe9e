"""The people of one organization: who is on the list, a page at a time, and one of them (R5-19, R8-4)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, text, tuple_
from sqlalchemy.orm import Session, joinedload

from auth.models import Contractor, Organization, User
from auth.user_queries import IS_THERE, in_state, person_holds
from base.jst import start_of
from base.sentences import Sentence, say
from rights.codes import System
from rights.held import Held
from rights.models import IS_OPEN, HeldRight, RightsRequest
from rights.people.filters import OWN, REMOVED, UNDER_WAY, PeopleFilters
from rights.queries import is_left

PAGE = 50
AT_ONCE = 500
MOST_COUNTED = 1000
WITH_NAMES = (joinedload(User.organization), joinedload(User.contractor))


def people_of(organization_id: int) -> Select[User]:
    """A contact manager's reach, removed people included. Staff of the operator are nobody's users."""
    return select(User).where(User.organization_id == organization_id, User.staff_role.is_(None))


def everybody() -> Select[User]:
    """The reception center's reach."""
    return select(User).where(User.staff_role.is_(None))


def find_person(session: Session, reach: Select[User], public_id: str) -> User | None:
    return session.scalars(reach.where(User.public_id == public_id).options(*WITH_NAMES)).one_or_none()


def lock_person(session: Session, reach: Select[User], public_id: str) -> User | None:
    """The same, locked until the transaction ends; rows that name the person as who did something don't wait for it."""
    return find_person(session, reach.with_for_update(of=User, key_share=True), public_id)


def has_open_request() -> ColumnElement[bool]:
    """Of the query's `User`. Written out as the partial index says it, or no database would take that one."""
    return _is_any(select(RightsRequest.id).where(RightsRequest.login_id_folded == User.login_id_folded, text(IS_OPEN)))


def narrowed(reach: Select[User], filters: PeopleFilters, password_days: int, now: datetime) -> Select[User]:
    """Without order and names."""
    found = reach.where(_in_state(filters.state, password_days, now))
    if filters.words:
        found = found.where(person_holds(filters.words))
    if filters.organization:
        named = select(Organization.id).where(Organization.public_id == filters.organization)
        found = found.where(User.organization_id == named.scalar_subquery())
    if filters.contractor:
        found = found.where(_belongs_to(filters.contractor))
    if filters.system:
        found = found.where(_has_right(now, HeldRight.system == System(filters.system)))
    if filters.login_from:
        found = found.where(User.last_login_at >= start_of(filters.login_from))
    if filters.login_until:
        found = found.where(User.last_login_at < start_of(filters.login_until + timedelta(days=1)))
    return found


def count_of(session: Session, found: Select[User]) -> int:
    """Up to one more than MOST_COUNTED: of a long list it is enough to know that it is long."""
    few = found.with_only_columns(User.id).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def counted(count: int) -> Sentence:
    if count > MOST_COUNTED:
        return say("%(count)s名以上", count=MOST_COUNTED)
    return say("%(count)s名", count=count)


def page_of(session: Session, found: Select[User], after: User | None) -> tuple[Sequence[User], str]:
    """In the order of their kana, and the public id to go on after; empty where there are no more."""
    rows = session.scalars(_after(found, after).limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].public_id if len(rows) > PAGE else ""


def chunks_of(session: Session, found: Select[User]) -> Iterator[Sequence[User]]:
    """All of them, as the list has them, some hundred at a time."""
    rows = session.scalars(_after(found, None).limit(AT_ONCE)).all()
    while rows:
        yield rows
        rows = session.scalars(_after(found, rows[-1]).limit(AT_ONCE)).all() if len(rows) == AT_ONCE else []


def held_by(session: Session, user_ids: Collection[int], now: datetime) -> dict[int, list[Held]]:
    """What each of them has now or will have."""
    left = select(HeldRight).where(HeldRight.user_id.in_(user_ids), is_left(now)).order_by(HeldRight.id)
    held: dict[int, list[Held]] = {}
    for row in session.scalars(left):
        held.setdefault(row.user_id, []).append(Held(System(row.system), row.code, row.from_at, row.until_at))
    return held


def open_requests_for(session: Session, people: Sequence[User]) -> dict[str, RightsRequest]:
    """By the folded ID, within each one's own organization."""
    ids = [user.login_id_folded for user in people]
    of_these = {user.login_id_folded: user.organization_id for user in people}
    rows = session.scalars(select(RightsRequest).where(RightsRequest.login_id_folded.in_(ids), text(IS_OPEN)))
    return {row.login_id_folded: row for row in rows if row.organization_id == of_these[row.login_id_folded]}


def requests_about(session: Session, user: User, most: int) -> Sequence[RightsRequest]:
    """What was ever asked for under this ID by its organization, the newest first."""
    own = (RightsRequest.organization_id == user.organization_id, RightsRequest.login_id_folded == user.login_id_folded)
    newest = select(RightsRequest).where(*own).order_by(RightsRequest.entered_at.desc(), RightsRequest.id.desc())
    return session.scalars(newest.limit(most)).all()


def _after(found: Select[User], start: User | None) -> Select[User]:
    if start is not None:
        found = found.where(tuple_(User.name_kana, User.id) > tuple_(literal(start.name_kana), literal(start.id)))
    return found.options(*WITH_NAMES).order_by(User.name_kana, User.id)


def _in_state(state: str, password_days: int, now: datetime) -> ColumnElement[bool]:
    """Whoever has rights, is asking for some, or is a contact manager is there; the others were removed."""
    is_listed = or_(_has_right(now), and_(User.contact_role.is_not(None), IS_THERE), has_open_request())
    if state == REMOVED:
        return ~is_listed
    if state == UNDER_WAY:
        return has_open_request()
    # A deleted account whose rights stand has to be seen (R5-43).
    return and_(is_listed, in_state(state, password_days, now)) if state else is_listed


def _has_right(now: datetime, *narrower: ColumnElement[bool]) -> ColumnElement[bool]:
    return _is_any(select(HeldRight.id).where(HeldRight.user_id == User.id, is_left(now), *narrower))


def _is_any(rows: Select[int]) -> ColumnElement[bool]:
    """Looked up for each person who is shown. Of an EXISTS beside an OR PostgreSQL reads the whole table, everybody's."""
    return rows.limit(1).correlate(User).scalar_subquery().is_not(None)


def _belongs_to(contractor: str) -> ColumnElement[bool]:
    if contractor == OWN:
        return User.contractor_id.is_(None)
    return User.contractor_id.in_(select(Contractor.id).where(Contractor.public_id == contractor))
