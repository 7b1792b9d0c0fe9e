"""The second pair of eyes at its screens: another member of staff reads the check sheet and decides (R7-4)."""

from collections.abc import Callable
from datetime import datetime

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.db import db
from base.form_keys import once
from content.article_queries import state_of
from content.article_states import ArticleState
from content.models import Article
from content.writing.article_forms import checked_text, sent_form
from content.writing.article_previews import kept_text
from content.writing.articles import EditedMeanwhile
from content.writing.conflict_pages import forget_saved, keep_what_lost
from content.writing.publishing_views import UNSEEN, check_page, undecided
from content.writing.review_forms import ApprovalForm, ReturnForm
from content.writing.review_queries import last_review
from content.writing.reviews import approve, ask_review, give_back, take_review_back
from content.writing.second_reader import is_second_reader_needed
from content.writing.staff_views import conflict_page, editor, existing, home_of, locked
from content.writing.typed_updates import form_with, text_with, update_words


def _reviewed(public_id: str) -> Article:
    """Where one reader is enough, there is nothing of all this."""
    return existing(public_id) if is_second_reader_needed() else abort(404)


def sheet_of(article: Article) -> str:
    """Where what waits for approval is read."""
    review = last_review(db.session(), article)
    return f"{home_of(article)}/{'review' if review and review.words else 'check'}"


@audience(staff(PUBLISH))
def show_update(public_id: str) -> ResponseReturnValue:
    """The check sheet of a typed update that was sent for approval."""
    return _sheet(_reviewed(public_id))


def _sheet(article: Article, return_form: ReturnForm | None = None) -> str:
    session = db.session()
    review = last_review(session, article)
    if review is None or review.words is None:
        is_draft = state_of(article, clock.now()) in UNSEEN
        return (
            check_page(article, kept_text(session, article), undecided(article), None, return_form)
            if is_draft
            else abort(404)
        )
    text = text_with(session, article, review) or abort(404)
    return check_page(article, text, undecided(article), form_with(session, article, review), return_form)


@audience(staff(PUBLISH))
def send_for_review(public_id: str) -> ResponseReturnValue:
    article = _reviewed(public_id)
    form = sent_form(db.session())
    is_draft = state_of(article, clock.now()) is ArticleState.DRAFT or "title" not in request.form
    if not is_draft and checked_text(form, db.session()) is None:
        return editor(form, article), 422
    words = None if is_draft else update_words(form)

    def send(session: Session, now: datetime) -> str:
        article = locked(session, public_id)
        ask_review(session, article, revision=form.revision.data, words=words, by=actor(), now=now)
        if not is_draft:
            forget_saved(session, form, article)
        return home_of(article)

    try:
        answer = once(viewer().user_id, send)
    except EditedMeanwhile as conflict:
        if is_draft:
            raise
        keep_what_lost(form, existing(public_id))
        return conflict_page(form, public_id, conflict)
    flash(_("承認を依頼しました。ほかの担当者の受付デスクに表示されます。"), "success")
    return answer


def _press(public_id: str, operation: Callable[[Session, Article, datetime], None], told: str) -> ResponseReturnValue:
    _reviewed(public_id)

    def run(session: Session, now: datetime) -> str:
        article = locked(session, public_id)
        operation(session, article, now)
        return home_of(article)

    answer = once(viewer().user_id, run)
    flash(told, "success")
    return answer


@audience(staff(PUBLISH))
def end_review(public_id: str) -> ResponseReturnValue:
    def withdraw(session: Session, article: Article, now: datetime) -> None:
        take_review_back(session, article, by=actor(), now=now)

    return _press(public_id, withdraw, _("承認の依頼を取りやめました。"))


@audience(staff(PUBLISH))
def approve_article(public_id: str) -> ResponseReturnValue:
    form = ApprovalForm()

    def decide(session: Session, article: Article, now: datetime) -> None:
        approve(session, article, revision=form.revision.data, files=form.files.data, by=actor(), now=now)

    if not form.validate():
        abort(400)
    return _press(public_id, decide, _("承認しました。公開前の確認から公開できます。"))


@audience(staff(PUBLISH))
def return_article(public_id: str) -> ResponseReturnValue:
    article, form = _reviewed(public_id), ReturnForm()

    def decide(session: Session, article: Article, now: datetime) -> None:
        give_back(session, article, form.word.data, by=actor(), now=now)

    if not form.validate():
        return _sheet(article, form), 422
    return _press(public_id, decide, _("差し戻しました。"))
