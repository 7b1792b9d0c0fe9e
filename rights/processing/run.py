"""The run of a processing date, ③ and ④: every request is carried out once, whatever happens in between (R5-10, G4, G6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from base.actors import Actor
from base.audit import record_lines
from base.refusals import Refused
from base.sentences import say
from rights.models import RightsRequest
from rights.new_accounts import add_accounts, set_anew
from rights.processing.queries import due_by
from rights.request_queries import people_with
from rights.request_rows import facts_of, move_line
from rights.request_states import RequestKind

Place = tuple[date, int]
PLACE_TAKEN = say("この方のIDは、いまの登録のままでは設定できません。")
_REQUESTS = RightsRequest.metadata.tables["rights_request"]
NOTE_ORDERED = (
    update(_REQUESTS)
    .where(_REQUESTS.c.id == bindparam("of"))
    .values(user_id=bindparam("account"), ordered_at=bindparam("ordered"))
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """`last`: where the next chunk goes on; None where nothing was left. `failed`: public ids, each with the reason."""

    last: Place | None
    ordered: int = 0
    failed: Sequence[tuple[str, str]] = ()


def carry_out(
    session: Session, today: date, most: int, after: Place | None = None, *, by: Actor, now: datetime
) -> Chunk:
    """The next requests that are due, oldest M first, catching up with days that were missed and never early."""
    rows = _next_due(session, today, most, after)
    if not rows:
        return Chunk(None)
    before = {row.id: facts_of(row) for row in rows}
    accounts, failed = _register_accounts(session, [row for row in rows if row.kind == RequestKind.NEW], by, now)
    ordered = [row for row in rows if row.public_id not in failed]
    _note_ordered(session, ordered, accounts, now)
    record_lines(session, [move_line("request.ordered", row, before[row.id], by, now) for row in ordered])
    return Chunk((_m_of(rows[-1]), rows[-1].id), len(ordered), tuple(failed.items()))


def _note_ordered(
    session: Session, requests: Sequence[RightsRequest], accounts: Mapping[int, int], now: datetime
) -> None:
    """In one statement for all: whatever else follows a request's changes, as what it is found by, isn't touched by these two."""
    values = [{"of": row.id, "account": accounts.get(row.id, row.user_id), "ordered": now} for row in requests]
    if values:
        session.connection().execute(NOTE_ORDERED, values)
    for row, noted in zip(requests, values, strict=True):
        set_committed_value(row, "user_id", noted["account"])
        set_committed_value(row, "ordered_at", now)


def _next_due(session: Session, today: date, most: int, after: Place | None) -> Sequence[RightsRequest]:
    due = due_by(today).options(joinedload(RightsRequest.organization))
    if after is not None:
        place = tuple_(RightsRequest.processing_date, RightsRequest.id)
        types = (RightsRequest.processing_date.type, RightsRequest.id.type)
        due = due.where(place > tuple_(*after, types=types))
    oldest = due.order_by(RightsRequest.processing_date, RightsRequest.id).limit(most)
    return session.scalars(oldest.with_for_update(of=RightsRequest, skip_locked=True)).all()


def _m_of(request: RightsRequest) -> date:
    assert request.processing_date is not None
    return request.processing_date


def _register_accounts(
    session: Session, requests: Sequence[RightsRequest], by: Actor, now: datetime
) -> tuple[dict[int, int], dict[str, str]]:
    """④: new accounts, and IDs that are set anew; the mails of R6-1 go out in the same transaction.

    Answers the account of each request, and who failed and why.
    """
    known = people_with(session, [request.login_id_folded for request in requests])
    newcomers = [request for request in requests if request.login_id_folded not in known]
    accounts = add_accounts(session, newcomers, by=by, now=now)
    failed: dict[str, str] = {}
    for request in requests:
        user = known.get(request.login_id_folded)
        if user is None:
            continue
        try:
            with session.begin_nested():
                set_anew(session, user, request, by=by, now=now)
            accounts[request.id] = user.id
        except Refused as refusal:
            failed[request.public_id] = refusal.reason
        except IntegrityError:
            # A deleted primary contact manager, whose place somebody else has.
            failed[request.public_id] = PLACE_TAKEN
    return accounts, failed
