"""What the worker writes down around each hand-over: before it, that it begins; after it, the server's answer (F2).

What is written before makes the rows that a killed worker left in the middle of a hand-over known, and only those: they alone
are uncertain. One connection has at most one mail in hand, so a kill costs at most one second copy per connection.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable
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


@dataclass(slots=True, eq=False)
class _Entry:
    mail: Ready | None
    answer: Answer | None
    following: Ready | None
    is_written: bool = False
    may_follow: bool = False


class Ledger:
    """Connections that write at the same moment share one transaction: the first one writes for all that wait."""

    def __init__(self, engine: Engine, claimant: str, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._claimant = claimant
        self._clock = clock
        self._waiting: list[_Entry] = []
        self._writing = threading.Lock()

    def begin(self, mail: Ready) -> bool:
        """False where the mail isn't ours to send any more: recalled, or claimed by another after our time was up."""
        return self._write(_Entry(None, None, mail))

    def close(self, mail: Ready, answer: Answer, following: Ready | None = None) -> bool:
        """Write the answer down and, in the same transaction, that the following mail is begun; False as in `begin`."""
        return self._write(_Entry(mail, answer, following))

    def _write(self, entry: _Entry) -> bool:
        self._waiting.append(entry)
        with self._writing:
            if not entry.is_written:
                self._write_surely()
        return entry.may_follow

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
            self._close_sent(session, batch, now)
            self._close_others(session, batch, now)
            begun = self._begin_all(session, [entry.following for entry in batch if entry.following], now)
        del self._waiting[: len(batch)]
        for entry in batch:
            entry.may_follow = entry.following is not None and entry.following.id in begun
            entry.is_written = True

    def _close_sent(self, session: Session, batch: Iterable[_Entry], now: datetime) -> None:
        sent = [entry.mail for entry in batch if entry.mail and entry.answer and entry.answer.result is Result.ACCEPTED]
        if sent:
            uncertain = [mail.id for mail in sent if mail.was_uncertain]
            facts = {"ids": [mail.id for mail in sent], "uncertain_ids": uncertain, "at": now}
            session.execute(MARK_SENT, facts)

    def _close_others(self, session: Session, batch: Iterable[_Entry], now: datetime) -> None:
        for entry in batch:
            if entry.mail and entry.answer and entry.answer.result is not Result.ACCEPTED:
                values = outcome(entry.answer, entry.mail.tries + 1, now, random.random())  # noqa: S311 - spreads load
                values["is_uncertain"] = entry.mail.was_uncertain or entry.answer.result is Result.LOST
                close = update(MAIL).where(MAIL.c.id == entry.mail.id, _HELD_BY_US).values(values)
                session.execute(close, {"claimant": self._claimant})

    def _begin_all(self, session: Session, mails: list[Ready], now: datetime) -> set[int]:
        if not mails:
            return set()
        facts = {"ids": [mail.id for mail in mails], "claimant": self._claimant, "at": now}
        return set(session.scalars(BEGIN, facts))
