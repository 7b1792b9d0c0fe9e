"""The outbox: a mail is a row, written in the transaction of its cause; the worker claims it, sends it, marks it (R7-14)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Index,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from base.db import Base
from base.identifiers import public_id
from base.mail_address import folded, one_address
from base.many import given_rows
from base.refusals import Conflict
from base.sentences import say

STATES = ("waiting", "held", "sending", "sent", "failed", "skipped")
HAS_QUEUED = "has queued mail"
RECALLABLE = ("waiting", "held", "sending")

# Written out, not bound: only so do both databases recognise their partial indexes.
IS_WAITING = text("state = 'waiting'")
IS_SENDING = text("state = 'sending'")


class Mail(Base):
    """`is_uncertain`: handed to the server at least once without a recorded answer, so it may have arrived (F2, F6).

    `is_bulk`: one of many of the same; what is meant for one person goes first.
    """

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'held', 'sending', 'sent', 'failed', 'skipped')", name="state"),
        UniqueConstraint("occasion", "address_folded"),
        Index("ix_mail_due", "is_bulk", "next_try_at", "id", sqlite_where=IS_WAITING, postgresql_where=IS_WAITING),
        Index("ix_mail_claimed", "claimed_at", sqlite_where=IS_SENDING, postgresql_where=IS_SENDING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    occasion: Mapped[str]
    address: Mapped[str]
    address_folded: Mapped[str] = mapped_column(index=True)
    about: Mapped[str | None]
    organization_id: Mapped[int | None] = mapped_column(index=True)
    is_bulk: Mapped[bool]
    state: Mapped[str]
    is_uncertain: Mapped[bool]
    tries: Mapped[int]
    next_try_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    hold_reason: Mapped[str | None]
    is_hold_waived: Mapped[bool]
    created_at: Mapped[datetime]


MAIL: Table = Mail.metadata.tables["mail"]
THESE = MAIL.c.id.in_(given_rows("ids", {"id": MAIL.c.id.type}))


@dataclass(frozen=True, slots=True)
class Queued:
    """One mail to queue. `occasion` names the one event it tells of: each address hears of it once (R7-14)."""

    kind: str
    occasion: str
    address: str
    about: str | None = None
    organization_id: int | None = None
    hold_reason: str | None = None
    is_bulk: bool = True


GIVEN = (*(field.name for field in fields(Queued)), "address_folded", "public_id")


def _given(queued: Queued) -> tuple[Any, ...]:
    address = one_address(queued.address)
    facts = (queued.kind, queued.occasion, address, queued.about, queued.organization_id, queued.hold_reason)
    return (*facts, queued.is_bulk, folded(address), public_id())


def _unless_queued(dialect: str) -> Any:
    given = given_rows("rows", {name: MAIL.c[name].type for name in GIVEN}).subquery()
    now = bindparam("now", type_=MAIL.c.created_at.type)
    state = case((given.c.hold_reason.is_(None), literal_column("'waiting'")), else_=literal_column("'held'"))
    said: dict[str, Any] = {**given.c, "state": state, "next_try_at": now, "created_at": now}
    said |= {"is_uncertain": false(), "tries": literal_column("0"), "is_hold_waived": false()}
    # SQLite reads ON behind a SELECT without WHERE as part of a join.
    rows = select(*said.values()).where(true())
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(MAIL)
    unless_there = insert.from_select(list(said), rows, include_defaults=False)
    return unless_there.on_conflict_do_nothing(index_elements=["occasion", "address_folded"])


_UNLESS_QUEUED = {dialect: _unless_queued(dialect) for dialect in ("sqlite", "postgresql")}


def queue_mails(session: Session, rows: Iterable[Queued], *, now: datetime) -> int:
    """Queue many at once; answers how many are new. `Refused` (and none queued) where an address is no address."""
    given = [_given(queued) for queued in rows]
    if not given:
        return 0
    session.info[HAS_QUEUED] = True
    session.flush()
    insert, values = _UNLESS_QUEUED[session.get_bind().dialect.name], {"rows": given, "now": now}
    added: int = session.connection().execute(insert, values, execution_options={"preserve_rowcount": True}).rowcount
    return added


def queue_mail(
    session: Session,
    *,
    kind: str,
    occasion: str,
    address: str,
    about: str | None = None,
    organization_id: int | None = None,
    hold_reason: str | None = None,
    now: datetime,
) -> Mail | None:
    """None where that occasion is already queued, or sent, for that address (R7-14)."""
    queued = Queued(kind, occasion, address, about, organization_id, hold_reason, is_bulk=False)
    if queue_mails(session, [queued], now=now) == 0:
        return None
    here = (Mail.occasion == occasion, Mail.address_folded == folded(address))
    return session.scalars(select(Mail).where(*here)).one()


def release_held(session: Session, *, organization_id: int, kinds: Collection[str], now: datetime) -> int:
    """What held them is gone: the held mails of these kinds to this organization go out (R7-10). Answers how many."""
    held = (Mail.state == "held", Mail.organization_id == organization_id, Mail.kind.in_(kinds))
    release = update(Mail).where(*held).values(state="waiting", hold_reason=None, next_try_at=now)
    return len(session.execute(release.returning(Mail.id)).all())


def send_anyway(mail: Mail, *, now: datetime) -> None:
    """Staff send a held mail although its reason still stands (R7-10)."""
    if mail.state != "held":
        raise Conflict(say("このメールは保留中ではありません。"))
    mail.state = "waiting"
    mail.is_hold_waived = True
    mail.next_try_at = now


def send_again(mail: Mail, *, now: datetime) -> None:
    """A failed or skipped mail gets all its tries anew (R7-14)."""
    if mail.state not in {"failed", "skipped"}:
        raise Conflict(say("再送できるのは、送信に失敗したメールと送信を取りやめたメールだけです。"))
    mail.state = "waiting"
    mail.tries = 0
    mail.failure = None
    mail.next_try_at = now


def _recall(session: Session, which: ColumnElement[bool], reason: str) -> int:
    # A claimed row goes too: the worker asks for it once more before it hands the mail over.
    recallable = Mail.state.in_(RECALLABLE)
    recall = update(Mail).where(which, recallable).values(state="skipped", failure=reason, hold_reason=None)
    return len(session.execute(recall.returning(Mail.id)).all())


def cancel_occasion(session: Session, occasion: str, *, reason: str) -> int:
    """R7-13: what was queued for this occasion doesn't go out. Answers how many."""
    return _recall(session, Mail.occasion == occasion, reason)


def queued_to(address: str, organization_id: int, kinds: Collection[str]) -> ColumnElement[bool]:
    """What still goes to this address on behalf of this organization."""
    theirs = and_(Mail.address_folded == folded(address), Mail.organization_id == organization_id)
    return and_(theirs, Mail.kind.in_(kinds), Mail.state.in_(RECALLABLE))


def cancel_all_to(session: Session, address: str, *, organization_id: int, kinds: Collection[str], reason: str) -> int:
    """R7-15: nothing of these kinds that is queued for this address on behalf of this organization goes out. Answers how many."""
    return _recall(session, queued_to(address, organization_id, kinds), reason)


def counts_by_state(session: Session, occasion: str) -> dict[str, int]:
    """How far the mails of an occasion are (R7-14); every state is there, with 0 where no mail has it."""
    counted = select(Mail.state, func.count()).where(Mail.occasion == occasion).group_by(Mail.state)
    found = dict(session.execute(counted).all())
    return {state: found.get(state, 0) for state in STATES}
