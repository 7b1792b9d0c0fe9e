"""Who has read a notice, and the request to acknowledge it (R7-6, R9-3)."""

from collections.abc import Callable
from datetime import datetime

from flask import abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.closing_days import business_calendar
from base.db import db
from base.form_keys import new_form_key, once
from base.jst import day_of
from content.article_queries import state_of
from content.article_states import ArticleState
from content.mailing.chases import chase, chased, last_reminders
from content.manuals.queries import manuals_for_staff
from content.manuals.records import held_manuals
from content.models import Article
from content.reading.acknowledgements import ask_acknowledgement, end_acknowledgement
from content.reading.read_records import OrganizationRecord
from content.reading.record_csv import records_csv
from content.reading.record_queries import records_of
from content.writing.staff_views import existing, home_of, locked

ORGANIZATIONS_A_PAGE = 50
UNACKNOWLEDGED = "unacknowledged"


def _published(public_id: str) -> Article:
    """What was never published has no readers."""
    article = existing(public_id)
    if article.published_at is None:
        abort(404)
    return article


def _is_narrowed() -> bool:
    return request.args.get("show") == UNACKNOWLEDGED


def _shown(records: tuple[OrganizationRecord, ...]) -> tuple[OrganizationRecord, ...]:
    return tuple(each for each in records if each.is_unacknowledged) if _is_narrowed() else records


def _number() -> int:
    given = request.args.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdecimal() and len(given) < 5 else 1


@audience(staff(PUBLISH))
def show_readers(public_id: str) -> str:
    session, now, article = db.session(), clock.now(), _published(public_id)
    records, number = records_of(session, article, now), _number()
    found, first = _shown(records), (number - 1) * ORGANIZATIONS_A_PAGE
    rows = found[first : first + ORGANIZATIONS_A_PAGE]
    calendar, today = business_calendar(session), day_of(now)
    is_public = state_of(article, now) is ArticleState.PUBLISHED
    return render_template(
        "publishing/readers.html",
        article=article,
        home=home_of(article),
        is_public=is_public,
        records=records,
        manuals=held_manuals(records, manuals_for_staff(session, article)),
        rows=rows,
        count=len(found),
        number=number,
        has_more=len(found) > first + ORGANIZATIONS_A_PAGE,
        is_narrowed=_is_narrowed(),
        reminders=last_reminders(session, article, [each.id for each in rows]),
        chased=chased(session, article, now) if is_public and article.ack_asked_at else (),
        next_day=None if calendar.is_business_day(today) else calendar.next_business_day(today),
        form_key=new_form_key(),
    )


@audience(staff(PUBLISH))
def readers_csv(public_id: str) -> ResponseReturnValue:
    session, now, article = db.session(), clock.now(), _published(public_id)
    records = records_of(session, article, now)
    manuals = held_manuals(records, manuals_for_staff(session, article))
    return records_csv(_shown(records), manuals, f"readers-{public_id}", now)


def _press(public_id: str, operation: Callable[[Session, Article, datetime], None]) -> ResponseReturnValue:
    existing(public_id)

    def run(session: Session, now: datetime) -> str:
        article = locked(session, public_id)
        operation(session, article, now)
        return f"{home_of(article)}/readers"

    return once(viewer().user_id, run)


@audience(staff(PUBLISH))
def ask_for_acknowledgement(public_id: str) -> ResponseReturnValue:
    def ask(session: Session, article: Article, now: datetime) -> None:
        ask_acknowledgement(session, article, by=actor(), now=now)
        flash(_("確認を依頼しました。利用者の画面に「要確認」と表示します。"), "success")

    return _press(public_id, ask)


@audience(staff(PUBLISH))
def end_the_acknowledgement(public_id: str) -> ResponseReturnValue:
    def end(session: Session, article: Article, now: datetime) -> None:
        end_acknowledgement(session, article, by=actor(), now=now)
        flash(_("確認の依頼を取りやめました。これまでの確認の記録は残ります。"), "success")

    return _press(public_id, end)


@audience(staff(PUBLISH))
def chase_the_rest(public_id: str) -> ResponseReturnValue:
    def remind(session: Session, article: Article, now: datetime) -> None:
        count = chase(session, article, business_calendar(session), by=actor(), now=now)
        if count:
            flash(_("催促メール %(count)s件を送ります。", count=count), "success")
        else:
            flash(_("送るメールはありませんでした。今日の分はすでに送っています。"), "warning")

    return _press(public_id, remind)
