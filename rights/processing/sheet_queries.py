"""The lines of the sheets, a page or a file at a time, and how many there are of each kind (R9-4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from auth.models import CredentialPair, Organization, User
from base.jst import start_of
from rights.models import ProcessingDay, RequestPart, RightsRequest
from rights.processing.completion_rules import Bounds, Sheet
from rights.request_states import GIVEN_UP_STATES, OPEN_STATES, SET_BY_REGISTRATION, RequestKind, RequestState

LINES = 50
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Line:
    """`part` is None on the sheet of accounts; `person` None before ④."""

    request: RightsRequest
    part: RequestPart | None
    person: User | None
    is_invited: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one sheet of one M. `waiting`: no answer yet; `late` and `today`: completions that are due."""

    lines: int = 0
    done: int = 0
    answered: int = 0
    late: int = 0
    today: int = 0
    by_kind: tuple[int, ...] = (0, 0, 0)

    @property
    def left(self) -> int:
        return self.lines - self.done


@dataclass(frozen=True, slots=True)
class Narrowed:
    """`state`: all, left, answered, late, done."""

    sheet: Sheet
    state: str = "left"
    words: str = ""


def open_dates(session: Session) -> Sequence[date]:
    """Every M that has something left to do, the oldest first."""
    has_m = and_(RightsRequest.state.in_(OPEN_STATES), RightsRequest.processing_date.is_not(None))
    waits = and_(RightsRequest.kind == RequestKind.NEW, RightsRequest.state == RequestState.ENTERED)
    found = select(RightsRequest.processing_date).where(has_m, ~waits).distinct()
    return [m for m in session.scalars(found.order_by(RightsRequest.processing_date)) if m is not None]


def dates_before(session: Session, before: date, most: int) -> Sequence[date]:
    """Ms that were, the newest first."""
    found = select(RightsRequest.processing_date).where(RightsRequest.processing_date < before).distinct()
    return [m for m in session.scalars(found.order_by(RightsRequest.processing_date.desc()).limit(most)) if m]


def has_date(session: Session, m: date) -> bool:
    of_m = select(RightsRequest.id).where(RightsRequest.processing_date == m).exists()
    return session.get(ProcessingDay, m) is not None or bool(session.scalar(select(of_m)))


def tallies(session: Session, dates: Sequence[date], bounds: Bounds) -> dict[tuple[date, Sheet], Tally]:
    found: dict[tuple[date, Sheet], Tally] = {}
    for sheet_of, counted in (
        (_system_sheet, _count_parts(dates, bounds)),
        (_accounts, _count_accounts(dates, bounds)),
    ):
        for m, name, *counts in session.execute(counted):
            lines, done, answered, late, today, *kinds = counts
            found[m, sheet_of(name)] = Tally(lines, done, answered, late, today, tuple(kinds))
    return found


def count_requests(session: Session, dates: Sequence[date]) -> dict[date, tuple[int, int]]:
    """How many are of each M, and how many of them its run has carried out."""
    counted = select(RightsRequest.processing_date, func.count(), func.count(RightsRequest.ordered_at))
    counted = counted.where(RightsRequest.processing_date.in_(dates), *_pursued())
    rows = session.execute(counted.group_by(RightsRequest.processing_date))
    return {m: (requests, ordered) for m, requests, ordered in rows if m is not None}


def count_lines(session: Session, m: date, narrowed: Narrowed, bounds: Bounds) -> int:
    ids = _lines(m, narrowed, bounds).with_only_columns(RightsRequest.id).subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def page_of_lines(session: Session, m: date, narrowed: Narrowed, bounds: Bounds, page: int) -> list[Line]:
    found = _ordered(_lines(m, narrowed, bounds)).offset((page - 1) * LINES).limit(LINES)
    return _as_lines(session, session.execute(found).all())


def every_line(session: Session, m: date, sheet: Sheet) -> Iterator[Line]:
    """Some at a time, for files."""
    after = 0
    while True:
        some = _lines(m, Narrowed(sheet, "all"), Bounds(m, m)).where(RightsRequest.id > after)
        rows = session.execute(_ordered(some).limit(AT_ONCE)).all()
        yield from _as_lines(session, rows)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1][0].id
        session.expunge_all()


def _as_lines(session: Session, rows: Sequence[Any]) -> list[Line]:
    ids = {row[0].user_id for row in rows if row[0].user_id is not None}
    people = {user.id: user for user in session.scalars(select(User).where(User.id.in_(ids)))}
    uninvited = set(session.scalars(select(User.id).where(User.id.in_(ids), _is_uninvited())))
    return [
        Line(row[0], row[1] if len(row) > 1 else None, people.get(row[0].user_id or 0), row[0].user_id not in uninvited)
        for row in rows
    ]


def _is_uninvited() -> ColumnElement[bool]:
    """Has no password, and no mail leads to one."""
    return User.password_hash.is_(None) & ~exists().where(CredentialPair.user_id == User.id)


def _ordered(lines: Select[Any]) -> Select[Any]:
    return lines.options(joinedload(RightsRequest.organization), joinedload(RightsRequest.contractor)).order_by(
        RightsRequest.id
    )


def _lines(m: date, narrowed: Narrowed, bounds: Bounds) -> Any:
    is_on = (RightsRequest.processing_date == m, *_pursued())
    which = (*is_on, *_in_state(narrowed, bounds), *_holding(narrowed.words))
    if narrowed.sheet is Sheet.ACCOUNTS:
        return select(RightsRequest).where(*which, RightsRequest.kind == RequestKind.NEW)
    both = select(RightsRequest, RequestPart).join(RequestPart, RequestPart.request_id == RightsRequest.id)
    return both.where(*which, _is_slow(), RequestPart.system == narrowed.sheet.system)


def _pursued() -> tuple[ColumnElement[bool], ...]:
    waits = and_(RightsRequest.kind == RequestKind.NEW, RightsRequest.state == RequestState.ENTERED)
    return RightsRequest.state.not_in(GIVEN_UP_STATES), ~waits


def _is_slow() -> ColumnElement[bool]:
    """What of a request M is for: of a new one everything (R5-15, R5-18)."""
    is_for_m = or_(RightsRequest.kind == RequestKind.NEW, RequestPart.system.not_in(SET_BY_REGISTRATION))
    return and_(is_for_m, RequestPart.withdrawn_at.is_(None))


Times = tuple[InstrumentedAttribute[datetime | None], InstrumentedAttribute[datetime | None]]


def _times(sheet: Sheet) -> Times:
    """When a line was answered, and when it was done."""
    if sheet is Sheet.ACCOUNTS:
        return RightsRequest.account_result_at, RightsRequest.registered_at
    return RequestPart.result_at, RequestPart.done_at


def _in_state(narrowed: Narrowed, bounds: Bounds) -> list[ColumnElement[bool]]:
    answered_at, done_at = _times(narrowed.sheet)
    is_left = done_at.is_(None)
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "left": [is_left],
        "answered": [is_left, answered_at.is_not(None)],
        "late": [is_left, answered_at < start_of(bounds.late)],
        "done": [done_at.is_not(None)],
    }
    return conditions.get(narrowed.state, [])


def _holding(words: str) -> list[ColumnElement[bool]]:
    if not words:
        return []
    unspaced = words.replace(" ", "").replace("　", "")
    names = [func.replace(name, " ", "") for name in (RightsRequest.name_kanji, RightsRequest.name_kana)]
    return [
        or_(
            *(name.icontains(unspaced, autoescape=True) for name in names),
            RightsRequest.login_id.icontains(words, autoescape=True),
            RightsRequest.number.icontains(words, autoescape=True),
            RightsRequest.organization.has(Organization.name.icontains(words, autoescape=True)),
        )
    ]


def _count_parts(dates: Sequence[date], bounds: Bounds) -> Select[Any]:
    counts = _counts(_times(Sheet.JUJU), bounds)
    counted = select(RightsRequest.processing_date, RequestPart.system, *counts).join(RightsRequest.parts)
    counted = counted.where(RightsRequest.processing_date.in_(dates), *_pursued(), _is_slow())
    return counted.group_by(RightsRequest.processing_date, RequestPart.system)


def _count_accounts(dates: Sequence[date], bounds: Bounds) -> Select[Any]:
    counts = _counts(_times(Sheet.ACCOUNTS), bounds)
    is_new = (RightsRequest.kind == RequestKind.NEW, *_pursued())
    counted = select(RightsRequest.processing_date, RightsRequest.kind, *counts)
    counted = counted.where(RightsRequest.processing_date.in_(dates), *is_new)
    return counted.group_by(RightsRequest.processing_date, RightsRequest.kind)


def _counts(times: Times, bounds: Bounds) -> list[ColumnElement[Any]]:
    answered_at, done_at = times
    is_left = done_at.is_(None)
    is_due = (answered_at >= start_of(bounds.late)) & (answered_at < start_of(bounds.today))
    conditions = [
        done_at.is_not(None),
        is_left & answered_at.is_not(None),
        is_left & (answered_at < start_of(bounds.late)),
        is_left & is_due,
        *(RightsRequest.kind == kind for kind in RequestKind),
    ]
    return [func.count(), *(func.sum(case((each, 1), else_=0)) for each in conditions)]


def _system_sheet(system: str) -> Sheet:
    return Sheet(system.lower())


def _accounts(_kind: str) -> Sheet:
    return Sheet.ACCOUNTS
