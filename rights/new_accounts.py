"""④: the account behind a new request, and its invitation to register credentials (R5-10, R6-1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import insert
from sqlalchemy.orm import Session

from auth.credential_pairs import Newcomer, invite_newcomers, start_credentials
from auth.credential_queries import locked_account
from auth.login_sessions import end_sessions_of
from auth.models import User
from base.actors import Actor
from base.identifiers import public_id
from base.mail_address import is_address
from rights.models import RightsRequest

SET_ANEW = "set anew"

log = structlog.get_logger()


def add_accounts(session: Session, requests: Sequence[RightsRequest], *, by: Actor, now: datetime) -> dict[int, int]:
    """Many at once. Answers the account of each request."""
    if not requests:
        return {}
    rows = [_new_account(request, now) for request in requests]
    ids = session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), rows).all()
    newcomers = [
        Newcomer(user_id, row["public_id"], row["login_id"], row["organization_id"])
        for user_id, row in zip(ids, rows, strict=True)
    ]
    invite_newcomers(session, [one for one in newcomers if _can_be_written_to(one)], by=by, now=now)
    return {request.id: user_id for request, user_id in zip(requests, ids, strict=True)}


def set_anew(session: Session, user: User, request: RightsRequest, *, by: Actor, now: datetime) -> None:
    """An ID that somebody had before. `Refused` where the person can't be invited at this moment."""
    locked_account(session, user.public_id)
    _begin_from_nothing(session, user, request, by, now)
    # A contact manager who is locked is invited by whoever unlocks him.
    if user.password_hash is None and user.locked_at is None and _can_be_written_to(user):
        start_credentials(session, user, by=by, now=now)


def _can_be_written_to(user: User | Newcomer) -> bool:
    """Whoever can't has an account without an invitation, and stops nobody else; staff see that on the sheet of M."""
    if is_address(user.login_id):
        return True
    log.error("newcomer_id_is_no_address", user=user.public_id)
    return False


def _new_account(request: RightsRequest, now: datetime) -> dict[str, Any]:
    return {
        "public_id": public_id(),
        "organization_id": request.organization_id,
        "contractor_id": request.contractor_id,
        "name_kanji": request.name_kanji,
        "name_kana": request.name_kana,
        "login_id": request.login_id,
        "login_id_folded": request.login_id_folded,
        "created_at": now,
        "issued_at": now,
    }


def _begin_from_nothing(session: Session, user: User, request: RightsRequest, by: Actor, now: datetime) -> None:
    """A removed or deleted ID that is set anew: no old password, link or session opens it (R5-18, R5-43)."""
    user.contractor_id = request.contractor_id
    user.name_kanji, user.name_kana = request.name_kanji, request.name_kana
    user.login_id = request.login_id
    user.issued_at, user.deleted_at = now, None
    if user.contact_role is None:
        end_sessions_of(session, user, SET_ANEW, by=by, now=now)
        user.reset_version, user.reset_sent_at = user.reset_version + 1, None
        user.password_hash = user.password_set_at = None
        user.secret_question = user.secret_answer_hash = None
        user.last_login_at = user.last_login_pc = None
        user.locked_at = user.lock_reason = None
        user.wrong_passwords = user.wrong_answers = 0
