"""The page behind the one-time URL (R6-1): reachable with the organization's certificate, before any login."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, current_app, g, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.credential_forms import CredentialsForm
from auth.credential_links import Link, Registering, answer_to, credential_desk, read_link
from auth.credential_queries import facts_of, pair_by
from auth.credential_states import LinkAnswer, pair_until
from auth.credentials import LinkRefused, NewCredentials, register_credentials, try_one_time_password
from auth.gate import actor_for
from auth.models import CredentialPair
from auth.new_password import PasswordRefused
from auth.origin_gate import is_served_here
from auth.passwords import Passwords
from auth.tries import count_try
from base import clock
from base.audience import CERTIFICATE, audience
from base.db import db, transaction
from base.form_keys import new_form_key, once
from base.plain_input import refuse_doubles

STATUS = {
    LinkAnswer.FORGED: 404,
    LinkAnswer.EXPIRED: 410,
    LinkAnswer.USED: 410,
    LinkAnswer.KILLED: 410,
    LinkAnswer.LOCKED: 403,
}

# What is kept as the answer to a press: of a mailed link's address nothing may stay behind (D8).
DONE = "/credentials"

FirstDay = Callable[[Session, int, datetime], datetime | None]


def _way() -> Registering:
    settings = current_app.config["PORTAL"]
    return Registering(settings.secrets.keys, settings.credentials_days, g.certificate_id)


def _read(token: str) -> Link | None:
    return read_link(credential_desk(_way().keys), token)


def _asked(link: Link | None) -> tuple[CredentialPair | None, LinkAnswer]:
    """Nothing of the pair where it isn't for this PC."""
    pair = pair_by(db.session(), link.public_id) if link else None
    if pair is not None and not is_served_here(pair.user.organization_id):
        return None, LinkAnswer.FORGED
    answer = answer_to(db.session(), link, pair, _way(), clock.now())
    return (None if answer is LinkAnswer.FORGED else pair), answer


def _form() -> CredentialsForm:
    form = CredentialsForm()
    form.offer(is_question_asked=current_app.config["PORTAL"].is_question_asked)
    return form


def _page(token: str, form: CredentialsForm | None = None) -> ResponseReturnValue:
    """Shows and changes nothing, however it is fetched (R8-8, D7)."""
    pair, answer = _asked(_read(token))
    page = render_template(
        "credentials/link.html",
        answer=str(answer),
        pair=pair,
        until=pair_until(facts_of(pair), _way().days) if pair else None,
        form=form or _form(),
        token=token,
        form_key=new_form_key(),
    )
    return page, STATUS.get(answer, 422 if form else 200)


def _is_wrong(link: Link, form: CredentialsForm, user_id: int) -> bool:
    """Counted on its own, whatever else the form lacks."""
    field = form.one_time_password
    if not field.data:
        return False
    by = actor_for(user_id)
    with transaction() as session:
        left = try_one_time_password(session, link, field.data, _way(), by=by, now=clock.now())
    if left is None:
        return False
    field.errors = [
        _("ワンタイムパスワードが違います。")
        + _("あと%(count)s回間違えると、2通のメールは使えなくなります。", count=left)
    ]
    return True


def _press(token: str, link: Link, user_id: int, form: CredentialsForm, passwords: Passwords) -> ResponseReturnValue:
    """A second press of the same form is answered like the first, also where the link is used by then."""
    question = form.question.data if form.question else None
    answer = form.answer.data if form.answer else ""
    chosen = NewCredentials(form.one_time_password.data or "", form.password.data or "", question, answer)
    by, way = actor_for(user_id), _way()

    def operation(session: Session, now: datetime) -> str:
        register_credentials(session, link, chosen, way, passwords, by=by, now=now)
        return DONE

    try:
        once(user_id, operation)
    except LinkRefused:
        return _page(token)
    except PasswordRefused as refusal:
        form.refuse_conditions(refusal.conditions)
        return _page(token, form)
    return redirect(f"/credentials/{token}/done", code=303)


def _register(token: str, passwords: Passwords) -> ResponseReturnValue:
    refuse_doubles()
    count_try()
    link = _read(token)
    pair, answer = _asked(link)
    if link is None or pair is None or answer not in {LinkAnswer.OK, LinkAnswer.USED}:
        return _page(token)
    form, user_id = _form(), pair.user_id
    if answer is LinkAnswer.OK:
        is_fit = form.is_fit(pair.user)
        try:
            is_fit = not _is_wrong(link, form, user_id) and is_fit
        except LinkRefused:
            return _page(token)
        if not is_fit:
            return _page(token, form)
    return _press(token, link, user_id, form, passwords)


def credential_blueprint(passwords: Passwords, first_day: FirstDay) -> Blueprint:
    """`first_day`: from when somebody holds a right, as the floor above knows it (R5-10); None where nothing is planned."""
    blueprint = Blueprint("credentials", __name__)

    @blueprint.get("/credentials/<token>")
    @audience(CERTIFICATE)
    def show_link(token: str) -> ResponseReturnValue:
        return _page(token)

    @blueprint.post("/credentials/<token>")
    @audience(CERTIFICATE)
    def register(token: str) -> ResponseReturnValue:
        return _register(token, passwords)

    @blueprint.get("/credentials/<token>/done")
    @audience(CERTIFICATE)
    def show_done(token: str) -> str:
        pair, answer = _asked(_read(token))
        if pair is None or answer is not LinkAnswer.USED or pair.user.deleted_at is not None:
            abort(404)
        user, now = pair.user, clock.now()
        is_in_charge = user.contact_role is not None or user.staff_role is not None
        begins = now if is_in_charge else first_day(db.session(), user.id, now)
        return render_template("credentials/done.html", user=user, begins=begins)

    return blueprint
