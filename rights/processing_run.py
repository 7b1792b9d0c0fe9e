"""The run of a processing date, ③ and ④: every request is carried out once, whatever happens in between (R5-10, G4, G6)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from auth.credential_pairs import start_credentials
from auth.login_id import fold
from auth.login_sessions import end_sessions_of
from auth.models import Organization, User
from base.actors import WORKER
from rights.models import RightsRequest
from rights.request_queries import person_with
from rights.request_rows import facts_of, record_move
from rights.request_states import OPEN_STATES, RequestKind, RequestState

SET_ANEW = "set anew"


def carry_out(session: Session, today: date, now: datetime, most: int) -> int:
    """The next requests that are due, oldest M first, catching up with days that were missed and never early. Answers how many."""
    rows = _due(session, today, most)
    for row in rows:
        before = facts_of(row)
        if row.kind == RequestKind.NEW:
            _register_account(session, row, now)
        row.ordered_at = now
        record_move(session, "request.ordered", row, before, WORKER, now)
    return len(rows)


def _due(session: Session, today: date, most: int) -> Sequence[RightsRequest]:
    """What can't be carried out waits for staff and holds nobody else up: its organization has ended, or another one has the ID (G8)."""
    is_due = (
        RightsRequest.processing_date <= today,
        RightsRequest.ordered_at.is_(None),
        RightsRequest.state.in_(OPEN_STATES),
    )
    waits_for_acceptance = (RightsRequest.kind == RequestKind.NEW) & (RightsRequest.state == RequestState.ENTERED)
    elsewhere = exists().where(
        User.login_id_folded == RightsRequest.login_id_folded, User.organization_id != RightsRequest.organization_id
    )
    is_there = RightsRequest.organization.has(Organization.ended_at.is_(None))
    due = select(RightsRequest).where(*is_due, ~waits_for_acceptance, is_there, ~elsewhere)
    oldest = due.order_by(RightsRequest.processing_date, RightsRequest.id).limit(most)
    return session.scalars(oldest.with_for_update(of=RightsRequest, skip_locked=True)).all()


def _register_account(session: Session, request: RightsRequest, now: datetime) -> None:
    """④: a new account, or the one that this ID had before; the two mails of R6-1 go out in the same transaction."""
    user = person_with(session, request.login_id_folded)
    if user is None:
        user = _new_account(session, request, now)
    else:
        _set_anew(session, user, request, now)
    request.user_id = user.id
    # A contact manager who is locked is invited by whoever unlocks him.
    if user.password_hash is None and user.locked_at is None:
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


def _set_anew(session: Session, user: User, request: RightsRequest, now: datetime) -> None:
    """A removed or deleted ID that is set anew begins from nothing: no old password, link or session opens it (R5-18, R5-43)."""
    user.contractor_id = request.contractor_id
    user.name_kanji, user.name_kana = request.name_kanji, request.name_kana
    user.login_id = request.login_id
    user.issued_at, user.deleted_at = now, None
    if user.contact_role is None:
        end_sessions_of(session, user, SET_ANEW, by=WORKER, now=now)
        user.reset_version, user.reset_sent_at = user.reset_version + 1, None
        user.password_hash = user.password_set_at = None
        user.secret_question = user.secret_answer_hash = None
        user.last_login_at = user.last_login_pc = None
        user.locked_at = user.lock_reason = None
        user.wrong_passwords = user.wrong_answers = 0
