"""Years whose closing days staff have confirmed, one after the other; dates beyond the last one are provisional (R5-31)."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.closing_days import ConfirmedYear, last_confirmed_year
from base.db import dialect_insert
from base.jst import day_of
from base.refusals import Conflict
from base.sentences import say

DECEMBER = 12
NOT_NEXT = say("この年は、いまは確認済みにできません。")
NOT_LAST = say("取り消せるのは、最後に確認した年だけです。")


def year_to_confirm(session: Session, today: date) -> int | None:
    """The next one in turn, up to the coming year: of later years the public holidays aren't settled."""
    last = last_confirmed_year(session)
    turn = max(last + 1, today.year) if last else today.year
    return turn if turn <= today.year + 1 else None


def confirm_year(session: Session, year: int, *, by: Actor, now: datetime) -> None:
    """Of two at once the second finds that it is done."""
    assert by.user_id is not None
    if year != year_to_confirm(session, day_of(now)):
        raise Conflict(NOT_NEXT)
    row = dialect_insert(session, ConfirmedYear).values(year=year, confirmed_at=now, confirmed_by_id=by.user_id)
    if session.execute(row.on_conflict_do_nothing().returning(ConfirmedYear.year)).first() is None:
        raise Conflict(NOT_NEXT)
    record(session, "calendar.confirmed", f"year:{year}", by=by, now=now, after={"year": year})


def withdraw_year(session: Session, year: int, *, by: Actor, now: datetime) -> None:
    row = session.get(ConfirmedYear, year, with_for_update=True)
    if row is None or year != last_confirmed_year(session):
        raise Conflict(NOT_LAST)
    session.delete(row)
    record(session, "calendar.unconfirmed", f"year:{year}", by=by, now=now, before={"year": year})


def overdue_year(session: Session, today: date) -> int | None:
    """In December the coming year; before that this one, where it was forgotten after others were confirmed."""
    last = last_confirmed_year(session)
    if today.month == DECEMBER and (last or 0) <= today.year:
        return today.year + 1
    return today.year if last and last < today.year else None
