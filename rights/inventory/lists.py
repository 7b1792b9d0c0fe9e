"""The people of an inventory as screens and files show them: rights, last login, the PC's certificate, the answer (R5-20)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from auth.account_states import account_tag
from auth.certificate_lists import SERVING, lines_in
from auth.certificate_queries import registrations_of
from auth.models import User
from auth.user_queries import facts_of, is_dormant
from base.in_address import page_in, words_in
from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.inventory.models import InventoryCampaign, InventoryItem
from rights.inventory.queries import STANDING, items_of
from rights.inventory.rules import Standing
from rights.models import HeldRight
from rights.queries import is_left
from rights.shown_requests import title_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty ones narrow nothing."""

    standing: Standing | None = None
    words: str = ""
    page: int = 1

    def query(self, page: int = 1) -> str:
        """As it stands in the address; what isn't narrowed is left out."""
        given = {"show": self.standing or "", "q": self.words, "page": str(page) if page > 1 else ""}
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.standing or self.words)


@dataclass(frozen=True, slots=True)
class Right:
    """`until_at`: when it ends, where that is known; `from_at`: where it is still to begin."""

    system: System
    title: str
    from_at: datetime | None
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """`pc_until`: until when the certificate of the PC of the last login serves."""

    item: InventoryItem
    standing: Standing
    rights: Sequence[Right]
    account: tuple[str, str]
    is_dormant: bool
    pc_until: date | None

    @property
    def user(self) -> User:
        return self.item.user

    def right(self, system: System) -> Right | None:
        return next((right for right in self.rights if right.system is system), None)


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody without what he holds: thousands fit on a screen."""

    id: int
    public_id: str
    name_kanji: str
    login_id: str


@dataclass(frozen=True, slots=True)
class Page:
    lines: Sequence[Line]
    count: int
    has_more: bool


def read_filters(given: Mapping[str, str]) -> Filters:
    show = given.get("show", "")
    return Filters(
        Standing(show) if show in set(Standing) else None,
        words_in(given.get("q", "")),
        page_in(given),
    )


def page_of(
    session: Session,
    campaign: InventoryCampaign,
    organization_id: int,
    filters: Filters,
    password_days: int,
    now: datetime,
) -> Page:
    found = _narrowed(campaign, organization_id, filters)
    ids = found.with_only_columns(InventoryItem.user_id).order_by(None).subquery()
    count, first = session.scalar(select(func.count()).select_from(ids)) or 0, (filters.page - 1) * PAGE
    rows = session.execute(_ordered(found).offset(first).limit(PAGE)).all()
    lines = _lines(session, organization_id, [(row[0], Standing(row[1])) for row in rows], password_days, now)
    return Page(lines, count, count > first + PAGE)


def all_of(
    session: Session,
    campaign: InventoryCampaign,
    organization_id: int,
    filters: Filters,
    password_days: int,
    now: datetime,
) -> list[Line]:
    rows = session.execute(_ordered(_narrowed(campaign, organization_id, filters))).all()
    return _lines(session, organization_id, [(row[0], Standing(row[1])) for row in rows], password_days, now)


def every_item(campaign: InventoryCampaign, organization_id: int) -> Select[InventoryItem, str]:
    """All of an organization, in the order of the list, each with where it stands."""
    return _ordered(_narrowed(campaign, organization_id, Filters()))


def unanswered(session: Session, campaign: InventoryCampaign, organization_id: int) -> list[Named]:
    """Those who aren't answered for, in the order of the list."""
    found = _narrowed(campaign, organization_id, Filters(Standing.UNANSWERED))
    facts = (User.id, User.public_id, User.name_kanji, User.login_id)
    people = session.execute(found.with_only_columns(*facts).order_by(User.name_kana, User.id))
    return [Named(*person) for person in people]


def mark_of(people: Iterable[Named]) -> str:
    """Another one as soon as anybody joins or leaves them, so that what was shown is what is pressed (R9-5)."""
    return sha256(" ".join(person.public_id for person in people).encode()).hexdigest()


def _narrowed(campaign: InventoryCampaign, organization_id: int, filters: Filters) -> Select[InventoryItem, str]:
    found = select(InventoryItem, STANDING).join(InventoryItem.user).where(items_of(campaign, organization_id))
    if filters.standing:
        found = found.where(STANDING.in_([filters.standing]))
    return found.where(_holds(filters.words)) if filters.words else found


def _ordered(found: Select[InventoryItem, str]) -> Select[InventoryItem, str]:
    person = joinedload(InventoryItem.user)
    loaded = (person.joinedload(User.contractor), person.joinedload(User.organization))
    others = (joinedload(InventoryItem.answered_by), joinedload(InventoryItem.request))
    return found.options(*loaded, *others).order_by(User.name_kana, User.id)


def _holds(words: str) -> ColumnElement[bool]:
    """In a name however its blanks are set, or in an ID."""
    unspaced = words.replace(" ", "").replace("　", "")
    names = [func.replace(name, " ", "") for name in (User.name_kanji, User.name_kana)]
    return or_(
        *(name.icontains(unspaced, autoescape=True) for name in names),
        User.login_id.icontains(words, autoescape=True),
    )


def _lines(
    session: Session,
    organization_id: int,
    rows: Sequence[tuple[InventoryItem, Standing]],
    password_days: int,
    now: datetime,
) -> list[Line]:
    rights = rights_left(session, [item.user_id for item, _ in rows], now)
    until = _served_until(session, organization_id, now)
    return [
        Line(
            item=item,
            standing=standing,
            rights=rights.get(item.user_id, ()),
            account=account_tag(facts_of(item.user, password_days, now)),
            is_dormant=is_dormant(item.user, now),
            pc_until=until.get(item.user.last_login_pc or ""),
        )
        for item, standing in rows
    ]


def rights_left(session: Session, people: Sequence[int], now: datetime) -> dict[int, list[Right]]:
    """Held now or to come, by person, in the order of the screens."""
    these = select(HeldRight).where(HeldRight.user_id.in_(people), is_left(now)).order_by(HeldRight.from_at)
    found: dict[int, list[Right]] = {}
    for row in session.scalars(these):
        system = System(row.system)
        from_at = row.from_at if row.from_at > now else None
        found.setdefault(row.user_id, []).append(Right(system, title_of(system, row.code), from_at, row.until_at))
    for rights in found.values():
        rights.sort(key=lambda right: SYSTEMS_WITH_RIGHTS.index(right.system))
    return found


def _served_until(session: Session, organization_id: int, now: datetime) -> dict[str, date]:
    """Of each PC of the organization, the last day of the certificate that serves longest."""
    lines = lines_in(session, registrations_of(session, organization_id), now)
    serving = sorted((line for line in lines if line.state in SERVING), key=lambda line: line.last_day)
    return {line.row.pc_name: line.last_day for line in serving}
