"""A change of the calendar is planned, looked at with everything it moves, saved, and told once (R5-31, R9-14)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import audit_line, record, record_lines
from base.business_days import BusinessCalendar
from base.closing_days import ClosingDay, OpenDay, business_calendar
from base.jst import day_of
from base.refusals import Conflict, Refused
from base.sentences import say
from desk.closing.concerned import Concerned, all_moves, digest_of, shift_of
from desk.closing.day_rules import DayChange, DayKind, read, reasons_against, written
from desk.closing.models import CalendarChange, CalendarMove
from desk.closing.move_rules import MoveKind, moved_m
from desk.closing.tellings import KIND
from rights.models import ProcessingDay, RightsRequest
from rights.request_news import tell_managers
from rights.request_states import OPEN_STATES

SAVED_ALREADY = say("この変更は、すでに保存されています。")
MOVED_MEANWHILE = say("確認の画面を開いたあとに、休業日か申請が変わりました。動く日付をもう一度確認してください。")
BUSY = say("ほかの担当者の操作と重なりました。もう一度押してください。")
NO_DAY = say("変更する日がありません。")
NO_WORK = say("営業日が1日もない年ができるため、変えられません。")
CARRIED_OUT = say("今日のシステム処理はすでに始まっているため、今日を休業日にはできません。")
NOT_SAVED = say("この変更は、まだ保存されていません。")
TOLD_ALREADY = say("この変更は、すでにメールでお知らせしています。")
NOBODY_TO_TELL = say("お知らせする事業者はありません。")
WAIT = "4s"
PLANS_KEPT = timedelta(days=7)
LOCK_NOT_AVAILABLE = "55P03"
AT_ONCE = 500


def plan_change(session: Session, days: Sequence[DayChange], *, by: Actor, now: datetime) -> CalendarChange:
    """Nothing moves yet."""
    assert by.user_id is not None
    if not days:
        raise Refused(NO_DAY)
    for reason in reasons_against(days, business_calendar(session), day_of(now)):
        raise Refused(reason.reason, "day")
    change = CalendarChange(days=written(days), planned_at=now, planned_by_id=by.user_id)
    session.add(change)
    session.flush()
    return change


def drop_plan(session: Session, change: CalendarChange) -> None:
    if change.saved_at is not None:
        raise Conflict(SAVED_ALREADY)
    session.delete(change)


def forget_plans(session: Session, now: datetime) -> None:
    """Nobody saves what was looked at a week ago."""
    old = (CalendarChange.saved_at.is_(None), CalendarChange.planned_at < now - PLANS_KEPT)
    session.execute(delete(CalendarChange).where(*old))


def save_change(session: Session, change: CalendarChange, seen: str, *, is_told: bool, by: Actor, now: datetime) -> int:
    """Answers how many dates moved. `seen`: the digest of what was shown. The change is locked."""
    if change.saved_at is not None:
        raise Conflict(SAVED_ALREADY)
    lock_calendar(session)
    days, calendar = read(change.days), business_calendar(session)
    for reason in reasons_against(days, calendar, day_of(now)):
        raise Conflict(reason.reason)
    _refuse_carried_out(session, days, day_of(now))
    moves = moves_of(session, days, now)
    if digest_of(moves, calendar) != seen:
        raise Conflict(MOVED_MEANWHILE)
    after = shift_of(session, days, now).after.calendar
    _set_days(session, days, by, now)
    _move_delays(session, calendar, after, day_of(now))
    _move_requests(session, moves, by, now)
    _keep_moves(session, change, moves)
    change.saved_at, change.saved_by_id = now, by.user_id
    facts = {"closing_days": [f"{day.day} {day.kind} {day.name}".rstrip() for day in days], "dates_moved": len(moves)}
    record(session, "calendar.changed", f"calendar:{change.public_id}", by=by, now=now, after=facts)
    if is_told and any(each.organization_id for each in moves):
        tell_change(session, change, by=by, now=now)
    return len(moves)


def moves_of(session: Session, days: Sequence[DayChange], now: datetime) -> list[Concerned]:
    """`Conflict` where the operator would never work again."""
    try:
        return all_moves(session, shift_of(session, days, now), now)
    except ValueError:
        raise Conflict(NO_WORK) from None


def tell_change(session: Session, change: CalendarChange, *, by: Actor, now: datetime) -> int:
    """To the contact managers of everybody whose dates moved, once. The change is locked."""
    if change.saved_at is None:
        raise Conflict(NOT_SAVED)
    if change.told_at is not None:
        raise Conflict(TOLD_ALREADY)
    organizations = organizations_of(session, change)
    if not organizations:
        raise Conflict(NOBODY_TO_TELL)
    change.told_at, change.told_by_id = now, by.user_id
    occasion = f"{KIND}:{change.public_id}"
    mails = sum(
        tell_managers(session, organization_id, KIND, occasion, about=change.public_id, now=now)
        for organization_id in organizations
    )
    facts = {"organizations": len(organizations), "mails": mails}
    record(session, "calendar.told", f"calendar:{change.public_id}", by=by, now=now, after=facts)
    return mails


def organizations_of(session: Session, change: CalendarChange) -> Sequence[int]:
    concerned = CalendarMove.organization_id.is_not(None)
    found = select(CalendarMove.organization_id).where(CalendarMove.change_id == change.id, concerned)
    return [each for each in session.scalars(found.distinct().order_by(CalendarMove.organization_id)) if each]


def lock_calendar(session: Session) -> None:
    """Whoever has read the calendar in a transaction ends it first, and whoever comes later reads the new one.

    On SQLite whoever may write is alone anyway. `Conflict` where somebody holds a request and waits for the calendar.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    is_open = RightsRequest.state.in_(OPEN_STATES)
    try:
        session.execute(text(f"SET LOCAL lock_timeout = '{WAIT}'"))
        session.execute(text("LOCK TABLE closing_day, open_day IN ACCESS EXCLUSIVE MODE"))
        session.execute(select(RightsRequest.id).where(is_open).with_for_update(nowait=True))
    except OperationalError as fault:
        if getattr(fault.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        raise Conflict(BUSY) from None


def _refuse_carried_out(session: Session, days: Iterable[DayChange], today: date) -> None:
    if not any(change.day == today and change.kind in {DayKind.CLOSE, DayKind.REST} for change in days):
        return
    begun = select(RightsRequest.id).where(
        RightsRequest.processing_date == today, RightsRequest.ordered_at.is_not(None)
    )
    if session.scalar(begun.limit(1)) is not None:
        raise Conflict(CARRIED_OUT)


def _set_days(session: Session, days: Iterable[DayChange], by: Actor, now: datetime) -> None:
    assert by.user_id is not None
    for change in days:
        if change.kind is DayKind.CLOSE:
            session.add(ClosingDay(day=change.day, name=change.name, added_at=now, added_by_id=by.user_id))
        elif change.kind is DayKind.OPEN:
            session.execute(delete(ClosingDay).where(ClosingDay.day == change.day))
        elif change.kind is DayKind.WORK:
            session.add(OpenDay(day=change.day, added_at=now, added_by_id=by.user_id))
        else:
            session.execute(delete(OpenDay).where(OpenDay.day == change.day))
        session.flush()


def _move_delays(session: Session, before: BusinessCalendar, after: BusinessCalendar, today: date) -> None:
    """The latest first, lest one takes another's place."""
    coming = select(ProcessingDay.processing_date).where(ProcessingDay.processing_date >= today)
    ms = session.scalars(coming.order_by(ProcessingDay.processing_date.desc())).all()
    for m in ms:
        here = ProcessingDay.processing_date == m
        session.execute(update(ProcessingDay).where(here).values(processing_date=moved_m(m, before, after)))


def _move_requests(session: Session, moves: Iterable[Concerned], by: Actor, now: datetime) -> None:
    """Where an M is stored; of a request that waits for acceptance none is yet."""
    by_days: defaultdict[tuple[date, date], list[Concerned]] = defaultdict(list)
    for each in moves:
        if each.moved.kind is MoveKind.PROCESSING:
            by_days[each.moved.before, each.moved.after].append(each)
    for (before, after), found in by_days.items():
        for some in _slices(found):
            ids = [each.request_id for each in some]
            theirs = update(RightsRequest).where(RightsRequest.id.in_(ids), RightsRequest.processing_date == before)
            moved = set(session.scalars(theirs.values(processing_date=after).returning(RightsRequest.id)))
            lines = [_line(each, by, now) for each in some if each.request_id in moved]
            record_lines(session, lines)


def _line(each: Concerned, by: Actor, now: datetime) -> dict[str, object]:
    before, after = ({"processing_date": day} for day in (each.moved.before, each.moved.after))
    subject, of = f"request:{each.public_id}", each.organization_id
    return audit_line("request.rescheduled", subject, by=by, now=now, before=before, after=after, organization_id=of)


def _keep_moves(session: Session, change: CalendarChange, moves: Sequence[Concerned]) -> None:
    rows = [
        {
            "change_id": change.id,
            "kind": each.moved.kind,
            "organization_id": each.organization_id,
            "request_id": each.request_id,
            "certificate_id": each.certificate_id,
            "about": each.about,
            "before_day": each.moved.before,
            "after_day": each.moved.after,
        }
        for each in moves
    ]
    if rows:
        session.execute(insert(CalendarMove), rows)


def _slices(found: Sequence[Concerned]) -> Iterator[Sequence[Concerned]]:
    return (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))
