"""What a browser sends while somebody types, and what becomes of it (R7-4)."""

from datetime import datetime

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.db import db, transaction
from base.form_keys import once
from base.refusals import Refused
from base.words import time_of_day, translated
from content.writing.article_forms import sent_form
from content.writing.autosaves import NEW, discard_typed, forget_typed, keep_typed, place_of
from content.writing.staff_lists import article_by
from content.writing.staff_views import FORM
from content.writing.typed_forms import counted, is_said_already, to_keep


@audience(staff(PUBLISH))
def autosave() -> ResponseReturnValue:
    """No form key: sent again and again, it changes nothing but the sender's own words."""
    form, now = sent_form(db.session()), clock.now()
    article = article_by(db.session(), form.article.data or "")
    place = place_of(viewer().user_id, article, form.typing.data or "") or abort(404)
    known, revision = counted(form.typed_version.data), counted(form.revision.data)
    if is_said_already(db.session(), form, article):
        with transaction() as session:
            forget_typed(session, place.person_id, place.key, known)
        return {"version": known, "words": _("保存していない変更はありません")}
    try:
        with transaction() as session:
            version = keep_typed(session, place, to_keep(form), revision=revision, known=known, now=now)
    except Refused as refusal:
        return {"words": translated(refusal.reason)}, 409
    if version is None:
        return {
            "words": _(
                "保存していない入力がほかにも残っているため、自動保存していません。この画面を別のタブでも開き、残っている入力を取り込むか破棄してください。"
            )
        }, 409
    return {"version": version, "words": _("%(time)s に自動保存しました", time=time_of_day(now))}


@audience(staff(PUBLISH))
def discard() -> ResponseReturnValue:
    key, known = request.form.get("key", ""), request.form.get("version", type=int)

    def forget(session: Session, now: datetime) -> str:
        discard_typed(session, key, counted(known), by=actor(), now=now)
        return f"{FORM}/new" if key.startswith(NEW) or not article_by(session, key) else f"{FORM}/{key}"

    answer = once(viewer().user_id, forget)
    flash(_("保存していない入力を破棄しました。"), "success")
    return answer
