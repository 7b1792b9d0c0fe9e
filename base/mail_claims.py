"""How the worker takes due mails out of the outbox: each row goes to one worker only (F11), composed as it is claimed."""

import time
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine, bindparam, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from base.db import transaction
from base.mail_outcome import put_off
from base.mail_text import Composed, Held, Skipped
from base.outbox import IS_SENDING, IS_WAITING, MAIL, THESE, Mail

# So many may be claimed at once, but of those that are composed one by one only a few: meanwhile nobody else writes.
FEWEST, MOST, ONE_BY_ONE = 50, 500, 50
AT_ONCE_SECONDS = 1.0
LEASE = timedelta(minutes=15)

T = TypeVar("T")
Outcome = Composed | Skipped | Held
Composer = Callable[[Session, Mail, datetime], Outcome]


class Due(NamedTuple):
    """A row that is being claimed."""

    id: int
    public_id: str
    kind: str
    address: str
    address_folded: str
    about: str | None
    organization_id: int | None
    tries: int
    is_uncertain: bool


Recipient = Mail | Due
_AT = bindparam("at", type_=MAIL.c.claimed_at.type)
CLAIM = update(MAIL).where(THESE).values(state="sending", claimed_at=_AT, claimed_by=bindparam("claimant"))
_DUE = tuple(getattr(MAIL.c, name) for name in Due._fields)


@dataclass(frozen=True, slots=True)
class ForMany:
    """A composer that judges all mails of its kind that are claimed together at once: an outcome for each, in their order."""

    compose: Callable[[Session, Sequence[Recipient], datetime], Sequence[Outcome]]

    def __call__(self, session: Session, mail: Recipient, now: datetime) -> Outcome:
        return self.compose(session, [mail], now)[0]


@dataclass(frozen=True, slots=True)
class Claimed:
    """The facts of a claimed row, free of its session."""

    id: int
    public_id: str
    address: str
    tries: int
    is_uncertain: bool
    composed: Composed


class NotComposed(Exception):
    """`among`: how many were composed with it; where there were more it may be another's fault."""

    def __init__(self, mail: Recipient, reason: str, among: int = 1) -> None:
        super().__init__(reason)
        self.id, self.public_id, self.tries, self.reason, self.among = (
            mail.id,
            mail.public_id,
            mail.tries,
            reason,
            among,
        )


class Claims:
    """How many to claim: more at a time as long as they are used up at once, so that no mail is judged long before it goes."""

    def __init__(self) -> None:
        self._size = FEWEST
        self._claimed_at = -AT_ONCE_SECONDS

    def size(self) -> int:
        now = time.monotonic()
        is_quick = now - self._claimed_at < AT_ONCE_SECONDS
        size, self._claimed_at = self._size, now
        self._size = min(MOST, size * 2) if is_quick else max(FEWEST, size // 2)
        return size

    def one_by_one(self) -> None:
        """One of many can't be composed: to find which."""
        self._size = 1


def batch_of(session: Session, mail: Mail) -> Sequence[Mail]:
    """For composers: all that is claimed together with this mail, so that they ask once for what each of them needs."""
    batch: Sequence[Mail] = session.info.get("batch", ())
    return batch if mail in batch else [mail]


def once_a_batch(session: Session, key: Hashable, compose: Callable[[], T]) -> T:
    """For composers: what is the same for many recipients is composed once for each batch that is claimed."""
    composed: dict[Hashable, T] = session.info.setdefault("composed", {})
    if key not in composed:
        composed[key] = compose()
    return composed[key]


@contextmanager
def _composing(mails: Sequence[Recipient]) -> Iterator[None]:
    try:
        yield
    except Exception as fault:
        if isinstance(fault, DBAPIError) and fault.connection_invalidated:
            raise
        raise NotComposed(mails[0], f"{type(fault).__name__}: {fault}", len(mails)) from fault


def count_due(engine: Engine, now: datetime, most: int) -> int:
    """How many mails are due; never counts beyond `most`."""
    due = select(MAIL.c.id).where(IS_WAITING, MAIL.c.next_try_at <= now).limit(most)
    with Session(engine) as session:
        return len(session.scalars(due).all())


def _portion(due: Sequence[Due], composers: Mapping[str, Composer]) -> Iterator[Due]:
    singly = 0
    for mail in due:
        singly += not isinstance(composers.get(mail.kind), ForMany)
        if singly > ONE_BY_ONE:
            return
        yield mail


def _take(
    session: Session, composers: Mapping[str, Composer], claimant: str, now: datetime, most: int
) -> Sequence[Due]:
    due = select(*_DUE).where(IS_WAITING, MAIL.c.next_try_at <= now)
    due = due.order_by(MAIL.c.is_bulk, MAIL.c.next_try_at, MAIL.c.id).limit(most).with_for_update(skip_locked=True)
    mails = list(_portion([Due(*row) for row in session.execute(due)], composers))
    if mails:
        session.execute(CLAIM, {"ids": [[mail.id] for mail in mails], "at": now, "claimant": claimant})
    return mails


def _composed_together(
    session: Session, composers: Mapping[str, Composer], mails: Sequence[Due], now: datetime
) -> dict[int, Outcome]:
    """Of those kinds that have a composer for many."""
    by_kind: dict[str, list[Due]] = {}
    for mail in mails:
        by_kind.setdefault(mail.kind, []).append(mail)
    found: dict[int, Outcome] = {}
    for kind, rows in by_kind.items():
        composer = composers.get(kind)
        if isinstance(composer, ForMany):
            with _composing(rows):
                found.update(zip((row.id for row in rows), composer.compose(session, rows, now), strict=True))
    return found


def _composed_singly(
    session: Session, composers: Mapping[str, Composer], mails: Sequence[Due], now: datetime
) -> dict[int, Outcome]:
    """What a composer writes into the row is kept with the claim."""
    if not mails:
        return {}
    loaded = select(Mail).where(Mail.id.in_([mail.id for mail in mails]))
    rows = {mail.id: mail for mail in session.scalars(loaded)}
    session.info["batch"] = list(rows.values())
    found: dict[int, Outcome] = {}
    for mail in mails:
        with _composing([mail]):
            found[mail.id] = composers[mail.kind](session, rows[mail.id], now)
    return found


def _keep_back(session: Session, outcomes: Mapping[int, Outcome]) -> None:
    """Those that lost their point, or have to wait."""
    session.flush()
    kept: dict[tuple[str, str, str], list[int]] = {}
    for mail_id, outcome in outcomes.items():
        if isinstance(outcome, Skipped):
            kept.setdefault(("skipped", "failure", outcome.reason), []).append(mail_id)
        elif isinstance(outcome, Held):
            kept.setdefault(("held", "hold_reason", outcome.reason), []).append(mail_id)
    for (state, column, reason), ids in kept.items():
        session.execute(update(MAIL).where(MAIL.c.id.in_(ids)).values({"state": state, column: reason}))


def claim(
    engine: Engine, composers: Mapping[str, Composer], claimant: str, now: datetime, most: int = MOST
) -> tuple[int, list[Claimed]]:
    """Claim the next due mails: how many were due, and those that are to be sent. `NotComposed` and nothing claimed."""
    with transaction(Session(engine)) as session:
        mails = _take(session, composers, claimant, now, most)
        outcomes = _composed_together(session, composers, mails, now)
        outcomes |= _composed_singly(session, composers, [mail for mail in mails if mail.id not in outcomes], now)
        _keep_back(session, outcomes)
    to_send = [
        Claimed(mail.id, mail.public_id, mail.address, mail.tries, mail.is_uncertain, text)
        for mail in mails
        if isinstance(text := outcomes[mail.id], Composed)
    ]
    return len(mails), to_send


def put_off_unfit(engine: Engine, mail_id: int, tries: int, reason: str, now: datetime) -> None:
    """A mail that can't be composed is tried again like one the server puts off, and blocks no other."""
    values = put_off(tries + 1, reason, now, chance=0.0)
    with transaction(Session(engine)) as session:
        session.execute(
            update(MAIL).where(MAIL.c.id == mail_id, MAIL.c.state.in_(("waiting", "sending"))).values(values)
        )


def give_back(engine: Engine, mail_ids: Collection[int], claimant: str) -> None:
    """Claimed, but never begun: due as before."""
    ours = (MAIL.c.id.in_(mail_ids), MAIL.c.state == "sending", MAIL.c.claimed_by == claimant)
    with transaction(Session(engine)) as session:
        session.execute(update(MAIL).where(*ours).values(state="waiting"))


def take_back(engine: Engine, now: datetime, claimants: str) -> int:
    """What was left in the middle: all that claimants whose names begin so hold, and what anybody claimed too long ago (F2)."""
    by_them = MAIL.c.claimed_by.startswith(claimants, autoescape=True)
    left = update(MAIL).where(IS_SENDING, or_(by_them, MAIL.c.claimed_at < now - LEASE))
    with transaction(Session(engine)) as session:
        return len(session.execute(left.values(state="waiting").returning(MAIL.c.id)).all())


def note_outage(engine: Engine, words: str, now: datetime) -> None:
    """So that staff see why due mails don't go (F7)."""
    due = (IS_WAITING, MAIL.c.next_try_at <= now, MAIL.c.failure.is_distinct_from(words))
    with transaction(Session(engine)) as session:
        session.execute(update(MAIL).where(*due).values(failure=words))
