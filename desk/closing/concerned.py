"""Everything that a change of the calendar moves, looked up at the moment it is asked (R9-14)."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from auth.certificate_lists import SERVING
from auth.certificate_queries import every_registration, in_state, of_active_organizations
from auth.certificate_states import last_day_of
from base.business_days import BusinessCalendar
from base.closing_days import business_calendar
from base.jst import day_of
from base.schedule import last_safe_day
from desk.closing.day_rules import DayChange, calendar_after
from desk.closing.move_rules import Days, Moved, MoveKind, delays_after, moves_of_calendar, moves_of_request
from rights.announced_days import announced_delays
from rights.codes import System
from rights.models import RequestPart, RightsRequest
from rights.request_dates import PartStanding, Standing
from rights.request_states import OPEN_STATES, RequestKind, RequestState

NOTHING: frozenset[str] = frozenset()
AROUND = timedelta(days=80)  # no date depends on days of work further away than this
REQUEST_COLUMNS = (
    *(RightsRequest.id, RightsRequest.public_id, RightsRequest.number, RightsRequest.kind, RightsRequest.state),
    *(RightsRequest.organization_id, RightsRequest.name_kanji, RightsRequest.entered_at, RightsRequest.accepted_at),
    *(RightsRequest.processing_date, RightsRequest.ordered_at, RightsRequest.follows_id),
)


@dataclass(frozen=True, slots=True)
class Concerned:
    """One date that moves, and whose it is; `about` names the request and its person, or the PC, as staff know them."""

    moved: Moved
    organization_id: int | None = None
    request_id: int | None = None
    certificate_id: int | None = None
    public_id: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """What is counted with before the change and after it, and today."""

    before: Days
    after: Days
    today: date
    first: date
    last: date


def shift_of(session: Session, changes: Sequence[DayChange], now: datetime) -> Shift:
    before, today, delays = business_calendar(session), day_of(now), announced_delays(session)
    after, days = calendar_after(before, changes), [change.day for change in changes]
    moved = delays_after(delays, before, after, today)
    return Shift(Days(before, delays), Days(after, moved), today, min(days), max(days))


def all_moves(session: Session, shift: Shift, now: datetime) -> list[Concerned]:
    """Of the calendar first, then of requests in the order of their entry, then of certificates."""
    return [*_of_calendar(shift), *_of_requests(session, shift), *_of_certificates(session, shift, now)]


def digest_of(moves: Iterable[Concerned], calendar: BusinessCalendar) -> str:
    """What was shown: another one by the time it is saved, and it is shown again."""
    days = sorted((*calendar.closing_days, *(-day.toordinal() for day in calendar.open_days)), key=str)
    shown = [(each.moved, each.request_id, each.certificate_id) for each in moves]
    return hashlib.sha256(repr((days, shown)).encode()).hexdigest()[:32]


def grouped(moves: Iterable[Concerned]) -> list[list[Concerned]]:
    """The dates of one request together; each date of the calendar alone."""
    whose = groupby(
        enumerate(moves), lambda pair: (pair[1].request_id, pair[1].certificate_id, not pair[1].public_id and pair[0])
    )
    return [[each for _, each in group] for _, group in whose]


def _of_calendar(shift: Shift) -> Iterator[Concerned]:
    first, last = max(shift.first - AROUND, shift.today), shift.last + AROUND
    for moved in moves_of_calendar(first, last, shift.before.calendar, shift.after.calendar):
        yield Concerned(moved)


def _of_requests(session: Session, shift: Shift) -> Iterator[Concerned]:
    """Thousands of requests share a few ways: each way is counted once."""
    ways: dict[object, tuple[Moved, ...]] = {}
    parts = _open_parts(session)
    is_open = RightsRequest.state.in_(OPEN_STATES)
    rows = select(*REQUEST_COLUMNS).where(is_open).order_by(RightsRequest.entered_at, RightsRequest.id)
    for row in session.execute(rows):
        systems, accepted_on = parts.get(row.id, NOTHING), day_of(row.accepted_at) if row.accepted_at else None
        given = (row.kind, row.state, day_of(row.entered_at), accepted_on, row.processing_date)
        way = (*given, row.ordered_at is None, row.follows_id is None, systems)
        if way not in ways:
            ways[way] = moves_of_request(_standing(row, systems), shift.today, shift.before, shift.after)
        about = f"{row.number} {row.name_kanji}"
        for moved in ways[way]:
            yield Concerned(moved, row.organization_id, request_id=row.id, public_id=row.public_id, about=about)


def _open_parts(session: Session) -> dict[int, frozenset[str]]:
    """The systems of open requests that aren't done."""
    to_do = (RequestPart.done_at.is_(None), RequestPart.withdrawn_at.is_(None), RightsRequest.state.in_(OPEN_STATES))
    found: dict[int, set[str]] = {}
    pairs = select(RequestPart.request_id, RequestPart.system).join(RequestPart.request).where(*to_do)
    for request_id, system in session.execute(pairs):
        found.setdefault(request_id, set()).add(system)
    return {request_id: frozenset(systems) for request_id, systems in found.items()}


def _standing(row: Any, systems: frozenset[str]) -> Standing:
    return Standing(
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        entered_on=day_of(row.entered_at),
        parts=[PartStanding(System(system)) for system in sorted(systems)],
        accepted_on=day_of(row.accepted_at) if row.accepted_at else None,
        processing_date=row.processing_date,
        ordered_on=day_of(row.ordered_at) if row.ordered_at else None,
        follows=row.follows_id is not None,
    )


def _of_certificates(session: Session, shift: Shift, now: datetime) -> Iterator[Concerned]:
    """The last safe day of what serves (R4-5); one that is past both ways concerns nobody."""
    old = cache(lambda day: last_safe_day(day, shift.before.calendar))
    new = cache(lambda day: last_safe_day(day, shift.after.calendar))
    serving = of_active_organizations(every_registration()).where(or_(*(in_state(state, now) for state in SERVING)))
    for row in session.scalars(serving):
        last = last_day_of(row.certificate.not_after)
        if not shift.first <= last <= shift.last + AROUND or old(last) == new(last):
            continue
        if max(old(last), new(last)) >= shift.today:
            moved = Moved(MoveKind.LAST_SAFE, old(last), new(last))
            public_id = row.certificate.public_id
            yield Concerned(
                moved, row.organization_id, certificate_id=row.certificate_id, public_id=public_id, about=row.pc_name
            )
