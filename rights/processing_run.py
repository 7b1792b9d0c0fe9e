"""The run of a processing date, ③ and ④: every request is carried out once, whatever happens in between (R5-10, G4, G6)."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.credential_pairs import start_credentials
from auth.login_id import fold
from auth.models import User
from base.actors import WORKER
from base.daily_runs import Turn, keep
from base.db import transaction
from base.jst import day_of
from rights.codes import SYSTEMS_WITH_RIGHTS
from rights.models import RightsRequest
from rights.request_queries import person_with
from rights.request_rows import facts_of, record_move
from rights.request_states import OPEN_STATES, RequestKind, RequestState

JOB = "processing date"
CHUNK = 100
SYSTEMS = SYSTEMS_WITH_RIGHTS


def run_processing(turn: Turn, clock_now: Callable[[], datetime]) -> str:
    """Everything whose M has come, chunk by chunk; days that were missed are caught up with, days to come never touched."""
    carried_out = 0
    while True:
        now = clock_now()
        with transaction() as session:
            keep(session, turn, now)
            chunk = carry_out(session, day_of(now), now, CHUNK)
        if not chunk:
            return f"{carried_out} requests"
        carried_out += chunk


def carry_out(session: Session, today: date, now: datetime, most: int) -> int:
    """The next requests that are due, oldest M first. Answers how many."""
    rows = _due(session, today, most)
    for row in rows:
        before = facts_of(row)
        if row.kind == RequestKind.NEW:
            _register_account(session, row, now)
        row.ordered_at = now
        record_move(session, "request.ordered", row, before, WORKER, now)
    return len(rows)


def _due(session: Session, today: date, most: int) -> Sequence[RightsRequest]:
    is_due = (
        RightsRequest.processing_date <= today,
        RightsRequest.ordered_at.is_(None),
        RightsRequest.state.in_(OPEN_STATES),
    )
    waits_for_acceptance = (RightsRequest.kind == RequestKind.NEW) & (RightsRequest.state == RequestState.ENTERED)
    due = select(RightsRequest).where(*is_due, ~waits_for_acceptance)
    oldest = due.order_by(RightsRequest.processing_date, RightsRequest.id).limit(most)
    return session.scalars(oldest.with_for_update(of=RightsRequest, skip_locked=True)).all()


def _register_account(session: Session, request: RightsRequest, now: datetime) -> None:
    """④: a new account, or the one that this ID had before; the two mails of R6-1 go out in the same transaction."""
    user = person_with(session, request.login_id_folded)
    if user is None:
        user = _new_account(session, request, now)
    else:
        _set_anew(user, request, now)
    request.user_id = user.id
    if user.password_hash is None:
        start_credentials(session, user, by=WORKER, now=now)


def _new_account(session: Session, request: RightsRequest, now: datetime) -> User:
    user = User(
        organization_id=request.organization_id,
        contractor_id=request.contractor_id,
        name_kanji=request.name_kanji,
        name_kana=request.name_kana,
        login_id=request.login_id,
        login_id_folded=fold(request.login_id),
        created_at=now,
        issued_at=now,
    )
    session.add(user)
    session.flush()
    return user


def _set_anew(user: User, request: RightsRequest, now: datetime) -> None:
    """A removed or deleted ID that is set anew begins from nothing: no old password opens it (R5-18, R5-43)."""
    user.contractor_id = request.contractor_id
    user.name_kanji, user.name_kana = request.name_kanji, request.name_kana
    user.login_id = request.login_id
    user.issued_at, user.deleted_at = now, None
    if user.contact_role is None:
        user.password_hash = user.password_set_at = None
        user.secret_question = user.secret_answer_hash = None
        user.last_login_at = user.last_login_pc = None
        user.locked_at = user.lock_reason = None
        user.wrong_passwords = user.wrong_answers = 0
