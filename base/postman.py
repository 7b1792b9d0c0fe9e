"""Delivers the outbox: claims, sends over a few kept-open connections, writes down each answer (R7-14, R7-16)."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime

import dkim
import structlog
from sqlalchemy import Engine

from base.mail_claims import (
    Claimed,
    Composer,
    NotComposed,
    claim,
    count_due,
    give_back,
    note_outage,
    put_off_unfit,
    take_back,
)
from base.mail_ledger import Closed, Ledger, Ready
from base.mail_line import Line, MailServer, ServerAway
from base.mail_outcome import Result
from base.mail_signature import SigningKey, signed
from base.mail_text import Letterhead, build_message
from base.refusals import Refused

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Post:
    """All the postman needs.

    `claimant` is `NAME/RANDOM`, new at every start; `context` surrounds the composers' threads. `in_hand`: how many mails one
    connection begins at a time; a kill costs at most that many second copies for each connection (F2).
    """

    engine: Engine
    server: MailServer
    head: Letterhead
    composers: Mapping[str, Composer]
    claimant: str
    clock: Callable[[], datetime]
    connections: int = 4
    in_hand: int = 1
    key: SigningKey | None = None
    context: Callable[[], AbstractContextManager[object]] = nullcontext


class _Supply:
    """Hands claimed mails to the connections, one batch after the other, until nothing is due or it is told to stop."""

    def __init__(self, post: Post, ledger: Ledger, stop: threading.Event) -> None:
        self._post = post
        self._ledger = ledger
        self._stop = stop
        self._ready: deque[Ready] = deque()
        self._claiming = threading.Lock()

    def at_hand(self) -> list[Ready]:
        """Mails that are claimed already, as many as one line takes in hand; never waits."""
        taken: list[Ready] = []
        with suppress(IndexError):
            while len(taken) < self._post.in_hand and not self._stop.is_set():
                taken.append(self._ready.popleft())
        return taken

    def next(self) -> list[Ready]:
        """Nothing where nothing is due or the worker is to stop."""
        with self._claiming:
            while not self._stop.is_set():
                if (mails := self.at_hand()) or not self._claim():
                    return mails
        return []

    def give_back(self) -> None:
        if left := [mail.id for mail in self._ready]:
            give_back(self._post.engine, left, self._post.claimant)

    def _claim(self) -> bool:
        """False where nothing was due."""
        post, now = self._post, self._post.clock()
        try:
            # SQLite lets one write at a time, and whoever has to wait for another sleeps longer than that takes.
            with self._ledger.writing:
                found, claimed = claim(post.engine, post.composers, post.claimant, now)
        except NotComposed as fault:
            log.exception("mail_not_composed", mail=fault.public_id)
            put_off_unfit(post.engine, fault.id, fault.tries, fault.reason, now)
            return True
        for mail in claimed:
            self._make_ready(mail, now)
        return found > 0

    def _make_ready(self, mail: Claimed, now: datetime) -> None:
        try:
            message = _written(self._post, mail, now)
        except (Refused, ValueError, dkim.DKIMException) as fault:
            log.exception("mail_not_written", mail=mail.public_id)
            put_off_unfit(self._post.engine, mail.id, mail.tries, f"{type(fault).__name__}: {fault}", now)
        else:
            self._ready.append(Ready(mail.id, mail.address, message, mail.tries, mail.is_uncertain))


def _written(post: Post, mail: Claimed, now: datetime) -> bytes:
    message = build_message(
        public_id=mail.public_id, address=mail.address, composed=mail.composed, head=post.head, now=now
    )
    return signed(message, post.key) if post.key else message


def _send(line: Line, mails: list[Ready]) -> list[Closed]:
    """Each mail's answer; after the server has gone away nothing more is tried."""
    closed: list[Closed] = []
    for mail in mails:
        is_away = bool(closed) and closed[-1][1].result is Result.UNREACHED
        closed.append((mail, closed[-1][1] if is_away else line.send(mail.address, mail.message)))
    return closed


def _carry(line: Line, supply: _Supply, ledger: Ledger) -> int:
    """Send over one line; the answers and the beginning of what follows are written together."""
    accepted = 0
    while mails := supply.next():
        begun = ledger.write((), mails)
        while begun:
            closed = _send(line, begun)
            accepted += sum(answer.result is Result.ACCEPTED for _, answer in closed)
            if closed[-1][1].result is Result.UNREACHED:
                ledger.write(closed, ())
                return accepted
            begun = ledger.write(closed, supply.at_hand())
    return accepted


def _work(post: Post, supply: _Supply, ledger: Ledger) -> int:
    line = Line(post.server, post.head.address)
    with post.context(), closing(line):
        try:
            line.open()
        except ServerAway as away:
            log.error("mail_server_away", words=str(away))  # noqa: TRY400 - the words say all
            note_outage(post.engine, str(away), post.clock())
            return 0
        return _carry(line, supply, ledger)


def deliver_due(post: Post, stop: threading.Event) -> int:
    """Send until nothing is due or `stop` is set; what is being handed over then is finished. Answers how many went."""
    take_back(post.engine, post.clock(), post.claimant)
    lines = count_due(post.engine, post.clock(), post.connections)
    if lines == 0:
        return 0
    ledger = Ledger(post.engine, post.claimant, post.clock)
    supply = _Supply(post, ledger, stop)
    try:
        with ThreadPoolExecutor(lines, thread_name_prefix="mail") as pool:
            working = [pool.submit(_work, post, supply, ledger) for _ in range(lines)]
        return sum(each.result() for each in working)
    finally:
        supply.give_back()
