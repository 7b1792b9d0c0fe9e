"""The staff's list of articles, what comes next of them, and several withdrawn at once (R7-4)."""

from datetime import datetime

from flask import abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once
from base.refusals import Refused
from content.article_queries import state_of
from content.models import ArticleKind, Category, Page
from content.writing.article_csv import articles_csv, upcoming_csv
from content.writing.article_filters import AWAITING, STATES, ArticleFilters, read_article_filters
from content.writing.article_forms import WithdrawForm
from content.writing.article_words import STATE_CHOICES, STATE_TAGS, TURN_TAGS
from content.writing.review_queries import awaiting_among
from content.writing.second_reader import is_second_reader_needed
from content.writing.staff_lists import authors, every_article, staff_list
from content.writing.staff_views import FORM
from content.writing.typed_pieces import unsaved_of
from content.writing.upcoming import Turn, upcoming
from content.writing.withdrawals import MOST, WITHDRAWABLE, affected, chosen_articles, withdraw_all

SOON = 5
TURNS_A_PAGE = 50
MOST_TURNS = 10_000
MOST_PAGES = MOST_TURNS // TURNS_A_PAGE


def _filters() -> ArticleFilters:
    return read_article_filters(request.args, STATES if is_second_reader_needed() else STATES - {AWAITING})


def _pages(session: Session) -> list[Row[str, str]]:
    return list(session.execute(select(Page.slug, Page.name).order_by(Page.position)))


def _kinds(session: Session) -> list[Row[str, str, str]]:
    kinds = select(ArticleKind.slug, Category.name, ArticleKind.name).join_from(ArticleKind, Category)
    return list(session.execute(kinds.order_by(Category.position, ArticleKind.position)))


@audience(staff(PUBLISH))
def show_list() -> str:
    session, now, filters = db.session(), clock.now(), _filters()
    found = staff_list(session, filters, request.args, now)
    is_reviewed = is_second_reader_needed()
    return render_template(
        "publishing/list.html",
        found=found,
        filters=filters,
        pages=_pages(session),
        categories=session.execute(select(Category.slug, Category.name).order_by(Category.position)).all(),
        kinds=_kinds(session),
        authors=authors(session),
        choices={value: words for value, words in STATE_CHOICES.items() if is_reviewed or value != AWAITING},
        states=STATE_TAGS,
        state_of=lambda article: state_of(article, now),
        withdrawable=WITHDRAWABLE,
        awaiting=awaiting_among(session, [each.id for each in found.rows]) if is_reviewed else frozenset(),
        soon=upcoming(session, now, SOON),
        turns=TURN_TAGS,
        unsaved=unsaved_of(session, viewer().user_id),
    )


@audience(staff(PUBLISH))
def export_articles() -> ResponseReturnValue:
    now = clock.now()
    return articles_csv(every_article(db.session(), _filters(), now), now)


def _turn() -> Turn | None:
    asked = request.args.get("turn", "")
    return Turn(asked) if asked in set(Turn) else None


def _number() -> int:
    given = request.args.get("number", "")
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(MOST_PAGES))
    return max(1, int(given)) if is_number else 1


@audience(staff(PUBLISH))
def show_upcoming() -> str:
    session, now, filters, number, turn = db.session(), clock.now(), _filters(), _number(), _turn()
    first = (number - 1) * TURNS_A_PAGE
    found = upcoming(session, now, TURNS_A_PAGE + 1, first=first, page=filters.page, turn=turn)
    return render_template(
        "publishing/upcoming.html",
        found=found[:TURNS_A_PAGE],
        has_more=len(found) > TURNS_A_PAGE,
        number=number,
        page=filters.page,
        turn=turn or "",
        query=lambda **more: ArticleFilters(page=filters.page).query(turn=turn or "", **more),
        pages=_pages(session),
        turns=TURN_TAGS,
    )


@audience(staff(PUBLISH))
def export_upcoming() -> ResponseReturnValue:
    now = clock.now()
    return upcoming_csv(upcoming(db.session(), now, MOST_TURNS, page=_filters().page, turn=_turn()), now)


@audience(staff(PUBLISH))
def show_withdrawal() -> str:
    """Changes nothing: what was ticked, and whom it would touch."""
    return _withdrawal(request.args.getlist("article"), WithdrawForm(formdata=None))


def _withdrawal(public_ids: list[str], form: WithdrawForm) -> str:
    session, now = db.session(), clock.now()
    found = affected(session, chosen_articles(session, public_ids), now)
    return render_template(
        "publishing/withdraw_many.html",
        form=form,
        found=[each for each in found if each.may_be_withdrawn],
        left_out=[each for each in found if not each.may_be_withdrawn],
        states=STATE_TAGS,
        form_key=new_form_key(),
    )


@audience(staff(PUBLISH))
def withdraw_ticked() -> ResponseReturnValue:
    form, public_ids = WithdrawForm(), request.form.getlist("article")
    if len(public_ids) > MOST:
        abort(400)
    if not form.validate():
        return _withdrawal(public_ids, form), 422

    def take_down(session: Session, now: datetime) -> str:
        count = withdraw_all(session, public_ids, form.reason.data, by=actor(), now=now)
        flash(_("%(count)s件の記事を取り下げました。", count=count), "success")
        return FORM

    try:
        return once(viewer().user_id, take_down)
    except Refused as refusal:
        form.refuse([refusal])
        return _withdrawal(public_ids, form), refusal.form_status
