"""Where the two mails of a credential registration stand, and what their link answers (R6-1); both derived."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WRONG_TRIES = 5


class PairState(StrEnum):
    HELD = "held"
    WAITING = "waiting"
    SENT = "sent"
    EXPIRED = "expired"
    USED = "used"
    KILLED = "killed"


class LinkAnswer(StrEnum):
    """`FORGED`: no link of ours, or opened on a PC of another organization: says nothing about what became of it."""

    OK = "ok"
    NOT_YET = "not yet"
    EXPIRED = "expired"
    USED = "used"
    KILLED = "killed"
    LOCKED = "locked"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class PairFacts:
    """`is_held`: the mails wait for a certificate. `ended_at`: replaced, five wrong tries, a lock, a password set another way, or the account is deleted."""

    is_held: bool = False
    link_sent_at: datetime | None = None
    password_sent_at: datetime | None = None
    used_at: datetime | None = None
    ended_at: datetime | None = None


# A tag is its words and its colour.
STATE_TAGS: dict[PairState, tuple[str, str]] = {
    PairState.HELD: ("送信保留", "amber"),
    PairState.WAITING: ("送信待ち", "blue"),
    PairState.SENT: ("登録待ち", "blue"),
    PairState.EXPIRED: ("期限切れ", "red"),
    PairState.USED: ("登録済み", "green"),
    PairState.KILLED: ("無効", ""),
}

END_REASONS: dict[str, str] = {
    "replaced": "新しい2通を送り直しました",
    "tries": "ワンタイムパスワードを5回間違えました",
    "lock": "アカウントをロックしました",
    "deleted": "アカウントを削除しました",
    "outrun": "別の手順でパスワードが設定されました",
}


def pair_until(facts: PairFacts, days: int) -> datetime | None:
    """The last instant at which both mails are in time; None while one of them has not been sent."""
    if facts.link_sent_at is None or facts.password_sent_at is None:
        return None
    return min(facts.link_sent_at, facts.password_sent_at) + timedelta(days=days)


def pair_state(facts: PairFacts, days: int, now: datetime) -> PairState:
    if facts.used_at:
        return PairState.USED
    if facts.ended_at:
        return PairState.KILLED
    if facts.is_held:
        return PairState.HELD
    until = pair_until(facts, days)
    if until is None:
        return PairState.WAITING
    return PairState.EXPIRED if now > until else PairState.SENT


_ANSWERS = {
    PairState.HELD: LinkAnswer.NOT_YET,
    PairState.WAITING: LinkAnswer.NOT_YET,
    PairState.SENT: LinkAnswer.OK,
    PairState.EXPIRED: LinkAnswer.EXPIRED,
    PairState.USED: LinkAnswer.USED,
    PairState.KILLED: LinkAnswer.KILLED,
}


def link_answer(state: PairState, *, is_locked: bool) -> LinkAnswer:
    """A lock stands before a registration that would be possible; it tells nothing of one that isn't."""
    answer = _ANSWERS[state]
    return LinkAnswer.LOCKED if is_locked and answer is LinkAnswer.OK else answer
