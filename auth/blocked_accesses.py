"""What the gate refused, counted by day, address and certificate (R2-8)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from auth.blocked_tally import Counted, Source
from auth.models import BlockedAccess, Certificate, CertificateRegistration
from base.db import dialect_insert


def _organizations_of(session: Session, fingerprints: Iterable[str]) -> dict[str, int]:
    """Where a certificate tells a single one."""
    of = CertificateRegistration.organization_id
    told = (
        select(Certificate.fingerprint, func.min(of).label("organization_id"))
        .join(CertificateRegistration, CertificateRegistration.certificate_id == Certificate.id)
        .where(Certificate.fingerprint.in_(set(fingerprints) - {""}))
        .group_by(Certificate.fingerprint)
        .having(func.count() == 1)
    )
    return {row.fingerprint: row.organization_id for row in session.execute(told)}


def _values(source: Source, counted: Counted, organizations: Mapping[str, int]) -> dict[str, Any]:
    return {
        "day": source.day,
        "address": source.address,
        "fingerprint": source.fingerprint,
        "country": counted.country,
        "organization_id": organizations.get(source.fingerprint),
        "first_at": counted.first_at,
        "last_at": counted.last_at,
        "count": counted.count,
    }


def write_blocked(session: Session, counted: Mapping[Source, Counted]) -> None:
    """Adds to what other processes counted; in one order, so that two that write at once never wait for one another."""
    if not counted:
        return
    organizations = _organizations_of(session, (source.fingerprint for source in counted))
    in_order = sorted(counted, key=lambda source: (source.day, source.address, source.fingerprint))
    new = dialect_insert(session, BlockedAccess)
    added = new.on_conflict_do_update(
        index_elements=["day", "address", "fingerprint"],
        set_={
            "count": BlockedAccess.count + new.excluded.count,
            "first_at": case(
                (new.excluded.first_at < BlockedAccess.first_at, new.excluded.first_at), else_=BlockedAccess.first_at
            ),
            "last_at": case(
                (new.excluded.last_at > BlockedAccess.last_at, new.excluded.last_at), else_=BlockedAccess.last_at
            ),
            "country": new.excluded.country,
        },
    )
    session.execute(added, [_values(source, counted[source], organizations) for source in in_order])


def forget_blocked(session: Session, before: date) -> None:
    session.execute(delete(BlockedAccess).where(BlockedAccess.day < before))
