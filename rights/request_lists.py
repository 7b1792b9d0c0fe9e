"""Lists of requests within somebody's reach: narrowed, ordered, a page at a time, however many there are (R5-19)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from base.jst import start_of
from base.sentences import say
from rights.models import RequestPart, RightsRequest
from rights.request_filters import Filters, Order
from rights.request_queries import find_request
from rights.request_search import Finding
from rights.request_states import RequestKind, RequestState
from rights.request_words import search_words

PAGE = 50
BATCH = 500
MOST_COUNTED = 1000
NAMES = (RightsRequest.organization, RightsRequest.contractor, RightsRequest.entered_by)
WITH_NAMES = tuple(joinedload(name) for name in NAMES)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of the screen; `before` and `after` are the public ids from which the list goes on.

    `count` is None where nobody counts, and beyond MOST_COUNTED where there are more.
    """

    rows: Sequence[RightsRequest]
    count: int | None
    before: str | None
    after: str | None

    @property
    def counted(self) -> str:
        if self.count is None:
            return ""
        if self.count > MOST_COUNTED:
            return say("%(count)s件以上", count=MOST_COUNTED)
        return say("%(count)s件", count=self.count)


@dataclass(frozen=True, slots=True)
class _Sought:
    rows: Select[RightsRequest]
    is_countable: bool
    order: Order


def page_of(
    session: Session, reach: Select[RightsRequest], filters: Filters, address: Mapping[str, str], finding: Finding
) -> Page:
    """One page, going on `after` or `before` the request that the address names."""
    sought = _sought(session, reach, filters, finding)
    for name, is_back in (("before", True), ("after", False)):
        start = find_request(session, reach, address[name]) if name in address else None
        if start is not None:
            return _page(session, sought, start, is_back=is_back)
    return _page(session, sought, None, is_back=False)


def batches_of(
    session: Session, reach: Select[RightsRequest], filters: Filters, finding: Finding
) -> Iterator[Sequence[RightsRequest]]:
    """Everything that the filters leave, in the order of the screen; no more than one batch is in memory."""
    sought = _sought(session, reach, filters, finding)
    start, has_more = None, True
    while has_more:
        rows = _rows(session, sought, start, BATCH, is_back=False)
        yield rows
        has_more = len(rows) == BATCH
        start = rows[-1] if has_more else None
        # Nothing is held open between two batches: whoever reads slowly keeps no snapshot of the database.
        session.close()


def filtered(reach: Select[RightsRequest], filters: Filters) -> Select[RightsRequest]:
    """By everything but words."""
    return reach.where(*_conditions(filters))


def _sought(session: Session, reach: Select[RightsRequest], filters: Filters, finding: Finding) -> _Sought:
    found = [finding(session, word) for word in search_words(filters.words)]
    rows = filtered(reach, filters).where(*(each.condition for each in found)).options(*WITH_NAMES)
    is_countable = not found or any(each.is_countable for each in found)
    return _Sought(rows, is_countable, filters.order)


def _page(session: Session, sought: _Sought, start: RightsRequest | None, *, is_back: bool) -> Page:
    found = _rows(session, sought, start, PAGE + 1, is_back=is_back)
    has_more, rows = len(found) > PAGE, found[:PAGE]
    has_before, has_after = (has_more, True) if is_back else (start is not None, has_more)
    if is_back:
        rows = rows[::-1]
    return Page(
        rows=rows,
        count=_count(session, sought) if sought.is_countable else None,
        before=rows[0].public_id if has_before and rows else None,
        after=rows[-1].public_id if has_after and rows else None,
    )


def _rows(
    session: Session, sought: _Sought, start: RightsRequest | None, most: int, *, is_back: bool
) -> Sequence[RightsRequest]:
    column = _column(sought.order)
    is_rising, rows = sought.order.is_rising is not is_back, sought.rows
    if start is not None:
        place, begun = tuple_(column, RightsRequest.id), _place(start, column)
        rows = rows.where(place > begun if is_rising else place < begun)
    ordered = (column.asc(), RightsRequest.id.asc()) if is_rising else (column.desc(), RightsRequest.id.desc())
    return session.scalars(rows.order_by(*ordered).limit(most)).all()


def _column(order: Order) -> InstrumentedAttribute[Any]:
    return RightsRequest.name_kana if order is Order.KANA else RightsRequest.entered_at


def _place(start: RightsRequest, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return tuple_(getattr(start, column.key), start.id, types=(column.type, RightsRequest.id.type))


def _count(session: Session, sought: _Sought) -> int:
    """Never further than is shown."""
    few = sought.rows.with_only_columns(RightsRequest.id).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [_in_state(filters.state)] if filters.state else []
    if filters.kind:
        conditions.append(RightsRequest.kind == filters.kind)
    if filters.system:
        asks_for_it = (RequestPart.request_id == RightsRequest.id, RequestPart.system == filters.system)
        conditions.append(exists().where(*asks_for_it))
    if filters.entered_from:
        conditions.append(RightsRequest.entered_at >= start_of(filters.entered_from))
    if filters.entered_until:
        conditions.append(RightsRequest.entered_at < start_of(filters.entered_until + timedelta(days=1)))
    if filters.processing_date:
        conditions.append(RightsRequest.processing_date == filters.processing_date)
    return conditions


def _in_state(state: RequestState) -> ColumnElement[bool]:
    """As screens call it: only a new request waits for acceptance; a change or a removal is under way with its entry (R5-12)."""
    here = RightsRequest.state == state
    if state is RequestState.ENTERED:
        return and_(here, RightsRequest.kind == RequestKind.NEW)
    if state is RequestState.ACCEPTED:
        is_entered = RightsRequest.state == RequestState.ENTERED
        return or_(here, and_(is_entered, RightsRequest.kind != RequestKind.NEW))
    return here
