"""Staff look at an article's revisions, compare any two, and take one up again (R7-4)."""

from datetime import datetime

from flask import abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.csv_answers import csv_answer
from base.db import db
from base.form_keys import new_form_key, once
from content.article_queries import state_of
from content.mailing.publications import publications_of
from content.writing.article_forms import ArticleForm
from content.writing.restoring import restore_draft
from content.writing.revision_csv import revision_rows
from content.writing.revision_lists import every_revision, revision_by, revisions
from content.writing.staff_views import existing, home_of, locked
from content.writing.typed_forms import counted


@audience(staff(PUBLISH))
def show_revisions(public_id: str) -> str:
    article = existing(public_id)
    return render_template(
        "publishing/revisions.html",
        article=article,
        home=home_of(article),
        found=revisions(db.session(), article, request.args) or abort(404),
        form=ArticleForm(formdata=None),
        state=state_of(article, clock.now()),
        form_key=new_form_key(),
    )


@audience(staff(PUBLISH))
def export_revisions(public_id: str) -> ResponseReturnValue:
    article, session = existing(public_id), db.session()
    published = {each.revision: each for each in publications_of(session, article)}
    rows = revision_rows(every_revision(session, article), published)
    return csv_answer(rows, f"revisions-{article.public_id}", clock.now())


@audience(staff(PUBLISH))
def restore(public_id: str) -> ResponseReturnValue:
    number, revision = request.form.get("number", ""), counted(request.form.get("revision", type=int))

    def take_up(session: Session, now: datetime) -> str:
        article = locked(session, public_id)
        kept = revision_by(session, article.id, number) or abort(404)
        restore_draft(session, article, kept, revision=revision, by=actor(), now=now)
        return home_of(article)

    answer = once(viewer().user_id, take_up)
    flash(_("第%(number)s版の内容に戻しました。", number=number), "success")
    return answer
