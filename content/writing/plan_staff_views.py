"""What becomes of a plan, and until when an article stays (R7-4, E12, E13)."""

from datetime import datetime

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base.audience import audience, staff
from base.db import db
from base.form_keys import once
from base.refusals import Conflict, Refused
from content.writing.article_forms import form_of
from content.writing.decision_forms import EndForm
from content.writing.plans import back_to_draft, change_end
from content.writing.staff_views import editor, existing, home_of, locked


@audience(staff(PUBLISH))
def take_back(public_id: str) -> ResponseReturnValue:
    existing(public_id)

    def unschedule(session: Session, now: datetime) -> str:
        article = locked(session, public_id)
        back_to_draft(session, article, by=actor(), now=now)
        return home_of(article)

    answer = once(viewer().user_id, unschedule)
    flash(_("公開の予定を取りやめ、下書きに戻しました。"), "success")
    return answer


@audience(staff(PUBLISH))
def change_the_end(public_id: str) -> ResponseReturnValue:
    form, article = EndForm(), existing(public_id)

    def end(session: Session, now: datetime) -> str:
        article = locked(session, public_id)
        change_end(session, article, form.end(), by=actor(), now=now)
        return home_of(article)

    if not form.validate():
        return editor(form_of(db.session(), article), article, end=form), 422
    try:
        answer = once(viewer().user_id, end)
    except Conflict:
        raise
    except Refused as refusal:
        form.refuse([refusal])
        article = existing(public_id)
        return editor(form_of(db.session(), article), article, end=form), 422
    flash(_("掲載終了の日時を変えました。メールは送っていません。"), "success")
    return answer
