"""Lists of registered certificates: what narrows them, and each line with its state, its last safe day and its successor."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from urllib.parse import urlencode

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from auth.certificate_queries import every_registration, has_words, in_order, in_state, listed_among, registered
from auth.certificate_states import (
    CertificateState,
    Registered,
    Succession,
    days_left,
    last_day_of,
    state_of,
    succession,
)
from auth.models import CertificateRegistration, Organization
from base.business_days import BusinessCalendar
from base.closing_days import business_calendar
from base.jst import day_of
from base.schedule import last_safe_day

PAGE = 50
LONGEST_WORDS = 200
SERVING = frozenset({CertificateState.VALID, CertificateState.EXPIRING, CertificateState.NOT_YET})


@dataclass(frozen=True, slots=True)
class Filters:
    """`organization` by its public id. What is empty narrows nothing."""

    state: str = ""
    organization: str = ""
    words: str = ""
    page: int = 1

    def query(self, page: int = 1) -> str:
        """As it stands in the address; what isn't narrowed is left out."""
        given = {"state": self.state, "organization": self.organization, "q": self.words}
        pages = {"page": str(page)} if page > 1 else {}
        return urlencode({name: value for name, value in (given | pages).items() if value})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.state or self.organization or self.words)


@dataclass(frozen=True, slots=True)
class Line:
    """`last_safe_on`: the last day to apply for a successor without a gap; None where it serves no longer anyway (R4-5).

    A successor is looked for where the end is near.
    """

    row: CertificateRegistration
    state: CertificateState
    last_day: date
    days_left: int
    last_safe_on: date | None
    succession: Succession = Succession.NONE
    successor: Registered | None = None
    listed_at: datetime | None = None

    def is_late(self, today: date) -> bool:
        """Whoever applies now has a gap, and nothing goes on in its place."""
        is_past = self.last_safe_on is not None and self.last_safe_on < today
        return is_past and self.succession is not Succession.SAME_PC


def read_filters(given: Mapping[str, str]) -> Filters:
    state, page = given.get("state", ""), given.get("page", "")
    return Filters(
        state=state if state in set(CertificateState) else "",
        organization=given.get("organization", "")[:LONGEST_WORDS],
        words=given.get("q", "").replace("\0", "").strip()[:LONGEST_WORDS],
        page=max(int(page), 1) if page.isdecimal() and len(page) < 5 else 1,
    )


def filtered(filters: Filters, now: datetime) -> Select[CertificateRegistration]:
    found = every_registration()
    if filters.state:
        found = found.where(in_state(CertificateState(filters.state), now))
    if filters.organization:
        found = found.where(Organization.public_id == filters.organization)
    return found.where(has_words(filters.words)) if filters.words else found


def page_of(session: Session, filters: Filters, now: datetime) -> tuple[Sequence[CertificateRegistration], int]:
    """The page's rows, and how many there are on all pages."""
    found = filtered(filters, now)
    count = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    return session.scalars(in_order(found).limit(PAGE).offset((filters.page - 1) * PAGE)).all(), count


def lines_in(session: Session, rows: Sequence[CertificateRegistration], now: datetime) -> list[Line]:
    """With the operator's calendar and the CAs' revocation lists."""
    return lines_of(rows, business_calendar(session), now, listed_among(session, rows))


def lines_of(
    rows: Iterable[CertificateRegistration],
    calendar: BusinessCalendar,
    now: datetime,
    listed: Mapping[int, datetime] = MappingProxyType({}),
    *,
    is_ending_only: bool = False,
) -> list[Line]:
    """`rows` holds all of each organization where successors are asked for: they are looked for among them."""
    safe_day = cache(lambda day: last_safe_day(day, calendar))
    by_organization: defaultdict[int, list[Registered]] = defaultdict(list)
    known = [(row, registered(row, listed.get(row.certificate_id))) for row in rows]
    for row, it in known:
        by_organization[row.organization_id].append(it)

    def line(row: CertificateRegistration, it: Registered) -> Line:
        state, last_day = state_of(it, now), last_day_of(it.not_after)
        does_serve = state in SERVING
        is_ending = state is CertificateState.EXPIRING
        others = by_organization[row.organization_id] if is_ending else ()
        follows, successor = succession(it, others, now)
        safe_on = safe_day(last_day) if does_serve else None
        since = listed.get(row.certificate_id)
        return Line(row, state, last_day, days_left(it.not_after, day_of(now)), safe_on, follows, successor, since)

    shown = (pair for pair in known if not is_ending_only or state_of(pair[1], now) is CertificateState.EXPIRING)
    return [line(row, it) for row, it in shown]


def ending_in(session: Session, rows: Sequence[CertificateRegistration], now: datetime) -> list[Line]:
    """What of them ends within ninety days, the soonest first; the others may go on in its place."""
    return ending(lines_of(rows, business_calendar(session), now, listed_among(session, rows), is_ending_only=True))


def ending(lines: Iterable[Line]) -> list[Line]:
    """What ends within ninety days, the soonest first."""
    soon = (line for line in lines if line.state is CertificateState.EXPIRING)
    return sorted(soon, key=lambda line: (line.row.certificate.not_after, line.row.pc_name))
