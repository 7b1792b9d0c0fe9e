"""The append-only audit trail (R8-1), sealed in order by the worker so that writers don't queue (R9-17)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Row, Select, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from base.actors import Actor
from base.db import Base

FIRST_HASH = "0" * 64
SEALED_AT_ONCE = 500


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_organization_id_at", "organization_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(index=True)
    organization_id: Mapped[int | None]
    fingerprint: Mapped[str | None]
    address: Mapped[str | None]
    reference: Mapped[str | None]
    action: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]


class AuditSeal(Base):
    __tablename__ = "audit_seal"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    hash: Mapped[str]


@dataclass(frozen=True, slots=True)
class Verification:
    """`broken_at`: position of the first seal that doesn't fit; None where the chain is whole."""

    sealed: int
    unsealed: int
    broken_at: int | None


def _json(facts: Mapping[str, Any] | None) -> str:
    return json.dumps(facts or {}, ensure_ascii=False, sort_keys=True, default=str)


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
    entry = AuditEntry(
        at=now,
        actor=by.label,
        user_id=by.user_id,
        organization_id=organization_id if organization_id is not None else by.organization_id,
        fingerprint=by.fingerprint,
        address=by.address,
        reference=by.reference,
        action=action,
        subject=subject,
        before=_json(before),
        after=_json(after),
    )
    session.add(entry)


def _digest(previous: str, entry: AuditEntry) -> str:
    content = {column.key: getattr(entry, column.key) for column in AuditEntry.__table__.columns}
    content["at"] = entry.at.isoformat()
    return hashlib.sha256((previous + _json(content)).encode()).hexdigest()


def _unsealed() -> Select[AuditEntry]:
    sealed = select(AuditSeal.entry_id).where(AuditSeal.entry_id == AuditEntry.id).exists()
    return select(AuditEntry).where(~sealed).order_by(AuditEntry.id)


def seal(session: Session, most: int = SEALED_AT_ONCE) -> int:
    """Chain the entries that have no seal yet; answers how many. Two sealers at once: the position's key refuses one."""
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.position.desc()).limit(1)).first()
    position, previous = (last.position, last.hash) if last else (0, FIRST_HASH)
    entries = list(session.scalars(_unsealed().limit(most)))
    for number, entry in enumerate(entries, start=position + 1):
        previous = _digest(previous, entry)
        session.add(AuditSeal(position=number, entry_id=entry.id, hash=previous))
    session.flush()
    return len(entries)


def _first_break(rows: Sequence[Row[AuditSeal, AuditEntry | None]]) -> int | None:
    previous = FIRST_HASH
    for expected, (link, entry) in enumerate(rows, start=1):
        previous = _digest(previous, entry) if entry is not None else ""
        if link.position != expected or link.hash != previous:
            return expected
    return None


def verify(session: Session) -> Verification:
    """R9-17, G9: recompute the whole chain. A changed, removed or swapped line breaks it."""
    pairs = select(AuditSeal, AuditEntry).outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    rows = list(session.execute(pairs.order_by(AuditSeal.position)))
    unsealed = session.scalar(select(func.count()).select_from(_unsealed().subquery())) or 0
    return Verification(len(rows), unsealed, _first_break(rows))
