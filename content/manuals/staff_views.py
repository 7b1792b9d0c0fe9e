"""Staff keep the versions of a manual: begin, register, correct, take back; then they tell of it by an update (R9-12)."""

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
from base.forms import Form
from base.refusals import Refused
from base.upload_limits import takes_files
from content.article_queries import state_of
from content.files.attachments import attachment_by, stored_files
from content.files.models import Manual
from content.files.shown_files import shown_file
from content.files.stores import file_store
from content.files.texts import text_notes
from content.manuals.forms import BeginForm, ChangeForm, NameForm, VersionForm
from content.manuals.manuals import add_version, begin_manual, correct_change, rename_manual, take_back
from content.manuals.queries import all_versions, manual_by
from content.manuals.words import announcement, is_untold, plain_name
from content.models import Article, Attachment
from content.writing.article_forms import form_of
from content.writing.second_reader import refuse_files_of_planned
from content.writing.staff_views import attachment_limit, editor, existing, home_of, locked


def _manual(public_id: str, manual_id: str) -> tuple[Article, Manual]:
    article = existing(public_id)
    return article, manual_by(db.session(), article, manual_id) or abort(404)


def _locked(session: Session, public_id: str, manual_id: str) -> Manual:
    return manual_by(session, locked(session, public_id), manual_id) or abort(404)


def _version(session: Session, public_id: str, manual_id: str, file_id: str) -> Attachment:
    manual = _locked(session, public_id, manual_id)
    found = attachment_by(session, manual.article, file_id)
    return found if found is not None and found.manual_id == manual.id else abort(404)


def _screen_of(manual: Manual) -> str:
    return f"{home_of(manual.article)}/manuals/{manual.public_id}"


def _plain_file(public_id: str, file_id: str) -> tuple[Article, Attachment]:
    article = existing(public_id)
    file = attachment_by(db.session(), article, file_id)
    return (article, file) if file and file.manual_id is None and file.removed_at is None else abort(404)


@audience(staff(PUBLISH))
def show_begin(public_id: str, file_id: str) -> str:
    article, file = _plain_file(public_id, file_id)
    return _begin_page(article, file, BeginForm(formdata=None, data={"name": plain_name(file.name)}))


def _begin_page(article: Article, file: Attachment, form: BeginForm) -> str:
    words = {"article": article, "file": file, "home": home_of(article), "form": form, "form_key": new_form_key()}
    return render_template("publishing/manual_new.html", **words)


@audience(staff(PUBLISH))
def begin(public_id: str, file_id: str) -> ResponseReturnValue:
    form = BeginForm()

    def operation(session: Session, now: datetime) -> str:
        article = locked(session, public_id)
        refuse_files_of_planned(article, now)
        file = attachment_by(session, article, file_id) or abort(404)
        name, change = form.name.data or "", form.what_changed.data or ""
        return _screen_of(begin_manual(session, file, name, change, by=actor(), now=now))

    if not form.validate():
        return _begin_page(*_plain_file(public_id, file_id), form), 422
    answer = once(viewer().user_id, operation)
    flash(_("版の管理を始めました。次からは、ここで新しい版を登録してください。"), "success")
    return answer


@audience(staff(PUBLISH))
def show_manual(public_id: str, manual_id: str) -> str:
    return _manual_page(*_manual(public_id, manual_id))


def _manual_page(article: Article, manual: Manual, form: Form | None = None, at: str = "") -> str:
    """`form`: one that was refused, `at` which version's it is."""
    session = db.session()
    versions = all_versions(session, manual)
    latest = next((each for each in versions if each.removed_at is None), None)
    after = versions[0].version
    return render_template(
        "publishing/manual.html",
        article=article,
        state=state_of(article, clock.now()),
        manual=manual,
        home=home_of(article),
        here=_screen_of(manual),
        versions=versions,
        latest=latest,
        texts=text_notes(session, article.id),
        shown={each.public_id: shown_file(each) for each in versions},
        is_untold=latest is not None and is_untold(article, latest),
        version_form=form if isinstance(form, VersionForm) else VersionForm(formdata=None, data={"after": after}),
        name_form=form if isinstance(form, NameForm) else NameForm(formdata=None, data={"name": manual.name}),
        change_forms={each.public_id: _change_form(each, form, at) for each in versions},
        corrected=at,
        form_key=new_form_key(),
    )


def _change_form(version: Attachment, form: Form | None, at: str) -> ChangeForm:
    if isinstance(form, ChangeForm) and version.public_id == at:
        return form
    return ChangeForm(formdata=None, data={"what_changed": version.what_changed}, prefix=version.public_id)


@audience(staff(PUBLISH))
@takes_files
def register_version(public_id: str, manual_id: str) -> ResponseReturnValue:
    form = VersionForm()
    article, manual = _manual(public_id, manual_id)
    if not form.validate():
        return _manual_page(article, manual, form), 422
    try:
        with stored_files(db.session(), file_store(), [form.upload()], attachment_limit()) as (file,):

            def operation(session: Session, now: datetime) -> str:
                found, change = _locked(session, public_id, manual_id), form.what_changed.data or ""
                refuse_files_of_planned(found.article, now)
                add_version(session, found, file, change, after=form.after.data, by=actor(), now=now)
                return _screen_of(found)

            answer = once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([refusal])
        return _manual_page(*_manual(public_id, manual_id), form), refusal.form_status
    flash(_("新しい版を登録しました。"), "success")
    return answer


@audience(staff(PUBLISH))
def rename(public_id: str, manual_id: str) -> ResponseReturnValue:
    form = NameForm()
    if not form.validate():
        return _manual_page(*_manual(public_id, manual_id), form), 422

    def operation(session: Session, now: datetime) -> str:
        manual = _locked(session, public_id, manual_id)
        refuse_files_of_planned(manual.article, now)
        rename_manual(session, manual, form.name.data or "", by=actor(), now=now)
        return _screen_of(manual)

    answer = once(viewer().user_id, operation)
    flash(_("資料の名前を変えました。"), "success")
    return answer


@audience(staff(PUBLISH))
def correct(public_id: str, manual_id: str, file_id: str) -> ResponseReturnValue:
    form = ChangeForm(prefix=file_id)
    if not form.validate():
        return _manual_page(*_manual(public_id, manual_id), form, file_id), 422

    def operation(session: Session, now: datetime) -> str:
        version = _version(session, public_id, manual_id, file_id)
        refuse_files_of_planned(version.article, now)
        correct_change(session, version, form.what_changed.data or "", by=actor(), now=now)
        return f"{home_of(version.article)}/manuals/{manual_id}"

    answer = once(viewer().user_id, operation)
    flash(_("変更点を直しました。"), "success")
    return answer


@audience(staff(PUBLISH))
def take_version_back(public_id: str, manual_id: str, file_id: str) -> ResponseReturnValue:
    def operation(session: Session, now: datetime) -> str:
        version = _version(session, public_id, manual_id, file_id)
        refuse_files_of_planned(version.article, now)
        take_back(session, version, by=actor(), now=now)
        return f"{home_of(version.article)}/manuals/{manual_id}"

    answer = once(viewer().user_id, operation)
    flash(_("版を取り下げました。利用者には、その前の版が最新として表示されます。"), "success")
    return answer


@audience(staff(PUBLISH))
def show_announcement(public_id: str, manual_id: str) -> str:
    """The editor with the change written above the article: its update is what tells readers by mail (R7-13)."""
    article, manual = _manual(public_id, manual_id)
    latest = next((each for each in all_versions(db.session(), manual) if each.removed_at is None), None)
    form = form_of(db.session(), article)
    if latest is not None:
        form.source.data = f"{announcement(manual, latest)}\n\n{article.source}"
    return editor(form, article)


ROUTES = (
    ("/<public_id>/files/<file_id>/manual", "GET", show_begin),
    ("/<public_id>/files/<file_id>/manual", "POST", begin),
    ("/<public_id>/manuals/<manual_id>", "GET", show_manual),
    ("/<public_id>/manuals/<manual_id>", "POST", register_version),
    ("/<public_id>/manuals/<manual_id>/name", "POST", rename),
    ("/<public_id>/manuals/<manual_id>/announcement", "GET", show_announcement),
    ("/<public_id>/manuals/<manual_id>/versions/<file_id>", "POST", correct),
    ("/<public_id>/manuals/<manual_id>/versions/<file_id>/back", "POST", take_version_back),
)
