"""How the worker takes due mails out of the outbox: each row goes to one worker only (F11), composed as it is claimed."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Engine, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from base.db import transaction
from base.mail_outcome import put_off
from base.mail_text import Composed, Held, Skipped
from base.outbox import IS_SENDING, IS_WAITING, MAIL, Mail

BATCH = 50
LEASE = timedelta(minutes=15)

Composer = Callable[[Session, Mail, datetime], Composed | Skipped | Held]
T = TypeVar("T")


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
    def __init__(self, mail: Mail, reason: str) -> None:
        super().__init__(reason)
        self.id, self.public_id, self.tries, self.reason = mail.id, mail.public_id, mail.tries, reason


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


def _compose(composers: Mapping[str, Composer], session: Session, mail: Mail, now: datetime) -> Composed | None:
    try:
        found = composers[mail.kind](session, mail, now)
    except Exception as fault:
        if isinstance(fault, DBAPIError) and fault.connection_invalidated:
            raise
        raise NotComposed(mail, f"{type(fault).__name__}: {fault}") from fault
    if isinstance(found, Composed):
        return found
    if isinstance(found, Skipped):
        mail.state, mail.failure = "skipped", found.reason
    else:
        mail.state, mail.hold_reason = "held", found.reason
    return None


def count_due(engine: Engine, now: datetime, most: int) -> int:
    """How many mails are due; never counts beyond `most`."""
    due = select(MAIL.c.id).where(IS_WAITING, MAIL.c.next_try_at <= now).limit(most)
    with Session(engine) as session:
        return len(session.scalars(due).all())


def _take(session: Session, claimant: str, now: datetime) -> Sequence[Mail]:
    due = select(Mail).where(IS_WAITING, Mail.next_try_at <= now)
    due = due.order_by(Mail.is_bulk, Mail.next_try_at, Mail.id).limit(BATCH).with_for_update(skip_locked=True)
    mails = session.scalars(due).all()
    if mails:
        ours = update(MAIL).where(MAIL.c.id.in_([mail.id for mail in mails]))
        session.execute(ours.values(state="sending", claimed_at=now, claimed_by=claimant))
    return mails


def claim(engine: Engine, composers: Mapping[str, Composer], claimant: str, now: datetime) -> tuple[int, list[Claimed]]:
    """Claim the next due mails: how many were due, and those that are to be sent. `NotComposed` and nothing claimed."""
    with transaction(Session(engine)) as session:
        mails = session.info["batch"] = _take(session, claimant, now)
        composed = [(mail, _compose(composers, session, mail, now)) for mail in mails]
        to_send = [
            Claimed(mail.id, mail.public_id, mail.address, mail.tries, mail.is_uncertain, text)
            for mail, text in composed
            if text
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
