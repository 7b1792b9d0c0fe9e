"""From the check sheet to the public, and back: publish, update, mark, withdraw, send again (R7-13, R7-14, R9-2)."""

from datetime import datetime

from flask import abort, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once
from base.refusals import Refused
from content.address_words import STATE_TAGS as ADDRESS_TAGS
from content.article_forms import (
    ArticleForm,
    DecisionForm,
    MarksForm,
    WithdrawForm,
    checked_text,
    decision_on,
    form_of,
    sent_form,
)
from content.article_previews import kept_text, previews
from content.article_queries import state_of
from content.article_states import ArticleState
from content.article_text import ArticleText
from content.articles import EditedMeanwhile, change_marks, publish, save_update, with_marks_of, withdraw
from content.check_sheets import check_sheet
from content.mail_progress import mail_progress, send_failed_again
from content.models import Article, Page, Publication
from content.publications import publications_of
from content.staff_views import conflict_page, editor, existing, home_of, locked
from content.standpoint_choices import eyes_for
from content.trial_mails import MOST_AN_HOUR


@audience(staff(PUBLISH))
def show_check(public_id: str) -> ResponseReturnValue:
    article = existing(public_id)
    if state_of(article, clock.now()) is not ArticleState.DRAFT:
        abort(404)
    return check_page(article, kept_text(db.session(), article), decision_on(article.revision))


@audience(staff(PUBLISH))
def check_update(public_id: str) -> ResponseReturnValue:
    """Changes nothing: the typed update stands on its check sheet until somebody publishes it."""
    article, form = existing(public_id), sent_form(db.session())
    text = checked_text(form, db.session())
    if text is None:
        return editor(form, article), 422
    if state_of(article, clock.now()) is not ArticleState.PUBLISHED or form.revision.data != article.revision:
        conflict = EditedMeanwhile(_("この画面を開いたあとに、記事が変わりました。"))
        return conflict_page(form, public_id, conflict)
    return check_page(article, with_marks_of(article, text), decision_on(article.revision), form)


@audience(staff(PUBLISH))
def publish_draft(public_id: str) -> ResponseReturnValue:
    article, decision = existing(public_id), DecisionForm()
    if not decision.validate():
        return check_page(article, kept_text(db.session(), article), decision), 422

    def go_public(session: Session, now: datetime) -> str:
        draft, reason = locked(session, public_id), decision.reason()
        revision = decision.revision.data
        return _published(publish(session, draft, revision=revision, suppress_reason=reason, by=actor(), now=now))

    answer = once(viewer().user_id, go_public)
    flash(_("公開しました。"), "success")
    return answer


@audience(staff(PUBLISH))
def publish_update(public_id: str) -> ResponseReturnValue:
    article, form, decision = existing(public_id), sent_form(db.session()), DecisionForm()
    text = checked_text(form, db.session())
    if text is None:
        return editor(form, article), 422
    if not decision.validate():
        return check_page(article, with_marks_of(article, text), decision, form), 422

    def update(session: Session, now: datetime) -> str:
        return _published(_save_update(session, public_id, text, decision, now))

    try:
        answer = once(viewer().user_id, update)
    except EditedMeanwhile as conflict:
        return conflict_page(form, public_id, conflict)
    flash(_("更新を公開しました。"), "success")
    return answer


def _save_update(
    session: Session, public_id: str, text: ArticleText, decision: DecisionForm, now: datetime
) -> Publication:
    return save_update(
        session,
        locked(session, public_id),
        text,
        revision=decision.revision.data,
        suppress_reason=decision.reason(),
        by=actor(),
        now=now,
    )


def _published(publication: Publication) -> str:
    return f"{home_of(publication.article)}#mails"


def check_page(article: Article, text: ArticleText, decision: DecisionForm, form: ArticleForm | None = None) -> str:
    session, now = db.session(), clock.now()
    page = session.get_one(Page, text.page_id)
    return render_template(
        "publishing/check.html",
        article=article,
        home=home_of(article),
        form=form,
        decision=decision,
        page=page,
        sheet=check_sheet(session, page, now),
        address_tags=ADDRESS_TAGS,
        preview=previews(session, text, article, now),
        eyes=eyes_for(session, page, {}),
        most_trials=MOST_AN_HOUR,
        form_key=new_form_key(),
    )


@audience(staff(PUBLISH))
def change_the_marks(public_id: str) -> ResponseReturnValue:
    article, form = existing(public_id), MarksForm()
    if not form.validate():
        return editor(form_of(db.session(), article), article, marks=form), 422

    def mark(session: Session, now: datetime) -> str:
        found, until = locked(session, public_id), form.until()
        change_marks(session, found, is_pinned=form.is_pinned.data, important_until=until, by=actor(), now=now)
        return home_of(found)

    answer = once(viewer().user_id, mark)
    flash(_("表示を変えました。メールは送っていません。"), "success")
    return answer


@audience(staff(PUBLISH))
def show_withdraw(public_id: str) -> ResponseReturnValue:
    return _withdraw_page(existing(public_id), WithdrawForm(formdata=None))


@audience(staff(PUBLISH))
def withdraw_article(public_id: str) -> ResponseReturnValue:
    article, form = existing(public_id), WithdrawForm()

    def take_down(session: Session, now: datetime) -> str:
        found = locked(session, public_id)
        withdraw(session, found, form.reason.data, by=actor(), now=now)
        return home_of(found)

    if not form.validate():
        return _withdraw_page(article, form), 422
    try:
        answer = once(viewer().user_id, take_down)
    except Refused as refusal:
        form.refuse([refusal])
        return _withdraw_page(existing(public_id), form), 422
    flash(_("記事を取り下げました。"), "success")
    return answer


def _withdraw_page(article: Article, form: WithdrawForm) -> str:
    if state_of(article, clock.now()) is not ArticleState.PUBLISHED:
        abort(404)
    session = db.session()
    mailed = [each for each in publications_of(session, article) if each.is_mailed]
    waiting = sum(mail_progress(session, each).waiting for each in mailed)
    words = {"article": article, "home": home_of(article), "waiting": waiting, "form_key": new_form_key()}
    return render_template("publishing/withdraw.html", form=form, **words)


@audience(staff(PUBLISH))
def send_again(public_id: str, publication_id: str) -> ResponseReturnValue:
    def again(session: Session, now: datetime) -> str:
        article = locked(session, public_id)
        found = [each for each in publications_of(session, article) if each.public_id == publication_id]
        if not found:
            abort(404)
        send_failed_again(session, found[0], by=actor(), now=now)
        return _published(found[0])

    answer = once(viewer().user_id, again)
    flash(_("失敗したメールを送り直します。"), "success")
    return answer
