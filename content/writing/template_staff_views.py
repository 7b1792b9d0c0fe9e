"""Staff keep the templates, and take them into a new article (R7-4)."""

from datetime import datetime

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import IntegerField, TextAreaField
from wtforms.widgets import HiddenInput

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once
from base.forms import Form, line
from base.refusals import Refused
from content.article_text import LONGEST_TITLE
from content.writing.article_forms import sent_form
from content.writing.revisions import Line, differences
from content.writing.staff_views import editor, preview_of
from content.writing.templates import (
    Template,
    TemplateMovedOn,
    all_templates,
    filled_in,
    reset_template,
    save_template,
    template_of,
)
from content.writing.typed_forms import counted, filled_form

HOME = "/staff/templates"


class TemplateForm(Form):
    """`version` is the one that the person opened (E18)."""

    version = IntegerField(widget=HiddenInput(), default=0)
    title = line(lazy_gettext("件名のひな形"), LONGEST_TITLE, is_required=False)
    source = TextAreaField(lazy_gettext("本文のひな形(Markdown)"))


def _existing(slug: str) -> Template:
    return template_of(db.session(), slug) or abort(404)


def _page(found: Template, form: TemplateForm, moved_on: str = "", lines: tuple[Line, ...] = ()) -> str:
    words = {"page": "common", "kind": found.kind.slug, "title": form.title.data, "source": form.source.data or ""}
    return render_template(
        "publishing/template.html",
        found=found,
        form=form,
        home=f"{HOME}/{found.kind.slug}",
        preview=preview_of(filled_form(db.session(), words, None), None),
        moved_on=moved_on,
        lines=lines,
        form_key=new_form_key(),
    )


@audience(staff(PUBLISH))
def show_templates() -> str:
    return render_template("publishing/templates.html", templates=all_templates(db.session()))


@audience(staff(PUBLISH))
def show_template(slug: str) -> str:
    found = _existing(slug)
    words = {"title": found.title, "source": found.source, "version": found.version}
    return _page(found, TemplateForm(formdata=None, data=words))


@audience(staff(PUBLISH))
def preview_template(slug: str) -> str:
    """Changes nothing: what was typed, and what readers would see of it."""
    return _page(_existing(slug), TemplateForm())


@audience(staff(PUBLISH))
def save(slug: str) -> ResponseReturnValue:
    found, form = _existing(slug), TemplateForm()

    def keep(session: Session, now: datetime) -> str:
        title, source, seen = form.title.data or "", form.source.data or "", counted(form.version.data)
        save_template(session, found.kind, title, source, seen=seen, by=actor(), now=now)
        return HOME

    if not form.validate():
        return _page(found, form), 422
    try:
        answer = once(viewer().user_id, keep)
    except TemplateMovedOn as conflict:
        return _conflict(slug, form, conflict.reason)
    except Refused as refusal:
        form.refuse([refusal])
        return _page(found, form), 422
    flash(_("ひな形を保存しました。"), "success")
    return answer


def _conflict(slug: str, form: TemplateForm, reason: str) -> ResponseReturnValue:
    """What was typed stays; saved again it is a decision (E18)."""
    found = _existing(slug)
    form.version.process_data(found.version)
    form.version.raw_data = None
    own = f"{form.title.data}\n\n{form.source.data or ''}".replace("\r\n", "\n")
    lines = tuple(differences(f"{found.title}\n\n{found.source}", own))
    return _page(found, form, reason, lines), 409


@audience(staff(PUBLISH))
def reset(slug: str) -> ResponseReturnValue:
    found, seen = _existing(slug), request.form.get("version", type=int)

    def forget(session: Session, now: datetime) -> str:
        reset_template(session, found.kind, seen=counted(seen), by=actor(), now=now)
        return f"{HOME}/{slug}"

    answer = once(viewer().user_id, forget)
    flash(_("標準のひな形に戻しました。"), "success")
    return answer


@audience(staff(PUBLISH))
def use() -> str:
    """Changes nothing: the editor with the template where title and text are empty."""
    form = sent_form(db.session())
    found = filled_in(db.session(), form.kind.data, form.title.data or "", form.source.data or "")
    if found is None:
        flash(_("件名と本文が空のときだけ、ひな形を入れます。"), "warning")
    else:
        form.title.data, form.source.data = found
        flash(_("ひな形を入れました。【 】のところを書き換えてください。"), "success")
    return editor(form, None)


def template_blueprint() -> Blueprint:
    blueprint = Blueprint("templates", __name__)
    for path, method, view in (
        (HOME, "GET", show_templates),
        (f"{HOME}/<slug>", "GET", show_template),
        (f"{HOME}/<slug>", "POST", save),
        (f"{HOME}/<slug>/preview", "POST", preview_template),
        (f"{HOME}/<slug>/reset", "POST", reset),
        ("/staff/articles/template", "POST", use),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint
