"""What is in hand: mails whose beginning is written down go out to the lines, the server's answers come back (F2)."""

import sys
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from base.mail_ledger import Closed, Ready
from base.mail_outcome import Answer, Result

LINGER_SECONDS = 0.02
WATCH_SECONDS = 1.0
FEW = 2
NEVER = sys.maxsize


class Hand:
    """Between the lines that send and the one who writes down; `each`: how many mails a line may have without a mark at most.

    While the answers to one half of what is in hand are written, the lines send the other. It begins with a few mails in hand
    and takes more only where lines run dry: of a slow server a killed worker leaves few behind that may have arrived.
    """

    def __init__(self, lines: int, each: int) -> None:
        self._each, self._most_each = min(each, FEW), each
        self._begun: deque[Ready] = deque()
        self._closed: deque[Closed] = deque()
        self._outstanding = 0
        self._opening, self._open, self._idle = lines, 0, 0
        self._is_over = False
        self._enough = NEVER
        self._changed = threading.Condition()
        self.away = ""

    def line_opened(self) -> None:
        with self._changed:
            self._opening -= 1
            self._open += 1
            self._changed.notify_all()

    def line_failed(self, words: str) -> None:
        """It couldn't be opened."""
        with self._changed:
            self._opening -= 1
            self.away = words
            self._changed.notify_all()

    def line_ended(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def at_hand(self) -> Ready | None:
        """For a line; never waits."""
        with suppress(IndexError):
            return self._begun.popleft()
        return None

    def next(self) -> Ready | None:
        """For a line: None where nothing is to come any more."""
        while (mail := self.at_hand()) is None:
            with self._changed:
                if self._is_over:
                    return None
                self._idle += 1
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._begun or self._is_over)
                self._idle -= 1
        return mail

    def close(self, mail: Ready, answer: Answer) -> None:
        if answer.result is Result.UNREACHED:
            self.away = answer.words
        self._closed.append((mail, answer))
        if len(self._closed) >= self._enough:
            with self._changed:
                self._changed.notify_all()

    @property
    def most(self) -> int:
        return self._open * self._each

    @property
    def room(self) -> int:
        """How many more may be begun."""
        return max(0, self.most - self._outstanding)

    @property
    def is_alive(self) -> bool:
        return self._open + self._opening > 0

    @property
    def is_resting(self) -> bool:
        """All that was given has been answered, and the answers were taken."""
        with self._changed:
            return self._idle == self._open and not (self._begun or self._closed)

    def give(self, begun: Iterable[Ready]) -> None:
        with self._changed:
            before = len(self._begun)
            self._begun.extend(begun)
            self._outstanding += len(self._begun) - before
            self._changed.notify_all()

    def answers(self) -> list[Closed]:
        """Those that came since; of lines that have all ended, what they left too."""
        found = [self._closed.popleft() for _ in range(len(self._closed))]
        if not self.is_alive:
            left = iter(self.at_hand, None)
            found += [(mail, Answer(Result.UNREACHED, self.away)) for mail in left]
        if found and self._idle:
            self._each = min(self._each * 2, self._most_each)
        self._outstanding -= len(found)
        return found

    def await_line(self) -> bool:
        """Whether one is open; waits while one may yet be."""
        with self._changed:
            self._changed.wait_for(lambda: self._open or not self._opening)
            return self._open > 0

    def wait(self, *, has_more: bool) -> None:
        """Until there is something to write down, a little longer while more comes; `has_more`: or something may be begun."""
        with self._changed:
            self._enough = 1
            self._changed.wait_for(lambda: self._is_due(has_more=has_more), WATCH_SECONDS)
            self._enough = max(1, self.most // 2)
            self._changed.wait_for(lambda: self._idle or len(self._closed) >= self._enough, LINGER_SECONDS)
            self._enough = NEVER

    def _is_due(self, *, has_more: bool) -> bool:
        is_starving = has_more and self._idle > 0 and self.room > 0
        return bool(self._closed) or is_starving or self._idle == self._open or not self.is_alive

    def end(self) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
