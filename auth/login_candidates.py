"""Who a typed ID might be: one statement, the same whoever it is, whether or not anybody is (C2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, ScalarSelect, Select, and_, bindparam, select

from auth.identity import may_enter
from auth.login_id import fold
from auth.models import CertificateRegistration, Organization, User
from base.hot_query import HotQuery
from base.refusals import Refused


@dataclass(frozen=True, slots=True)
class Candidate:
    """What was known of an ID when its password was checked. `pc_name` is None where the certificate isn't its organization's."""

    user_id: int
    login_id: str
    organization_id: int
    password_hash: str | None
    is_locked: bool
    may_enter: bool
    pc_name: str | None


FindCandidate = Callable[[Engine, str, int, datetime], Candidate | None]


def candidate_query(held_systems: ScalarSelect[Any]) -> Select[Any]:
    own = CertificateRegistration.__table__.alias("own_registration")
    by_this_pc = and_(
        own.c.organization_id == User.organization_id,
        own.c.certificate_id == bindparam("certificate_id"),
        own.c.suspended_at.is_(None),
    )
    columns = (User.id, User.login_id, User.organization_id, User.password_hash, User.locked_at)
    return (
        select(*columns, User.contact_role, User.staff_role, own.c.pc_name, held_systems.label("held_systems"))
        .join(Organization, Organization.id == User.organization_id)
        .outerjoin(own, by_this_pc)
        .where(
            User.login_id_folded == bindparam("login_id"), User.deleted_at.is_(None), Organization.ended_at.is_(None)
        )
    )


def _folded(login_id: str) -> str:
    """Empty, and so nobody's, for what can't be an ID."""
    try:
        return fold(login_id)
    except Refused:
        return ""


def candidate_finder(held_systems: ScalarSelect[Any]) -> FindCandidate:
    """Finds None for an unknown or deleted ID, or one whose organization has ended."""
    query = HotQuery(candidate_query(held_systems))

    def find(engine: Engine, login_id: str, certificate_id: int, now: datetime) -> Candidate | None:
        values = {"login_id": _folded(login_id), "certificate_id": certificate_id, "now": now}
        raw = query.first(engine, values)
        if raw is None:
            return None
        row = query.read(raw)
        held = frozenset(row.held_systems.split(",")) if row.held_systems else frozenset()
        return Candidate(
            user_id=row.id,
            login_id=row.login_id,
            organization_id=row.organization_id,
            password_hash=row.password_hash,
            is_locked=row.locked_at is not None,
            may_enter=may_enter(held, row.contact_role, row.staff_role),
            pc_name=row.pc_name,
        )

    return find
