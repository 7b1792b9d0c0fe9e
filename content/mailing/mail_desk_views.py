"""送信と未達: mails that failed, are held, are uncertain or wait long, and what can be done about each (R7-14)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.models import Organization
from auth.permissions import ADDRESSES
from base import clock
from base.audience import audience, staff
from base.csv_answers import csv_answer
from base.db import db
from base.form_keys import new_form_key, once
from base.mail_words import fate_of
from base.outbox import Mail
from content.addresses.words import subject_of
from content.mailing.mail_csv import mail_rows
from content.mailing.mail_desk import NEVER_ANYWAY, let_go, settle, try_again
from content.mailing.mail_lists import (
    ATTENTION,
    LONG,
    UNCERTAIN,
    count_in,
    every_mail,
    locked_mail,
    mail_by,
    mails_in,
    read_mail_filters,
)
from content.mailing.queries import names_of
from content.models import Publication

Operation = Callable[..., None]


def _organizations(mails: Iterable[Mail]) -> dict[int, str]:
    ids = {mail.organization_id for mail in mails if mail.organization_id}
    found = db.session.scalars(select(Organization).where(Organization.id.in_(ids)))
    return {each.id: each.name for each in found}


def _tiles() -> list[dict[str, object]]:
    session, now = db.session(), clock.now()
    counted = (
        ("failed", _("送信失敗"), "late"),
        ("held", _("保留"), ""),
        (LONG, _("30分以上待っているメール"), ""),
        (UNCERTAIN, _("届いたか不明なもの"), ""),
    )
    numbers = [(count_in(session, state, now), state, label, look) for state, label, look in counted]
    return [
        {"number": number, "label": label, "href": f"/staff/mails?state={state}", "state": look if number else ""}
        for number, state, label, look in numbers
    ]


@audience(staff(ADDRESSES))
def show_mails() -> str:
    filters = read_mail_filters(request.args)
    mails, older = mails_in(db.session(), filters, clock.now())
    return render_template(
        "desk/mails.html",
        rows=[(mail, fate_of(mail), subject_of(mail)) for mail in mails],
        names=_organizations(mails),
        older=older,
        filters=filters,
        is_attention=filters.state == ATTENTION,
        never_anyway=NEVER_ANYWAY,
        tiles=_tiles(),
        form_key=new_form_key(),
    )


@audience(staff(ADDRESSES))
def export_mails() -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    mails = every_mail(session, read_mail_filters(request.args), now)
    return csv_answer(mail_rows(mails, names_of(session)), "mails", now)


def _publication_title(mail: Mail) -> str | None:
    return db.session.scalar(select(Publication.title).where(Publication.public_id == (mail.about or "")))


@audience(staff(ADDRESSES))
def show_mail(public_id: str) -> str:
    mail = mail_by(db.session(), public_id)
    if mail is None:
        abort(404)
    return render_template(
        "desk/mail.html",
        mail=mail,
        fate=fate_of(mail),
        subject=subject_of(mail),
        title=_publication_title(mail),
        never_anyway=NEVER_ANYWAY,
        organization=_organizations([mail]).get(mail.organization_id or 0),
        form_key=new_form_key(),
    )


def _press(public_id: str, operation: Operation, words: str) -> ResponseReturnValue:
    by = actor()

    def run(session: Session, now: datetime) -> str:
        operation(session, locked_mail(session, public_id) or abort(404), by=by, now=now)
        return f"/staff/mails/{public_id}"

    answer = once(viewer().user_id, run)
    flash(words, "success")
    return answer


@audience(staff(ADDRESSES))
def press_again(public_id: str) -> ResponseReturnValue:
    return _press(public_id, try_again, _("もう一度送信します。"))


@audience(staff(ADDRESSES))
def press_anyway(public_id: str) -> ResponseReturnValue:
    return _press(public_id, let_go, _("保留を解いて送信します。"))


@audience(staff(ADDRESSES))
def press_settled(public_id: str) -> ResponseReturnValue:
    return _press(public_id, settle, _("対応済みにしました。"))


def mail_desk_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_mails", __name__)
    for path, method, view in (
        ("/staff/mails", "GET", show_mails),
        ("/staff/mails.csv", "GET", export_mails),
        ("/staff/mails/<public_id>", "GET", show_mail),
        ("/staff/mails/<public_id>/send-again", "POST", press_again),
        ("/staff/mails/<public_id>/send-anyway", "POST", press_anyway),
        ("/staff/mails/<public_id>/settle", "POST", press_settled),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint
