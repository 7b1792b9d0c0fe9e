"""Planned and saved changes of the calendar, and the moves as a screen shows them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from auth.models import Certificate, Organization
from base.closing_days import business_calendar
from desk.closing.changes import moves_of, organizations_of
from desk.closing.concerned import Concerned, digest_of
from desk.closing.day_rules import read
from desk.closing.models import CalendarChange, CalendarMove
from desk.closing.move_rules import Moved, MoveKind
from rights.models import RightsRequest

PAGE = 120
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


KEPT_COLUMNS = (
    *(CalendarMove.kind, CalendarMove.before_day, CalendarMove.after_day, CalendarMove.organization_id),
    *(CalendarMove.request_id, CalendarMove.certificate_id, CalendarMove.about),
    *(RightsRequest.public_id.label("request"), Certificate.public_id.label("certificate")),
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a screen shows of a change: a page of its moves, and how many there are. `seen`: the digest of all, while it is planned."""

    counts: Mapping[MoveKind, int]
    concerned: int
    rows: Sequence[Concerned]
    has_more: bool
    seen: str = ""

    @property
    def count(self) -> int:
        return sum(self.counts.values())


def sight_of(session: Session, change: CalendarChange, page: int, now: datetime) -> Sight:
    first = (page - 1) * PAGE
    if change.saved_at is not None:
        rows = kept_moves(session, change, first, PAGE + 1)
        concerned = len(organizations_of(session, change))
        return Sight(_kept_counts(session, change), concerned, rows[:PAGE], len(rows) > PAGE)
    moves = moves_of(session, read(change.days), now)
    return Sight(
        counts=Counter(each.moved.kind for each in moves),
        concerned=len({each.organization_id for each in moves if each.organization_id}),
        rows=moves[first : first + PAGE],
        has_more=len(moves) > first + PAGE,
        seen=digest_of(moves, business_calendar(session)),
    )


def kept_moves(session: Session, change: CalendarChange, first: int = 0, most: int | None = None) -> list[Concerned]:
    """What a saved change has moved, in the order in which it was shown."""
    rows = (
        select(*KEPT_COLUMNS)
        .select_from(CalendarMove)
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
            row.request or row.certificate or "",
            row.about,
        )
        for row in session.execute(rows.offset(first).limit(most))
    ]


def _kept_counts(session: Session, change: CalendarChange) -> dict[MoveKind, int]:
    counted = select(CalendarMove.kind, func.count()).where(CalendarMove.change_id == change.id)
    return {MoveKind(kind): count for kind, count in session.execute(counted.group_by(CalendarMove.kind))}


def names_of(session: Session, moves: Iterable[Concerned]) -> dict[int, str]:
    """Of the organizations."""
    ids = {each.organization_id for each in moves if each.organization_id}
    named = select(Organization.id, Organization.name).where(Organization.id.in_(ids))
    return dict(session.execute(named).all())
