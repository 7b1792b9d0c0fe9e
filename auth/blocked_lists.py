"""What the gate refused, as staff look through it: by day, organization, address and country (R2-8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager

from auth.models import BlockedAccess, Organization
from base.identifiers import is_public_id

ROWS_A_PAGE = 50
MOST_IN_FILE = 10_000
WITHOUT_ORGANIZATION = "none"
YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Filters:
    """The days are both included; `organization` is a public id or `none`; what is empty narrows nothing."""

    since: date | None = None
    until: date | None = None
    organization: str = ""
    country: str = ""
    words: str = ""
    page: int = 1

    @property
    def is_narrow(self) -> bool:
        return bool(self.query())

    def query(self, page: int = 1) -> str:
        given = {
            "from": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "organization": self.organization,
            "country": self.country,
            "q": self.words,
            "page": str(page) if page > 1 else "",
        }
        return urlencode({name: value for name, value in given.items() if value})


def read_filters(given: Mapping[str, str]) -> Filters:
    """What can't be read narrows nothing."""
    organization, country, page = (given.get(name, "") for name in ("organization", "country", "page"))
    return Filters(
        since=_day(given.get("from", "")),
        until=_day(given.get("until", "")),
        organization=organization if organization == WITHOUT_ORGANIZATION or is_public_id(organization) else "",
        country=country if len(country) == 2 and country.isascii() and country.isupper() else "",
        words=given.get("q", "").strip()[:64],
        page=max(1, int(page)) if page.isdecimal() and page.isascii() and len(page) < 5 else 1,
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.since:
        yield BlockedAccess.day >= filters.since
    if filters.until:
        yield BlockedAccess.day <= filters.until
    if filters.organization == WITHOUT_ORGANIZATION:
        yield BlockedAccess.organization_id.is_(None)
    elif filters.organization:
        yield Organization.public_id == filters.organization
    if filters.country:
        yield BlockedAccess.country == filters.country
    if filters.words:
        yield BlockedAccess.address.startswith(filters.words.lower(), autoescape=True)


def _found(filters: Filters) -> Select[BlockedAccess]:
    rows = select(BlockedAccess).outerjoin(BlockedAccess.organization).where(*_conditions(filters))
    order = (BlockedAccess.day.desc(), BlockedAccess.last_at.desc(), BlockedAccess.id.desc())
    return rows.options(contains_eager(BlockedAccess.organization)).order_by(*order)


def blocked_page(session: Session, filters: Filters) -> tuple[Sequence[BlockedAccess], bool]:
    """The rows of the page, and whether more follow."""
    here = _found(filters).offset((filters.page - 1) * ROWS_A_PAGE).limit(ROWS_A_PAGE + 1)
    rows = session.scalars(here).all()
    return rows[:ROWS_A_PAGE], len(rows) > ROWS_A_PAGE


def blocked_in_file(session: Session, filters: Filters) -> Sequence[BlockedAccess]:
    return session.scalars(_found(filters).limit(MOST_IN_FILE)).all()


def blocked_count(session: Session, filters: Filters) -> int:
    """How many requests, not rows."""
    counted = select(func.sum(BlockedAccess.count)).outerjoin(BlockedAccess.organization)
    return int(session.scalar(counted.where(*_conditions(filters))) or 0)


def organizations_named(session: Session) -> Sequence[Organization]:
    """Those of which somebody was refused."""
    named = select(BlockedAccess.organization_id).where(BlockedAccess.organization_id.is_not(None))
    return session.scalars(select(Organization).where(Organization.id.in_(named)).order_by(Organization.name)).all()


def countries_named(session: Session) -> Sequence[str]:
    found = select(BlockedAccess.country).where(BlockedAccess.country != "").distinct()
    return session.scalars(found.order_by(BlockedAccess.country)).all()
