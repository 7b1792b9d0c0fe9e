"""What the worker writes down around each hand-over: before it, that it begins; after it, the server's answer (F2).

What is written before makes known which rows a killed worker left in the middle of a hand-over: they alone are uncertain. With one
mail in hand for each connection a kill costs at most one second copy for each connection.
"""

import random
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Engine, bindparam, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from base.db import transaction
from base.mail_outcome import Answer, Result, outcome
from base.outbox import MAIL

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_AT = bindparam("at", type_=MAIL.c.sent_at.type)
_HELD_BY_US = (MAIL.c.state == "sending") & (MAIL.c.claimed_by == bindparam("claimant"))

# The server has it: true whoever holds the row by now.
MARK_SENT = (
    update(MAIL)
    .where(MAIL.c.id.in_(_IDS))
    .values(
        state="sent",
        sent_at=_AT,
        failure=None,
        is_uncertain=MAIL.c.id.in_(bindparam("uncertain_ids", expanding=True)),
    )
)
BEGIN = (
    update(MAIL)
    .where(MAIL.c.id.in_(_IDS), _HELD_BY_US)
    .values(is_uncertain=True, tries=MAIL.c.tries + 1, claimed_at=_AT)
    .returning(MAIL.c.id)
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed mail with its bytes. `tries` and `was_uncertain` stood in the row before this try."""

    id: int
    address: str
    message: bytes
    tries: int
    was_uncertain: bool


Closed = tuple[Ready, Answer]


@dataclass(slots=True, eq=False)
class _Entry:
    closed: Sequence[Closed]
    following: Sequence[Ready]
    is_written: bool = False
    begun: Collection[int] = ()


class Ledger:
    """Connections that write at the same moment share one transaction: the first one writes for all that wait."""

    def __init__(self, engine: Engine, claimant: str, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._claimant = claimant
        self._clock = clock
        self._waiting: list[_Entry] = []
        self.writing = threading.Lock()

    def write(self, closed: Sequence[Closed], following: Sequence[Ready]) -> list[Ready]:
        """Write the answers down and, in the same transaction, which mails are begun now: those that are still ours.

        A mail is ours no more where it was recalled, or claimed by another after our time was up.
        """
        entry = _Entry(closed, following)
        self._waiting.append(entry)
        with self.writing:
            if not entry.is_written:
                self._write_surely()
        return [mail for mail in following if mail.id in entry.begun]

    def _write_surely(self) -> None:
        """A database that is away for a moment must not turn sent mails into uncertain ones."""
        for seconds in PAUSES:
            try:
                self._write_all()
            except OperationalError:
                time.sleep(seconds)
            else:
                return
        self._write_all()

    def _write_all(self) -> None:
        batch = self._waiting[:]
        now = self._clock()
        with transaction(Session(self._engine)) as session:
            self._close(session, [closed for entry in batch for closed in entry.closed], now)
            begun = self._begin(session, [mail.id for entry in batch for mail in entry.following], now)
        del self._waiting[: len(batch)]
        for entry in batch:
            entry.begun, entry.is_written = begun, True

    def _close(self, session: Session, closed: list[Closed], now: datetime) -> None:
        sent = [mail for mail, answer in closed if answer.result is Result.ACCEPTED]
        if sent:
            uncertain = [mail.id for mail in sent if mail.was_uncertain]
            session.execute(MARK_SENT, {"ids": [mail.id for mail in sent], "uncertain_ids": uncertain, "at": now})
        for mail, answer in closed:
            if answer.result is not Result.ACCEPTED:
                self._close_unsent(session, mail, answer, now)

    def _close_unsent(self, session: Session, mail: Ready, answer: Answer, now: datetime) -> None:
        values = outcome(answer, mail.tries + 1, now, random.random())  # noqa: S311 - spreads load
        values["is_uncertain"] = mail.was_uncertain or answer.result is Result.LOST
        close = update(MAIL).where(MAIL.c.id == mail.id, _HELD_BY_US).values(values)
        session.execute(close, {"claimant": self._claimant})

    def _begin(self, session: Session, ids: list[int], now: datetime) -> set[int]:
        if not ids:
            return set()
        return set(session.scalars(BEGIN, {"ids": ids, "claimant": self._claimant, "at": now}))
