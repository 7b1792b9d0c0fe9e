"""What the worker writes down around each hand-over: before it, that it begins; after it, the server's answer (F2).

What is written before makes known which rows a killed worker left in the middle of a hand-over: they alone are uncertain. A kill
costs at most as many second copies as mails are in hand.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, bindparam, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from base.db import transaction
from base.mail_outcome import Answer, Result, outcome
from base.many import given_rows
from base.outbox import MAIL, THESE

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)

_AT = bindparam("at", type_=MAIL.c.sent_at.type)
_HELD_BY_US = (MAIL.c.state == "sending") & (MAIL.c.claimed_by == bindparam("claimant"))

# The server has it: true whoever holds the row by now.
MARK_SENT = (
    update(MAIL)
    .where(THESE)
    .values(
        state="sent",
        sent_at=_AT,
        failure=None,
        is_uncertain=MAIL.c.id.in_(given_rows("uncertain_ids", {"id": MAIL.c.id.type})),
    )
)
BEGIN = (
    update(MAIL)
    .where(THESE, _HELD_BY_US)
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


class Ledger:
    def __init__(self, engine: Engine, claimant: str, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._claimant = claimant
        self._clock = clock

    def write(self, closed: Sequence[Closed], following: Sequence[Ready]) -> list[Ready]:
        """Write the answers down and, in the same transaction, which mails are begun now: those that are still ours.

        A mail is ours no more where it was recalled, or claimed by another after our time was up. A database that is away for
        a moment must not turn sent mails into uncertain ones.
        """
        for seconds in PAUSES:
            try:
                return self._write(closed, following)
            except OperationalError:
                time.sleep(seconds)
        return self._write(closed, following)

    def _write(self, closed: Sequence[Closed], following: Sequence[Ready]) -> list[Ready]:
        now = self._clock()
        with transaction(Session(self._engine)) as session:
            self._close(session, closed, now)
            begun = self._begin(session, [[mail.id] for mail in following], now)
        return [mail for mail in following if mail.id in begun]

    def _close(self, session: Session, closed: Sequence[Closed], now: datetime) -> None:
        sent = [mail for mail, answer in closed if answer.result is Result.ACCEPTED]
        if sent:
            uncertain = [[mail.id] for mail in sent if mail.was_uncertain]
            session.execute(MARK_SENT, {"ids": [[mail.id] for mail in sent], "uncertain_ids": uncertain, "at": now})
        for mail, answer in closed:
            if answer.result is not Result.ACCEPTED:
                self._close_unsent(session, mail, answer, now)

    def _close_unsent(self, session: Session, mail: Ready, answer: Answer, now: datetime) -> None:
        values = outcome(answer, mail.tries + 1, now, random.random())  # noqa: S311 - spreads load
        values["is_uncertain"] = mail.was_uncertain or answer.result is Result.LOST
        close = update(MAIL).where(MAIL.c.id == mail.id, _HELD_BY_US).values(values)
        session.execute(close, {"claimant": self._claimant})

    def _begin(self, session: Session, ids: list[list[int]], now: datetime) -> set[int]:
        if not ids:
            return set()
        return set(session.scalars(BEGIN, {"ids": ids, "claimant": self._claimant, "at": now}))
