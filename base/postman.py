"""Delivers the outbox: claims, sends over a few kept-open connections, writes down each answer (R7-14, R7-16)."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine

from base.late import Late
from base.mail_claims import (
    Claimed,
    Claims,
    Composer,
    NotComposed,
    claim,
    count_due,
    give_back,
    note_outage,
    put_off_unfit,
    take_back,
)
from base.mail_hand import Hand
from base.mail_ledger import Ledger, Ready
from base.mail_line import Line, MailServer, ServerAway
from base.mail_outcome import Result
from base.mail_signature import SigningKey, signed
from base.mail_text import Letterhead, build_message
from base.refusals import Refused

if TYPE_CHECKING:
    import dkim
else:
    dkim = Late("dkim")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Post:
    """All the postman needs.

    `claimant` is `NAME/RANDOM`, new at every start; `context` surrounds the composers. `in_hand`: how many mails of each
    connection are begun and not yet marked; a kill costs at most that many second copies for each (F2).
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


class _Desk:
    """Claims, writes down around each hand-over, and keeps the lines supplied, until nothing is due or it is told to stop."""

    def __init__(self, post: Post, hand: Hand, stop: threading.Event) -> None:
        self._post = post
        self._hand = hand
        self._stop = stop
        self._ledger = Ledger(post.engine, post.claimant, post.clock)
        self._ready: deque[Ready] = deque()
        self._claims = Claims()
        self._is_all = False
        self.accepted = 0

    def deliver(self) -> None:
        hand = self._hand
        while hand.is_alive:
            self._write(self._following())
            if len(self._ready) < hand.most and self._claim():
                continue
            if hand.is_resting and (self._stop.is_set() or not (self._ready and hand.room)):
                break
            hand.wait(has_more=bool(self._ready))
        self._write([])

    def give_back(self) -> None:
        if left := [mail.id for mail in self._ready]:
            give_back(self._post.engine, left, self._post.claimant)

    def _following(self) -> list[Ready]:
        if self._stop.is_set():
            return []
        return [self._ready.popleft() for _ in range(min(self._hand.room, len(self._ready)))]

    def _write(self, following: list[Ready]) -> None:
        closed = self._hand.answers()
        if closed or following:
            self._hand.give(self._ledger.write(closed, following))
        self.accepted += sum(answer.result is Result.ACCEPTED for _, answer in closed)

    def _claim(self) -> bool:
        """False where there is nothing to claim any more."""
        if self._is_all or self._stop.is_set():
            return False
        post, now = self._post, self._post.clock()
        try:
            found, claimed = claim(post.engine, post.composers, post.claimant, now, self._claims.size())
        except NotComposed as fault:
            self._put_off(fault, now)
            return True
        for mail in claimed:
            self._make_ready(mail, now)
        self._is_all = found == 0
        return not self._is_all

    def _put_off(self, fault: NotComposed, now: datetime) -> None:
        if fault.among > 1:
            self._claims.one_by_one()
            return
        log.error("mail_not_composed", mail=fault.public_id, exc_info=fault)
        put_off_unfit(self._post.engine, fault.id, fault.tries, fault.reason, now)

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


def _carry(line: Line, hand: Hand) -> None:
    """Send until nothing is to come, or the server has gone away."""
    mail = hand.next()
    while mail:
        following = hand.at_hand()
        answer = line.send(mail.address, mail.message, following.address if following else None)
        hand.close(mail, answer)
        if answer.result is Result.UNREACHED:
            if following:
                hand.close(following, answer)
            return
        mail = following or hand.next()


def _work(post: Post, hand: Hand) -> None:
    with closing(Line(post.server, post.head.address)) as line:
        try:
            line.open()
        except ServerAway as away:
            log.error("mail_server_away", words=str(away))  # noqa: TRY400 - the words say all
            hand.line_failed(str(away))
            return
        hand.line_opened()
        try:
            _carry(line, hand)
        finally:
            hand.line_ended()


def _deliver(post: Post, lines: int, stop: threading.Event) -> int:
    hand = Hand(lines, post.in_hand)
    desk = _Desk(post, hand, stop)
    with ThreadPoolExecutor(lines, thread_name_prefix="mail") as pool, post.context():
        working = [pool.submit(_work, post, hand) for _ in range(lines)]
        try:
            if hand.await_line():
                desk.deliver()
        finally:
            hand.end()
            desk.give_back()
    for each in working:
        each.result()
    if hand.away:
        note_outage(post.engine, hand.away, post.clock())
    return desk.accepted


def deliver_due(post: Post, stop: threading.Event) -> int:
    """Send until nothing is due or `stop` is set; what is being handed over then is finished. Answers how many went."""
    take_back(post.engine, post.clock(), post.claimant)
    lines = count_due(post.engine, post.clock(), post.connections)
    return _deliver(post, lines, stop) if lines else 0
