"""Planned and saved changes of the calendar, and the moves as a screen shows them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from auth.models import Certificate, Organization
from desk.closing.concerned import Concerned
from desk.closing.models import CalendarChange, CalendarMove
from desk.closing.move_rules import Moved, MoveKind
from rights.models import RightsRequest

PAGE = 50
MOST_CHANGES = 20


def change_by(session: Session, public_id: str, *, is_locked: bool = False) -> CalendarChange | None:
    found = select(CalendarChange).where(CalendarChange.public_id == public_id)
    return session.scalars(found.with_for_update() if is_locked else found).one_or_none()


def saved_changes(session: Session) -> Sequence[CalendarChange]:
    """The newest first."""
    saved = (
        select(CalendarChange).where(CalendarChange.saved_at.is_not(None)).options(joinedload(CalendarChange.saved_by))
    )
    return session.scalars(saved.order_by(CalendarChange.saved_at.desc()).limit(MOST_CHANGES)).all()


def counts_of_moves(session: Session, changes: Iterable[CalendarChange]) -> dict[int, int]:
    ids = [change.id for change in changes]
    counted = select(CalendarMove.change_id, func.count()).where(CalendarMove.change_id.in_(ids))
    return dict(session.execute(counted.group_by(CalendarMove.change_id)).all())


def kept_moves(session: Session, change: CalendarChange) -> list[Concerned]:
    """What a saved change has moved, in the order in which it was shown."""
    rows = (
        select(CalendarMove, RightsRequest.public_id, Certificate.public_id)
        .outerjoin(RightsRequest, RightsRequest.id == CalendarMove.request_id)
        .outerjoin(Certificate, Certificate.id == CalendarMove.certificate_id)
        .where(CalendarMove.change_id == change.id)
        .order_by(CalendarMove.id)
    )
    return [
        Concerned(
            Moved(MoveKind(row.kind), row.before_day, row.after_day),
            row.organization_id,
            row.request_id,
            row.certificate_id,
            request or certificate or "",
            row.about,
        )
        for row, request, certificate in session.execute(rows)
    ]


def names_of(session: Session, moves: Iterable[Concerned]) -> dict[int, str]:
    """Of the organizations."""
    ids = {each.organization_id for each in moves if each.organization_id}
    named = select(Organization.id, Organization.name).where(Organization.id.in_(ids))
    return dict(session.execute(named).all())
