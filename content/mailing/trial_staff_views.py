"""The check sheet's test mail to oneself; the sheet answers as it was, with all that was typed on it (R9-2)."""

from datetime import datetime

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base.audience import audience, staff
from base.db import db
from base.form_keys import once
from base.refusals import Refused
from base.words import translated
from content.mailing.trial_mails import send_trial
from content.writing.article_forms import checked_text, sent_form
from content.writing.article_previews import kept_text
from content.writing.articles import with_marks_of
from content.writing.decision_forms import DecisionForm
from content.writing.publishing_views import check_page
from content.writing.staff_views import editor, existing, home_of, locked


@audience(staff(PUBLISH))
def send_to_myself(public_id: str) -> ResponseReturnValue:
    """Of a draft as it was saved, of an update as it was typed."""
    article, session = existing(public_id), db.session()
    form = sent_form(session) if "title" in request.form else None
    text = checked_text(form, session) if form else kept_text(session, article)
    if text is None:
        return editor(form or sent_form(session), article), 422
    words = with_marks_of(article, text) if form else text

    def queue(session: Session, now: datetime) -> str:
        send_trial(session, locked(session, public_id), words, by=actor(), now=now)
        return home_of(article)

    try:
        once(viewer().user_id, queue)
    except Refused as refusal:
        flash(translated(refusal.reason), "error")
        return check_page(existing(public_id), words, DecisionForm(), form), 422
    flash(_("テストメールを %(address)s へ送ります。", address=viewer().login_id), "success")
    return check_page(existing(public_id), words, DecisionForm(), form)
