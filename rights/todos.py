"""What waits because of requests: for the contact manager's home, and on the reception center's desk."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy import and_, func, not_, select
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from base.closing_days import business_calendar
from base.jst import day_of
from base.schedule import processing_date
from base.waiting import Figure, Todo
from base.words import listed, promised, short_promised
from rights.models import RightsRequest
from rights.processing.completion_rules import bounds_on, is_last_call
from rights.processing.queries import waiting_for_acceptance
from rights.processing.sheet_queries import open_dates, tallies
from rights.request_dates import EFFECTS, Step, first_day_due_from, next_processing_date
from rights.request_filters import Filters
from rights.request_lists import WITH_NAMES, filtered
from rights.request_queries import every_request, requests_of
from rights.request_states import OPEN_STATES, RequestKind, RequestState
from rights.shown_requests import Shown, shown

MOST_TODOS = 5
MOST_ROWS = 10
WAITING = Filters(state=RequestState.ENTERED)


def todos(session: Session, viewer: Viewer, now: datetime) -> list[Todo]:
    """A contact manager's requests in progress with the dates they will reach (R5-34)."""
    if not viewer.is_contact_manager:
        return []
    is_open = RightsRequest.state.in_(OPEN_STATES)
    newest = requests_of(viewer.organization_id).where(is_open).order_by(RightsRequest.entered_at.desc())
    rows = session.scalars(newest.limit(MOST_TODOS + 1)).all()
    lines = [_todo(one) for one in shown(session, rows[:MOST_TODOS], now)]
    if len(rows) > MOST_TODOS:
        more = _("進行中の申請は、ほかにもあります")
        lines.append(Todo("", "", more, "", "/requests", _("一覧")))
    return lines


def figures(session: Session, now: datetime) -> list[Figure]:
    """To accept today, late where a day has passed, and what the next M carries (R5-10 ②, R5-30)."""
    calendar, today = business_calendar(session), day_of(now)
    of_today, m = first_day_due_from(today, calendar), next_processing_date(today, calendar)
    yet_to_come = first_day_due_from(today + timedelta(days=1), calendar)
    overdue = replace(WAITING, entered_until=of_today - timedelta(days=1))
    due = replace(WAITING, entered_from=of_today, entered_until=yet_to_come - timedelta(days=1))
    late = _count(session, overdue)
    tiles = [Figure(late, _("受付期限を過ぎた権限申請"), _queue(overdue), is_late=True)] if late else []
    return [
        *tiles,
        Figure(_count(session, due), _("今日中に受付(権限申請)"), _queue(due)),
        _next_processing(session, m),
    ]


def completion_figures(session: Session, now: datetime) -> list[Figure]:
    """⑥ and ⑩ that are due or overdue, and on a window's last business day what isn't accepted yet (R5-10, R9-4)."""
    today, calendar = day_of(now), business_calendar(session)
    counted = tallies(session, open_dates(session), bounds_on(today, calendar)).values()
    late, due = sum(tally.late for tally in counted), sum(tally.today for tally in counted)
    waiting = waiting_for_acceptance(session) if is_last_call(today, calendar) else 0
    m, place = processing_date(today, calendar), "/staff/processing"
    label = _("%(m)sに間に合わせる受付(今日が最後の営業日)", m=short_promised(m))
    return [
        *([Figure(waiting, label, place, is_late=True)] if waiting else []),
        *([Figure(late, _("期限を過ぎた完了入力"), place, is_late=True)] if late else []),
        *([Figure(due, _("今日中に完了入力"), place)] if due else []),
    ]


def queue_rows(session: Session, now: datetime, most: int = MOST_ROWS) -> list[Shown]:
    """What waits for acceptance, due first."""
    oldest = filtered(every_request(), WAITING).order_by(RightsRequest.entered_at, RightsRequest.id)
    return shown(session, session.scalars(oldest.options(*WITH_NAMES).limit(most)).all(), now)


def _count(session: Session, filters: Filters) -> int:
    ids = filtered(every_request(), filters).with_only_columns(func.count(RightsRequest.id))
    return session.scalar(ids) or 0


def _queue(filters: Filters) -> str:
    return f"/staff/requests?{urlencode(filters.in_address())}"


def _next_processing(session: Session, m: date) -> Figure:
    """Counted as on the day's sheets: changes and removals need no acceptance."""
    carried = _carried_on(session, m)
    place = f"/staff/processing/{m.isoformat()}" if carried else "/staff/processing"
    return Figure(carried, _("%(day)sの処理対象", day=short_promised(m)), place)


def _carried_on(session: Session, m: date) -> int:
    waits_for_acceptance = and_(RightsRequest.kind == RequestKind.NEW, RightsRequest.state == RequestState.ENTERED)
    of_m = (RightsRequest.processing_date == m, RightsRequest.state.in_(OPEN_STATES), not_(waits_for_acceptance))
    return session.scalar(select(func.count()).select_from(RightsRequest).where(*of_m)) or 0


def _todo(one: Shown) -> Todo:
    row = one.row
    kind = _(one.kind_label)
    title = _("%(number)s %(name)sさんの利用権限(%(kind)s)", number=row.number, name=row.name_kanji, kind=kind)
    return Todo(_(one.progress), one.colour, title, _dates(one), f"/requests/{row.public_id}", _("詳細"))


def _dates(one: Shown) -> str:
    m = [_("処理日 %(day)s", day=promised(one.processing_date))] if one.processing_date else []
    return " / ".join([*m, *(_from_when(one, step) for step in one.steps if step.systems and step.stage in EFFECTS)])


def _from_when(one: Shown, step: Step) -> str:
    systems = listed((system.value for system in step.systems), "・")
    if step.day is None:
        together = _("%(systems)sは新しいIDの利用開始と同時", systems=systems)
        return together if step.follows else _("%(systems)sは完了の入力後", systems=systems)
    if one.kind is RequestKind.REMOVAL:
        return _("%(systems)sは%(day)sに終了", systems=systems, day=promised(step.day))
    return _("%(systems)sは%(day)s以降", systems=systems, day=promised(step.day))
