"""Staff edit contact page and FAQ: preview, history, restore (R2-6)."""

from datetime import datetime

from flask import Blueprint, abort, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once
from base.refusals import Refused
from base.settings import Operator
from content.article_text import rendered
from content.languages import ENGLISH, JAPANESE
from content.texts.forms import RestoreForm, SiteTextForm, form_of
from content.texts.queries import compared, current, source_of
from content.texts.site_texts import Slug, TextMovedOn, save_text, text_row, text_words
from content.writing.revisions import differences

HOME = "/staff/texts"
# What it is called, and where readers find it.
TITLES = {Slug.CONTACT: ("お問い合わせ", "/contact"), Slug.FAQ: ("ログインについてのFAQ", "/help#faq")}
LARGEST_NUMBER = 10**9


def _slug(slug: str) -> Slug:
    return Slug(slug) if slug in set(Slug) else abort(404)


def _operator() -> Operator:
    operator = current_app.config["PORTAL"].operator
    assert isinstance(operator, Operator)
    return operator


@audience(staff(PUBLISH))
def show_texts() -> str:
    texts = [(slug, *TITLES[slug], text_row(db.session(), slug)) for slug in Slug]
    return render_template("texts/list.html", texts=texts)


def _preview(source: str | None, language: str) -> Markup | None:
    """None while there is nothing that could be shown."""
    try:
        return Markup(rendered(source, "source", language)) if source and source.strip() else None  # noqa: S704 - cleaned there
    except Refused:
        return None


def _editor(slug: Slug, form: SiteTextForm, conflict: str = "") -> str:
    now_says = current(db.session(), slug, _operator())
    title, shown_at = TITLES[slug]
    return render_template(
        "texts/editor.html",
        slug=slug,
        title=title,
        shown_at=shown_at,
        home=f"{HOME}/{slug}",
        form=form,
        row=text_row(db.session(), slug),
        conflict=conflict,
        lines=differences(now_says.source, form.source.data or "") if conflict else [],
        preview=_preview(form.source.data, JAPANESE),
        preview_en=_preview(form.source_en.data, ENGLISH),
        form_key=new_form_key(),
    )


@audience(staff(PUBLISH))
def show_text(slug: str) -> str:
    found = _slug(slug)
    return _editor(found, form_of(current(db.session(), found, _operator())))


@audience(staff(PUBLISH))
def show_preview(slug: str) -> ResponseReturnValue:
    """Changes nothing: shows what was typed once more, beside what becomes of it."""
    found, form = _slug(slug), SiteTextForm()
    form.words()
    return _editor(found, form), 422 if form.errors else 200


@audience(staff(PUBLISH))
def save(slug: str) -> ResponseReturnValue:
    found, form = _slug(slug), SiteTextForm()
    words = form.words()
    if words is None:
        return _editor(found, form), 422

    def write(session: Session, now: datetime) -> str:
        row = save_text(session, found, words, revision=form.revision.data, by=actor(), now=now)
        flash(_("保存しました。利用者の画面も変わりました。") if row else _("変わったところはありません。"), "success")
        return f"{HOME}/{found}"

    try:
        return once(viewer().user_id, write)
    except TextMovedOn as conflict:
        return _overtaken(found, form, conflict)


def _overtaken(slug: Slug, form: SiteTextForm, conflict: TextMovedOn) -> ResponseReturnValue:
    """E18: what was typed stays, beside what differs; saving again is then a decision."""
    form.revision.process_data(current(db.session(), slug, _operator()).number)
    form.revision.raw_data = None
    return _editor(slug, form, conflict.reason), 409


@audience(staff(PUBLISH))
def show_history(slug: str) -> str:
    found, session = _slug(slug), db.session()
    asked, latest = request.args.get("number", ""), current(session, found, _operator()).number
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 9
    shown = compared(session, found, int(asked) if is_number else latest, _operator())
    if shown is None or (asked and not is_number):
        abort(404)
    words = {"title": TITLES[found][0], "home": f"{HOME}/{found}", "found": shown, "latest": latest}
    return render_template("texts/history.html", **words, form_key=new_form_key())


@audience(staff(PUBLISH))
def restore(slug: str) -> ResponseReturnValue:
    found, form = _slug(slug), RestoreForm()
    if not form.validate() or not 0 <= form.number.data < LARGEST_NUMBER:
        abort(400)

    def write(session: Session, now: datetime) -> str:
        older = source_of(session, found, form.number.data, _operator()) or abort(404)
        words = text_words(older.source, older.source_en or "")
        save_text(session, found, words, revision=form.revision.data, by=actor(), now=now)
        return f"{HOME}/{found}"

    answer = once(viewer().user_id, write)
    flash(_("前の文面に戻しました。利用者の画面も変わりました。"), "success")
    return answer


def site_text_blueprint() -> Blueprint:
    blueprint = Blueprint("site_texts", __name__)
    for path, method, view in (
        ("", "GET", show_texts),
        ("/<slug>", "GET", show_text),
        ("/<slug>", "POST", save),
        ("/<slug>/preview", "POST", show_preview),
        ("/<slug>/history", "GET", show_history),
        ("/<slug>/restore", "POST", restore),
    ):
        blueprint.add_url_rule(HOME + path, view_func=view, methods=[method])
    return blueprint
