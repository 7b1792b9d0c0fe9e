"""Whom to call, how to use the site, and who I am here (R2-3, R2-6, R6-5, R6-8, R6-9)."""

from flask import Blueprint, current_app, render_template

from auth.gate import viewer
from auth.identity import SessionLimits
from auth.login_sessions import open_sessions, recent_logins
from auth.models import User
from auth.password_expiry import last_usable_day
from auth.questions import QUESTIONS
from base import clock
from base.audience import READER, audience
from base.db import db
from base.form_keys import new_form_key
from base.settings import Settings
from base.words import locale
from content.texts.queries import ShownText, shown_text
from content.texts.site_texts import Slug
from rights.my_requests import my_requests
from rights.my_rights import my_rights

LOGINS_SHOWN = 20


def _account() -> str:
    who, now, session = viewer(), clock.now(), db.session()
    settings: Settings = current_app.config["PORTAL"]
    limits = SessionLimits(settings.session_idle, settings.session_life)
    asked = session.get_one(User, who.user_id).secret_question
    return render_template(
        "content/account.html",
        who=who,
        rights=[] if who.is_staff else my_rights(session, who.user_id, now),
        under_way=[] if who.is_staff else my_requests(session, who.user_id, now),
        last_day=last_usable_day(who.password_set_at, settings.password_days),
        sessions=open_sessions(session, who.user_id, limits, now)[::-1],
        logins=recent_logins(session, who.user_id, LOGINS_SHOWN),
        is_question_asked=settings.is_question_asked,
        question=QUESTIONS.get(asked or "", asked),
        form_key=new_form_key(),
    )


def own_text(slug: Slug) -> ShownText:
    """In the reader's language; also before the login."""
    return shown_text(db.session(), slug, locale(), current_app.config["PORTAL"].operator)


def about_blueprint() -> Blueprint:
    blueprint = Blueprint("about", __name__)

    @blueprint.get("/contact")
    @audience(READER)
    def contact() -> str:
        return render_template("content/contact.html", shown=own_text(Slug.CONTACT))

    @blueprint.get("/help")
    @audience(READER)
    def manual() -> str:
        return render_template("content/help.html", faq=own_text(Slug.FAQ))

    @blueprint.get("/account")
    @audience(READER)
    def account() -> str:
        return _account()

    return blueprint
