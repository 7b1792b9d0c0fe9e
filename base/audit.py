"""The append-only audit trail (R8-1), sealed in order by the worker so that writers don't queue (R9-17)."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Row, Select, Table, func, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from base.actors import Actor
from base.db import Base

FIRST_HASH = "0" * 64
SEALED_AT_ONCE = 500
READ_AT_ONCE = 1000
SEALER = 7422


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    # By whatever the trail is searched, the newest come first: each index goes on with the time (`desk/audit_queries.py`).
    __table_args__ = tuple(
        Index(f"ix_audit_entry_{column}_at", column, "at")
        for column in ("organization_id", "user_id", "fingerprint", "action", "subject")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    user_id: Mapped[int | None]
    organization_id: Mapped[int | None]
    fingerprint: Mapped[str | None]
    address: Mapped[str | None]
    reference: Mapped[str | None] = mapped_column(index=True)
    action: Mapped[str]
    subject: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]


AUDIT_ENTRY: Table = AuditEntry.metadata.tables["audit_entry"]
# Written once, and nothing is kept in the session of what nobody may change: every login waits for its line.
INSERT_LINE = insert(AUDIT_ENTRY)


class AuditSeal(Base):
    __tablename__ = "audit_seal"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    hash: Mapped[str]


@dataclass(frozen=True, slots=True)
class Verification:
    """`broken_at`: position of the first seal that doesn't fit; None where the chain is whole. `head`: its last hash.

    `has_known`: a hash noted earlier is still part of the chain: only so is it seen that the end was cut off.
    """

    sealed: int
    unsealed: int
    broken_at: int | None
    head: str
    has_known: bool


def _json(facts: Mapping[str, Any] | None) -> str:
    return json.dumps(facts or {}, ensure_ascii=False, sort_keys=True, default=str)


def audit_line(
    action: str,
    subject: str,
    *,
    by: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    organization_id: int | None = None,
) -> dict[str, Any]:
    """A line for `record_lines`; `organization_id` names whose matter it is where that isn't the actor's own."""
    return {
        "at": now,
        "actor": by.label,
        "user_id": by.user_id,
        "organization_id": organization_id if organization_id is not None else by.organization_id,
        "fingerprint": by.fingerprint,
        "address": by.address,
        "reference": by.reference,
        "action": action,
        "subject": subject,
        "before": _json(before),
        "after": _json(after),
    }


def record_lines(session: Session, lines: Sequence[dict[str, Any]]) -> None:
    """Write many lines into the trail at once, in their order."""
    if lines:
        session.execute(INSERT_LINE, lines)


def record(
    session: Session,
    action: str,
    subject: str,
    *,
    by: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    organization_id: int | None = None,
) -> None:
    """Write one line into the trail; `organization_id` names whose matter it is where that isn't the actor's own."""
    facts = audit_line(action, subject, by=by, now=now, before=before, after=after, organization_id=organization_id)
    session.execute(INSERT_LINE, facts)


def _digest(previous: str, entry: AuditEntry) -> str:
    content = {column.key: getattr(entry, column.key) for column in AuditEntry.__table__.columns}
    content["at"] = entry.at.astimezone(UTC).isoformat()
    return hashlib.sha256((previous + _json(content)).encode()).hexdigest()


def _unsealed() -> Select[AuditEntry]:
    sealed = select(AuditSeal.entry_id).where(AuditSeal.entry_id == AuditEntry.id).exists()
    return select(AuditEntry).where(~sealed).order_by(AuditEntry.id)


def _wait_for_other_sealers(session: Session) -> None:
    # On SQLite whoever may write is alone anyway.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:sealer)"), {"sealer": SEALER})


def seal(session: Session, most: int = SEALED_AT_ONCE) -> int:
    """Chain the entries that have no seal yet, the oldest first; answers how many."""
    _wait_for_other_sealers(session)
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.position.desc()).limit(1)).first()
    position, previous = (last.position, last.hash) if last else (0, FIRST_HASH)
    entries = list(session.scalars(_unsealed().limit(most)))
    for number, entry in enumerate(entries, start=position + 1):
        previous = _digest(previous, entry)
        session.add(AuditSeal(position=number, entry_id=entry.id, hash=previous))
    session.flush()
    return len(entries)


def _walk(rows: Iterable[Row[AuditSeal, AuditEntry | None]], unsealed: int, known: str | None) -> Verification:
    sealed, broken_at, previous = 0, None, FIRST_HASH
    has_known = known is None
    for sealed, (link, entry) in enumerate(rows, start=1):
        previous = _digest(previous, entry) if entry is not None else ""
        has_known = has_known or previous == known
        if broken_at is None and (link.position != sealed or link.hash != previous):
            broken_at = sealed
    return Verification(sealed, unsealed, broken_at, previous, has_known)


def verify(session: Session, known: str | None = None) -> Verification:
    """R9-17, G9: recompute the whole chain. A changed, removed or swapped line breaks it."""
    pairs = select(AuditSeal, AuditEntry).outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    rows = session.execute(pairs.order_by(AuditSeal.position), execution_options={"yield_per": READ_AT_ONCE})
    unsealed = session.scalar(select(func.count()).select_from(_unsealed().subquery())) or 0
    return _walk(rows, unsealed, known)
