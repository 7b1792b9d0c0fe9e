"""Staff write: list, editor beside its preview, files, revisions (R7-4)."""

from collections.abc import Callable
from datetime import datetime

from flask import abort, current_app, flash, render_template, request
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
from base.upload_limits import takes_files
from content.article_queries import state_of
from content.article_states import ArticleState
from content.article_text import ArticleText
from content.files.attachments import (
    NewFile,
    add_attachments,
    attachment_by,
    current_attachments,
    remove_attachment,
    stored_files,
)
from content.files.shown_files import shown_file
from content.files.stores import file_store
from content.files.texts import text_notes
from content.mailing.mail_progress import mail_progress
from content.mailing.publications import publications_of
from content.manuals.queries import manuals_for_staff
from content.models import Article
from content.writing.article_forms import (
    ArticleForm,
    FilesForm,
    MarksForm,
    checked_text,
    form_of,
    marks_form_of,
    sent_form,
)
from content.writing.article_previews import Preview, previews
from content.writing.article_words import STATE_TAGS
from content.writing.articles import EditedMeanwhile, draft_article, save_draft, with_marks_of
from content.writing.conflict_pages import begun_revision, chosen_words, forget_saved, keep_what_lost, show_conflict
from content.writing.decision_forms import EndForm, end_form_of
from content.writing.form_words import words_of
from content.writing.second_reader import refuse_files_of_planned, standing_review
from content.writing.staff_lists import article_by, locked_article
from content.writing.tags import suggested_tags
from content.writing.typed_forms import counted, differences_of, filled_form, remember_beginnings
from content.writing.typed_pieces import opened_form, typing_of

FORM = "/staff/articles"


def existing(public_id: str) -> Article:
    return article_by(db.session(), public_id) or abort(404)


def locked(session: Session, public_id: str) -> Article:
    return locked_article(session, public_id) or abort(404)


def home_of(article: Article) -> str:
    return f"{FORM}/{article.public_id}"


def attachment_limit() -> int:
    limit = current_app.config["PORTAL"].attachment_limit
    assert isinstance(limit, int)
    return limit


@audience(staff(PUBLISH))
def show_new() -> str:
    return _opened(None)


def _opened(article: Article | None) -> str:
    opened = opened_form(db.session(), viewer().user_id, article, request.args)
    if opened.told:
        flash(opened.told, "warning")
    return editor(opened.form, article)


@audience(staff(PUBLISH))
@takes_files
def create() -> ResponseReturnValue:
    def draft(session: Session, text: ArticleText, files: tuple[NewFile, ...], now: datetime) -> Article:
        article = draft_article(session, text, by=actor(), now=now)
        add_attachments(session, article, files, by=actor(), now=now)
        return article

    return _save(sent_form(db.session()), "", draft)


@audience(staff(PUBLISH))
@takes_files
def save(public_id: str) -> ResponseReturnValue:
    form = sent_form(db.session())

    def save_words(session: Session, text: ArticleText, files: tuple[NewFile, ...], now: datetime) -> Article:
        article = locked(session, public_id)
        save_draft(session, article, text, revision=form.revision.data, by=actor(), now=now)
        add_attachments(session, article, files, by=actor(), now=now)
        return article

    return _save(form, existing(public_id).public_id, save_words)


Saving = Callable[[Session, ArticleText, tuple[NewFile, ...], datetime], Article]


def _save(form: ArticleForm, public_id: str, saving: Saving) -> ResponseReturnValue:
    """`public_id` is empty for a new article. A refused transaction has ended: the article is read again."""
    session = db.session()
    text = checked_text(form, session)
    if text is None:
        return editor(form, article_by(session, public_id)), 422
    try:
        with stored_files(session, file_store(), form.uploads(), attachment_limit()) as files:
            answer = once(
                viewer().user_id, lambda session, now: _saved(session, saving(session, text, files, now), form)
            )
    except EditedMeanwhile as conflict:
        keep_what_lost(form, existing(public_id))
        return conflict_page(form, public_id, conflict)
    except Refused as refusal:
        form.refuse([refusal])
        return editor(form, article_by(session, public_id)), refusal.form_status
    flash(_("下書きに保存しました。"), "success")
    return answer


def _saved(session: Session, article: Article, form: ArticleForm) -> str:
    forget_saved(session, form, article)
    return home_of(article) + ("/check" if request.form.get("then") == "check" else "")


@audience(staff(PUBLISH))
def show_preview() -> ResponseReturnValue:
    """Changes nothing: shows what was typed once more, beside what becomes of it."""
    form = sent_form(db.session())
    article = article_by(db.session(), form.article.data or "")
    checked_text(form, db.session())
    return editor(form, article), 422 if form.errors else 200


@audience(staff(PUBLISH))
def show_article(public_id: str) -> str:
    return _opened(existing(public_id))


@audience(staff(PUBLISH))
@takes_files
def add_files(public_id: str) -> ResponseReturnValue:
    form = FilesForm()

    def add(session: Session, files: tuple[NewFile, ...], now: datetime) -> str:
        article = locked(session, public_id)
        refuse_files_of_planned(article, now)
        add_attachments(session, article, files, by=actor(), now=now)
        return f"{home_of(article)}#attachments"

    existing(public_id)
    try:
        with stored_files(db.session(), file_store(), form.uploads(), attachment_limit()) as files:
            answer = once(viewer().user_id, lambda session, now: add(session, files, now))
    except Refused as refusal:
        article = existing(public_id)
        form.refuse([refusal])
        return editor(form_of(db.session(), article), article, files_form=form), refusal.form_status
    flash(_("ファイルを添付しました。"), "success")
    return answer


@audience(staff(PUBLISH))
def remove_file(public_id: str, file_id: str) -> ResponseReturnValue:
    def remove(session: Session, now: datetime) -> str:
        article = locked(session, public_id)
        refuse_files_of_planned(article, now)
        attachment = attachment_by(session, article, file_id) or abort(404)
        remove_attachment(session, attachment, by=actor(), now=now)
        return f"{home_of(article)}#attachments"

    answer = once(viewer().user_id, remove)
    flash(_("添付ファイルを外しました。"), "success")
    return answer


def preview_of(form: ArticleForm, article: Article | None) -> Preview | None:
    """None while there is nothing that could be shown."""
    session = db.session()
    try:
        text = form.text(session, untitled=_("(件名)"))
        is_public = article is not None and article.published_at is not None
        return previews(session, with_marks_of(article, text) if article and is_public else text, article, clock.now())
    except Refused:
        return None


def editor(
    form: ArticleForm,
    article: Article | None,
    files_form: FilesForm | None = None,
    marks: MarksForm | None = None,
    end: EndForm | None = None,
) -> str:
    session, now = db.session(), clock.now()
    remember_beginnings(session, form, article)
    publications = publications_of(session, article) if article else []
    mailed = next((each for each in publications if each.is_mailed and each.announced_at), None)
    return render_template(
        "publishing/editor.html",
        form=form,
        article=article,
        home=home_of(article) if article else f"{FORM}/new",
        state=state_of(article, now) if article else ArticleState.DRAFT,
        states=STATE_TAGS,
        preview=preview_of(form, article),
        files=[(row.public_id, shown_file(row)) for row in current_attachments(session, article)] if article else [],
        texts=text_notes(session, article.id) if article else {},
        manuals=manuals_for_staff(session, article) if article else [],
        files_form=files_form or FilesForm(formdata=None),
        marks=marks or (marks_form_of(article) if article else None),
        review=standing_review(session, article) if article else None,
        end=end or (end_form_of(article) if article else None),
        planned=next((each for each in publications if each.announced_at is None), None),
        publications=[each for each in publications if each.at <= now],
        mailed=mailed,
        progress=mail_progress(session, mailed) if mailed else None,
        suggested=suggested_tags(session),
        typing=typing_of(session, viewer().user_id, form, article, now),
        form_key=new_form_key(),
    )


def conflict_page(form: ArticleForm, public_id: str, conflict: EditedMeanwhile) -> ResponseReturnValue:
    """E18: what was typed stays, the other's text stands beside it; which of the two is then a decision."""
    article = existing(public_id)
    return show_conflict(form, article, conflict.reason, state_of(article, clock.now()), home_of(article)), 409


@audience(staff(PUBLISH))
def choose(public_id: str) -> ResponseReturnValue:
    """Changes nothing: what was chosen stands in the editor, to be looked at and saved (E18)."""
    session, form, article = db.session(), sent_form(db.session()), existing(public_id)
    if form.revision.data != article.revision:
        return conflict_page(form, public_id, EditedMeanwhile(_("選んでいるあいだに、記事がもう一度変わりました。")))
    words = words_of(form) | chosen_words(differences_of(session, form, article, begun_revision(form)))
    known = counted(form.typed_version.data)
    flash(_("選んだ内容を入れました。まだ保存していません。"), "warning")
    return editor(filled_form(session, words, article, revision=article.revision, typed_version=known), article)
