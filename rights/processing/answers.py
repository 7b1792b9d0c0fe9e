"""What staff enter on the sheets, for many lines at once and all of them or none: results, ⑥, ⑩ (R5-10, R5-15, R9-4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from auth.models import User
from base.actors import Actor
from base.audit import audit_line, record_lines
from base.business_days import BusinessCalendar
from base.refusals import Conflict, Refused
from base.sentences import say
from rights.codes import System
from rights.completions import ALREADY_REGISTERED, NOT_OPEN, NOT_ORDERED, complete_parts, complete_registration
from rights.models import RequestPart, RightsRequest
from rights.processing.completion_rules import Sheet
from rights.request_rows import subject_of
from rights.request_states import OPEN_STATES, RequestKind

AT_ONCE = 500
HAS_RESULT = say("結果の受領は、すでに記録されています。")
NOT_THERE = say("この申請は、このシステム処理日のものではありません。")


class LinesRefused(Refused):
    """`faults`: the reason beside each line at fault, by the request's public id. Nothing was stored."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(say("%(count)s件に問題があるため、登録していません。", count=len(faults)))
        self.faults = faults


def note_results(
    session: Session, requests: Sequence[RightsRequest], sheet: Sheet, *, by: Actor, now: datetime
) -> None:
    """The system's operators have answered: the completion is due on the next business day. The requests are locked."""
    _all_or_none(requests, lambda request: _note_result(request, sheet, now))
    session.flush()
    after = {"sheet": sheet, "result_at": now}
    record_lines(
        session,
        [
            audit_line(
                "request.result",
                subject_of(request),
                by=by,
                now=now,
                after=after,
                organization_id=request.organization_id,
            )
            for request in requests
        ],
    )


def register_all(
    session: Session,
    requests: Sequence[RightsRequest],
    numbers: Mapping[str, str],
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """⑥ for each with the number that was typed for it."""
    _all_or_none(
        requests,
        lambda request: complete_registration(session, request, numbers[request.public_id], calendar, by=by, now=now),
    )


def complete_all(
    session: Session,
    requests: Sequence[RightsRequest],
    system: System,
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """⑩ for one of JUJU and LOACUS."""
    _all_or_none(requests, lambda request: complete_parts(session, request, {system}, calendar, by=by, now=now))


def lock_lines(session: Session, public_ids: Sequence[str]) -> Iterator[RightsRequest]:
    """In one order for everybody, so that no two wait for each other; some at a time. Who isn't there isn't answered."""
    ids: list[int] = []
    for first in range(0, len(public_ids), AT_ONCE):
        these = RightsRequest.public_id.in_(public_ids[first : first + AT_ONCE])
        ids.extend(session.scalars(select(RightsRequest.id).where(these)))
    ids.sort()
    for first in range(0, len(ids), AT_ONCE):
        these = RightsRequest.id.in_(ids[first : first + AT_ONCE])
        _lock_people(session, these)
        some = select(RightsRequest).where(these)
        ordered = some.order_by(RightsRequest.id).with_for_update(of=RightsRequest)
        yield from session.scalars(ordered.options(selectinload(RightsRequest.parts))).all()


def _lock_people(session: Session, these: ColumnElement[bool]) -> None:
    """Before their requests, as whoever enters a removal does (G2)."""
    people = User.id.in_(select(RightsRequest.user_id).where(these))
    session.execute(select(User.id).where(people).order_by(User.id).with_for_update(key_share=True))


def _all_or_none(requests: Sequence[RightsRequest], act: Callable[[RightsRequest], None]) -> None:
    """What was done before a line at fault goes with the transaction."""
    faults = {}
    for request in requests:
        try:
            act(request)
        except Refused as refusal:
            faults[request.public_id] = refusal.reason
    if faults:
        raise LinesRefused(faults)


def _note_result(request: RightsRequest, sheet: Sheet, now: datetime) -> None:
    if request.state not in OPEN_STATES:
        raise Conflict(NOT_OPEN)
    if request.ordered_at is None and request.kind != RequestKind.REMOVAL:
        raise Conflict(NOT_ORDERED)
    if sheet is Sheet.ACCOUNTS:
        _note_account(request, now)
        return
    part = next((part for part in request.parts if part.system == sheet.system), None)
    if part is None or part.withdrawn_at is not None:
        raise Conflict(NOT_THERE)
    _note_part(part, now)


def _note_account(request: RightsRequest, now: datetime) -> None:
    if request.kind != RequestKind.NEW or request.registered_at is not None:
        raise Conflict(ALREADY_REGISTERED)
    if request.account_result_at is not None:
        raise Conflict(HAS_RESULT)
    request.account_result_at = now


def _note_part(part: RequestPart, now: datetime) -> None:
    if part.result_at is not None or part.done_at is not None:
        raise Conflict(HAS_RESULT)
    part.result_at = now
