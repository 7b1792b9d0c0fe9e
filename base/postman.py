"""Delivers the outbox: claims, sends over a few kept-open connections, writes down each answer (R7-14, R7-16)."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext
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
from base.mail_ledger import Ledger, Ready
from base.mail_line import Line, MailServer, ServerAway
from base.mail_outcome import Result
from base.mail_signature import SigningKey, signed
from base.mail_text import Letterhead, build_message
from base.refusals import Refused

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Post:
    """All the postman needs. `claimant` is `NAME/RANDOM`, new at every start; `context` surrounds the composers' threads."""

    engine: Engine
    server: MailServer
    head: Letterhead
    composers: Mapping[str, Composer]
    claimant: str
    clock: Callable[[], datetime]
    connections: int = 4
    key: SigningKey | None = None
    context: Callable[[], AbstractContextManager[object]] = nullcontext


class _Supply:
    """Hands claimed mails to the connections, one batch after the other, until nothing is due or it is told to stop."""

    def __init__(self, post: Post, stop: threading.Event) -> None:
        self._post = post
        self._stop = stop
        self._ready: deque[Ready] = deque()
        self._claiming = threading.Lock()

    def at_hand(self) -> Ready | None:
        """A mail that is claimed already; never waits."""
        try:
            return None if self._stop.is_set() else self._ready.popleft()
        except IndexError:
            return None

    def next(self) -> Ready | None:
        with self._claiming:
            while not self._stop.is_set():
                if (mail := self.at_hand()) or not self._claim():
                    return mail
        return None

    def give_back(self) -> None:
        if left := [mail.id for mail in self._ready]:
            give_back(self._post.engine, left, self._post.claimant)

    def _claim(self) -> bool:
        """False where nothing was due."""
        post, now = self._post, self._post.clock()
        try:
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


def _carry(line: Line, supply: _Supply, ledger: Ledger) -> int:
    """Send mail after mail over one line; the answer to one and the beginning of the next are written together."""
    accepted = 0
    while mail := supply.next():
        is_ours = ledger.begin(mail)
        while is_ours:
            answer = line.send(mail.address, mail.message)
            accepted += answer.result is Result.ACCEPTED
            if answer.result is Result.UNREACHED:
                ledger.close(mail, answer)
                return accepted
            following = supply.at_hand()
            is_ours = ledger.close(mail, answer, following)
            mail = following or mail
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
    supply = _Supply(post, stop)
    ledger = Ledger(post.engine, post.claimant, post.clock)
    try:
        with ThreadPoolExecutor(lines, thread_name_prefix="mail") as pool:
            working = [pool.submit(_work, post, supply, ledger) for _ in range(lines)]
        return sum(each.result() for each in working)
    finally:
        supply.give_back()
