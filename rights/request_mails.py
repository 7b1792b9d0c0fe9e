"""The mails about one request, written as they are claimed: of what was undone since nothing is sent (R5-10, F9)."""

from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.contact_managers import find_manager
from auth.models import User
from base.closing_days import business_calendar, confirmed_through
from base.jst import day_of
from base.mail_claims import Composer
from base.mail_text import Composed, Skipped, on_one_line
from base.outbox import Mail
from base.settings import Operator
from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.completions import days_of
from rights.models import RightsRequest
from rights.request_letters import (
    BODY,
    LEADS,
    SUBJECTS,
    Asked,
    asked_section,
    days_section,
    done_section,
    number_section,
    reason_section,
)
from rights.request_news import News
from rights.request_queries import every_request, find_request, is_followed_by_removal
from rights.request_states import KIND_LABELS, SET_BY_REGISTRATION, RequestKind, RequestState
from rights.shown_requests import title_of

LIST_ID = "rights"
GONE = "申請が見つかりません。"
NO_MANAGER = "システム窓口責任者ではなくなったか、事業者の利用が終了しています。"
REMOVED = "そのあとに抹消の申請が出されています。"
UNDONE = "申請の状態が、そのあとに変わっています。"
COMPLETED_SINCE = "処理が完了したため、完了のお知らせを送ります。"

STILL_TRUE = {
    News.ACCEPTED: {RequestState.ACCEPTED, RequestState.COMPLETED},
    News.CANCELLED: {RequestState.CANCELLED},
    News.REGISTERED: {RequestState.ACCEPTED},
    News.COMPLETED: {RequestState.COMPLETED},
}


def request_composers(base_url: str, operator: Operator) -> dict[str, Composer]:
    """By the kind of the mail."""
    return {news.value: partial(_compose, news, base_url, operator) for news in News}


def _compose(
    news: News, base_url: str, operator: Operator, session: Session, mail: Mail, now: datetime
) -> Composed | Skipped:
    request = find_request(session, every_request(), mail.about or "")
    if request is None:
        return Skipped(GONE)
    manager = find_manager(session, request.organization_id, mail.address)
    if manager is None:
        return Skipped(NO_MANAGER)
    if reason := _why_not(session, news, request):
        return Skipped(reason)
    return _letter(session, news, request, manager, base_url, operator, now)


def _why_not(session: Session, news: News, request: RightsRequest) -> str | None:
    """Judged again at the moment of sending."""
    if news is News.REGISTERED and request.state == RequestState.COMPLETED:
        return COMPLETED_SINCE
    if request.state not in STILL_TRUE[news]:
        return UNDONE
    is_told_of_rights = news is not News.CANCELLED and request.kind != RequestKind.REMOVAL
    return REMOVED if is_told_of_rights and is_followed_by_removal(session, request) else None


def _letter(
    session: Session,
    news: News,
    request: RightsRequest,
    manager: User,
    base_url: str,
    operator: Operator,
    now: datetime,
) -> Composed:
    belongs_to = request.contractor.name if request.contractor else request.organization.name
    body = BODY.format(
        organization=request.organization.name,
        manager=manager.name_kanji,
        operator=operator.name,
        lead=LEADS[news],
        number=request.number,
        kind=KIND_LABELS[RequestKind(request.kind)],
        person=on_one_line(request.name_kanji),
        belongs_to=belongs_to,
        login_id=request.login_id,
        sections="\n".join(_sections(session, news, request, now)),
        link=f"{base_url}/requests/{request.public_id}",
        contact=operator.desks[0].in_mails,
    )
    return Composed(f"{SUBJECTS[news]}({request.number})", body, LIST_ID)


def _sections(session: Session, news: News, request: RightsRequest, now: datetime) -> list[str]:
    asked = _asked(request)
    if news is News.CANCELLED:
        why = reason_section(request.cancel_reason or "", was_phoned=request.phoned_at is not None)
        return [asked_section(asked), why]
    if news is News.ACCEPTED:
        return [asked_section(asked), _days(request, session, now)]
    number = _user_number(session, request)
    return [done_section(asked), *([number_section(number)] if number else [])]


def _asked(request: RightsRequest) -> list[Asked]:
    parts = {part.system: part for part in request.parts if part.withdrawn_at is None}
    return [
        Asked(system, title_of(system, parts[system].code), parts[system].effect_at)
        for system in SYSTEMS_WITH_RIGHTS
        if system in parts
    ]


def _days(request: RightsRequest, session: Session, now: datetime) -> str:
    assert request.accepted_at is not None
    assert request.processing_date is not None
    days = days_of(session, request, business_calendar(session))
    asked = [System(one.system) for one in _asked(request)]
    at_m6 = [system for system in asked if system in SET_BY_REGISTRATION]
    at_m9 = [system for system in asked if system not in SET_BY_REGISTRATION]
    pairs = ((at_m6, days.taxis_johs_from), (at_m9, days.juju_loacus_from))
    starts = [("・".join(systems), day) for systems, day in pairs if systems]
    through = confirmed_through(session, day_of(now))
    return days_section(day_of(request.accepted_at), request.processing_date, starts, request.kind, through)


def _user_number(session: Session, request: RightsRequest) -> str | None:
    """Given with ⑥; the contact manager sees it from then on (R5-10 ⑥⑦)."""
    if request.kind != RequestKind.NEW:
        return None
    return session.scalar(select(User.user_number).where(User.id == request.user_id))
