"""One-time keys of forms: pressed twice, a button has one effect and gives one answer (G1)."""

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from flask import abort, redirect, request
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.wrappers import Response

from base import clock
from base.db import Base, db, is_deadlock, transaction

FIELD = "form_key"
KEY = re.compile(r"[0-9a-f]{32}")
LONGEST_PATH = 500
TRIES_AFTER_DEADLOCK = 2

log: Any = structlog.get_logger()


class FormKey(Base):
    """One press. Of its address a hash alone: the address of a mailed link is as good as the link (D8)."""

    __tablename__ = "form_key"

    key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    path_hash: Mapped[str] = mapped_column(primary_key=True)
    answer_location: Mapped[str]
    used_at: Mapped[datetime] = mapped_column(index=True)


def new_form_key() -> str:
    return secrets.token_hex(16)


def _path_hash() -> str:
    return hashlib.sha256(request.path.encode()).hexdigest()


def _earlier_answer(key: str, user_id: int) -> str | None:
    here = (FormKey.key == key, FormKey.user_id == user_id, FormKey.path_hash == _path_hash())
    return db.session.scalar(select(FormKey.answer_location).where(*here))


def forget_old_keys(session: Session, before: datetime) -> None:
    """A key protects a form that is still open on somebody's screen; a session doesn't live as long as this."""
    session.execute(delete(FormKey).where(FormKey.used_at < before))


def submitted_key() -> str:
    key = request.form.get(FIELD, "")
    if not KEY.fullmatch(key) or len(request.path) > LONGEST_PATH:
        abort(400)
    return key


def once(user_id: int, operation: Callable[[Session, datetime], str]) -> Response:
    """Run the operation in one transaction with the form's key; a key that was used before replays its answer.

    The key goes in first: of two at once the second waits for it. A refused operation leaves the key unused.
    It counts for one address: the buttons beside the rows of a list may share it. Of two who wait for each other PostgreSQL ends
    one, whose press is then tried again (G2).
    """
    key, now = submitted_key(), clock.now()
    for _ in range(TRIES_AFTER_DEADLOCK):
        try:
            return redirect(_press(key, user_id, operation, now), code=303)
        except OperationalError as fault:
            if not is_deadlock(fault):
                raise
            log.warning("press_tried_again", endpoint=request.endpoint)
    return redirect(_press(key, user_id, operation, now), code=303)


def _press(key: str, user_id: int, operation: Callable[[Session, datetime], str], now: datetime) -> str:
    try:
        with transaction() as session:
            row = FormKey(key=key, user_id=user_id, path_hash=_path_hash(), answer_location="", used_at=now)
            session.add(row)
            session.flush()
            row.answer_location = operation(session, now)
            return row.answer_location
    except IntegrityError:
        earlier = _earlier_answer(key, user_id)
        if not earlier:
            raise
        return earlier
