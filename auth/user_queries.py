"""People as staff look them up: by name, ID and organization, narrowed by where their accounts stand."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from auth.account_states import AccountFacts, AccountState
from auth.dormancy_queries import COUNTED_FROM, threshold
from auth.login_id import fold
from auth.models import Contractor, Organization, User
from auth.password_expiry import is_expired
from auth.user_filters import DORMANT, UserFilters
from base.jst import day_of, start_of
from base.refusals import Refused

PAGE = 50
WITH_NAMES = (joinedload(User.organization), joinedload(User.contractor))
IS_THERE = User.deleted_at.is_(None)
IS_LOCKED = and_(IS_THERE, User.locked_at.is_not(None))
HAS_NO_PASSWORD = and_(IS_THERE, User.locked_at.is_(None), User.password_hash.is_(None))
HAS_PASSWORD = and_(IS_THERE, User.locked_at.is_(None), User.password_hash.is_not(None))


def facts_of(user: User, password_days: int, now: datetime) -> AccountFacts:
    return AccountFacts(
        has_password=user.password_hash is not None,
        is_password_expired=is_expired(user.password_set_at, password_days, now),
        locked_at=user.locked_at,
        lock_reason=user.lock_reason,
        deleted_at=user.deleted_at,
    )


def is_dormant(user: User, now: datetime) -> bool:
    """120 days or more without a login (R5-40)."""
    return user.deleted_at is None and (user.last_login_at or user.issued_at) < threshold(day_of(now))


def _has_expired(password_days: int, now: datetime) -> ColumnElement[bool]:
    """As `is_expired` decides, in the words of the database."""
    if password_days == 0:
        return literal(value=False)
    first_usable = start_of(day_of(now) - timedelta(days=password_days - 1))
    return or_(User.password_set_at.is_(None), User.password_set_at < first_usable)


def in_state(state: str, password_days: int, now: datetime) -> ColumnElement[bool]:
    expired = _has_expired(password_days, now)
    return {
        AccountState.ACTIVE: and_(HAS_PASSWORD, not_(expired)),
        AccountState.UNREGISTERED: HAS_NO_PASSWORD,
        AccountState.EXPIRED: and_(HAS_PASSWORD, expired),
        AccountState.LOCKED: IS_LOCKED,
        AccountState.DELETED: User.deleted_at.is_not(None),
        DORMANT: and_(IS_THERE, threshold(day_of(now)) > COUNTED_FROM),
    }.get(state, IS_THERE)


def _holds(words: str) -> ColumnElement[bool]:
    """In what `person_holds` looks through, or in the name of the organization."""
    named = select(Organization.id).where(Organization.name.icontains(words, autoescape=True))
    return or_(person_holds(words), User.organization_id.in_(named))


def person_holds(words: str) -> ColumnElement[bool]:
    """In a name however its blanks are set, in an ID, or in the contractor's name."""
    unspaced = words.replace(" ", "").replace("　", "")
    names = [func.replace(name, " ", "") for name in (User.name_kanji, User.name_kana)]
    return or_(
        *(name.icontains(unspaced, autoescape=True) for name in names),
        User.login_id.icontains(words, autoescape=True),
        User.contractor_id.in_(select(Contractor.id).where(Contractor.name.icontains(words, autoescape=True))),
    )


_ROLES: dict[str, ColumnElement[bool]] = {
    "contact": User.contact_role.is_not(None),
    "user": and_(User.contact_role.is_(None), User.staff_role.is_(None)),
    "staff": User.staff_role.is_not(None),
}


def narrowed(filters: UserFilters, password_days: int, now: datetime) -> Select[User]:
    """Without order and names."""
    found = select(User).where(in_state(filters.state, password_days, now))
    if filters.words:
        found = found.where(_holds(filters.words))
    if filters.organization:
        named = select(Organization.id).where(Organization.public_id == filters.organization)
        found = found.where(User.organization_id == named.scalar_subquery())
    return found.where(_ROLES[filters.role]) if filters.role else found


def count_in(session: Session, filters: UserFilters, password_days: int, now: datetime) -> int:
    ids = narrowed(filters, password_days, now).with_only_columns(User.id).subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def people_in(session: Session, filters: UserFilters, password_days: int, now: datetime) -> tuple[Sequence[User], str]:
    """In the order of their kana, and the public id to go on after; empty where there are no more."""
    found = _in_order(narrowed(filters, password_days, now))
    start = user_by(session, filters.after) if filters.after else None
    if start is not None:
        place = tuple_(literal(start.name_kana), literal(start.id))
        found = found.where(tuple_(User.name_kana, User.id) > place)
    rows = session.scalars(found.limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].public_id if len(rows) > PAGE else ""


def in_order(session: Session, found: Select[User]) -> Sequence[User]:
    """All of them, as the list has them."""
    return session.scalars(_in_order(found)).all()


def _in_order(found: Select[User]) -> Select[User]:
    return found.options(*WITH_NAMES).order_by(User.name_kana, User.id)


def user_by(session: Session, public_id: str) -> User | None:
    return session.scalars(select(User).where(User.public_id == public_id).options(*WITH_NAMES)).one_or_none()


def user_with_id(session: Session, typed: str) -> User | None:
    """Whose ID this is, whole and ignoring case."""
    try:
        folded = fold(typed)
    except Refused:
        return None
    return session.scalars(select(User).where(User.login_id_folded == folded)).one_or_none()


def organizations(session: Session) -> Sequence[Organization]:
    """All from which people may come, ended ones last."""
    ended_last = Organization.ended_at.is_not(None)
    return session.scalars(select(Organization).order_by(ended_last, Organization.name)).all()
