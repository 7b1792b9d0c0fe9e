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
from base.jst import day_of
from base.refusals import Conflict, Refused
from content.addresses.words import STATE_TAGS as ADDRESS_TAGS
from content.article_queries import state_of
from content.article_states import ArticleState
from content.article_text import ArticleText
from content.mailing.check_sheets import check_sheet
from content.mailing.mail_progress import mail_progress, send_failed_again
from content.mailing.publications import planned_of, publications_of
from content.mailing.trial_mails import MOST_AN_HOUR
from content.models import Article, Page, Publication
from content.writing.article_forms import (
    ArticleForm,
    MarksForm,
    WithdrawForm,
    checked_text,
    form_of,
    sent_form,
)
from content.writing.article_previews import kept_text, previews
from content.writing.articles import EditedMeanwhile, change_marks, save_update, with_marks_of, withdraw
from content.writing.conflict_pages import forget_saved, keep_what_lost
from content.writing.date_checks import odd_dates
from content.writing.decision_forms import DecisionForm, decision_on
from content.writing.plans import go_public, save_planned
from content.writing.review_forms import ReturnForm
from content.writing.reviews import note_saved
from content.writing.revisions import differences
from content.writing.second_reader import require_second_reader, required_review, shown_review
from content.writing.staff_views import conflict_page, editor, existing, home_of, locked
from content.writing.standpoint_choices import eyes_for
from content.writing.templates import left_to_fill_in

UNSEEN = {ArticleState.DRAFT, ArticleState.SCHEDULED}
CHANGEABLE = {ArticleState.SCHEDULED, ArticleState.PUBLISHED}


@audience(staff(PUBLISH))
def show_check(public_id: str) -> ResponseReturnValue:
    article = existing(public_id)
    if state_of(article, clock.now()) not in UNSEEN:
        abort(404)
    return check_page(article, kept_text(db.session(), article), undecided(article))


@audience(staff(PUBLISH))
def check_update(public_id: str) -> ResponseReturnValue:
    """Changes nothing: the typed update stands on its check sheet until somebody publishes it."""
    article, form = existing(public_id), sent_form(db.session())
    text = checked_text(form, db.session())
    if text is None:
        return editor(form, article), 422
    if state_of(article, clock.now()) not in CHANGEABLE or form.revision.data != article.revision:
        conflict = EditedMeanwhile(_("この画面を開いたあとに、記事が変わりました。"))
        return conflict_page(form, public_id, conflict)
    return check_page(article, with_marks_of(article, text), undecided(article), form)


def undecided(article: Article) -> DecisionForm:
    return decision_on(article, planned_of(db.session(), article, clock.now()))


@audience(staff(PUBLISH))
def publish_draft(public_id: str) -> ResponseReturnValue:
    article, decision = existing(public_id), DecisionForm()
    if not decision.validate():
        return check_page(article, kept_text(db.session(), article), decision), 422

    def publish(session: Session, now: datetime) -> str:
        draft = locked(session, public_id)
        require_second_reader(session, draft)
        return _published(go_public(session, draft, decision.decision(), by=actor(), now=now))

    try:
        answer = once(viewer().user_id, publish)
    except Conflict:
        raise
    except Refused as refusal:
        decision.refuse([refusal])
        article = existing(public_id)
        return check_page(article, kept_text(db.session(), article), decision), refusal.form_status
    flash(_told(decision), "success")
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
        publication = _save_update(session, public_id, text, decision, now)
        forget_saved(session, form, publication.article)
        return _published(publication)

    try:
        answer = once(viewer().user_id, update)
    except EditedMeanwhile as conflict:
        keep_what_lost(form, existing(public_id))
        return conflict_page(form, public_id, conflict)
    except Refused as refusal:
        decision.refuse([refusal])
        return check_page(existing(public_id), text, decision, form), refusal.form_status
    is_first = bool(decision.plan_seen.data)
    flash(_told(decision) if is_first else _("更新を公開しました。"), "success")
    return answer


def _save_update(session: Session, public_id: str, text: ArticleText, form: DecisionForm, now: datetime) -> Publication:
    """Which of the two it is shows in what stood on the sheet: its time may have come meanwhile."""
    article, decision = locked(session, public_id), form.decision()
    review = required_review(session, article, with_marks_of(article, text))
    if decision.plan_seen:
        publication = save_planned(session, article, text, decision, by=actor(), now=now)
    else:
        reason, revision = decision.suppress_reason, decision.revision
        publication = save_update(
            session, article, text, revision=revision, suppress_reason=reason, by=actor(), now=now
        )
    if review is not None:
        note_saved(session, article, review)
    return publication


def _told(decision: DecisionForm) -> str:
    return _("公開の予定を保存しました。") if decision.go_live_at.data else _("公開しました。")


def _published(publication: Publication) -> str:
    return f"{home_of(publication.article)}#mails"


def check_page(
    article: Article,
    text: ArticleText,
    decision: DecisionForm,
    form: ArticleForm | None = None,
    return_form: ReturnForm | None = None,
) -> str:
    session, now = db.session(), clock.now()
    page = session.get_one(Page, text.page_id)
    return render_template(
        "publishing/check.html",
        article=article,
        home=home_of(article),
        form=form,
        decision=decision,
        planned=planned_of(session, article, now),
        page=page,
        sheet=check_sheet(session, page, now),
        unfilled=left_to_fill_in(session, text.kind_id, text.title, text.source),
        odd_dates=odd_dates(f"{text.title}\n{text.source}", day_of(now)),
        address_tags=ADDRESS_TAGS,
        preview=previews(session, text, article, now),
        eyes=eyes_for(session, page, {}),
        most_trials=MOST_AN_HOUR,
        lines=differences(kept_text(session, article).whole, text.whole) if form else [],
        review=shown_review(session, article, text if form else None, return_form),
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
    state = state_of(article, clock.now())
    if state not in CHANGEABLE:
        abort(404)
    session = db.session()
    mailed = [each for each in publications_of(session, article) if each.is_mailed]
    waiting = sum(mail_progress(session, each).waiting for each in mailed)
    words = {
        "article": article,
        "home": home_of(article),
        "waiting": waiting,
        "state": state,
        "form_key": new_form_key(),
    }
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
