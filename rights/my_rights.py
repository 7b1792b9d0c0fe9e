"""What somebody holds, and what each of it allows (R5-8, R5-9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from rights.allowed import AllowedRow
from rights.code_choices import AllowedTable, allowed_tables
from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.models import HeldRight
from rights.queries import is_left
from rights.shown_requests import title_of


@dataclass(frozen=True, slots=True)
class Allowed:
    """One function and the mark of the code held."""

    row: AllowedRow
    mark: str


@dataclass(frozen=True, slots=True)
class MyRight:
    """`is_in_effect` False: it begins at `from_at`. `allows` is empty where the system knows one code only."""

    system: System
    title: str
    from_at: datetime
    until_at: datetime | None
    is_in_effect: bool
    allows: Sequence[Allowed]


def my_rights(session: Session, user_id: int, now: datetime) -> list[MyRight]:
    """Held now or to come, in the order of the screens."""
    person = session.get_one(User, user_id)
    approval = session.get_one(Organization, person.organization_id).has_special_approval
    tables = allowed_tables(has_special_approval=approval)
    own = (HeldRight.user_id == user_id, is_left(now))
    rows = session.scalars(select(HeldRight).where(*own).order_by(HeldRight.from_at))
    rights = [_right(row, tables, now) for row in rows]
    return sorted(rights, key=lambda right: SYSTEMS_WITH_RIGHTS.index(right.system))


def _right(row: HeldRight, tables: dict[System, AllowedTable], now: datetime) -> MyRight:
    system = System(row.system)
    return MyRight(
        system=system,
        title=title_of(system, row.code),
        from_at=row.from_at,
        until_at=row.until_at,
        is_in_effect=row.from_at <= now,
        allows=_allowed(tables.get(system), row.code),
    )


def _allowed(table: AllowedTable | None, code: str) -> list[Allowed]:
    if table is None or code not in table.columns:
        return []
    place = table.columns.index(code)
    return [Allowed(row, row.marks[place]) for row in table.rows]
