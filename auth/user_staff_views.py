"""Staff look people up, lock and unlock accounts, send credentials, end sessions (R6-1, R6-3)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.account_states import account_tag
from auth.credential_pairs import start_credentials
from auth.credential_queries import end_reason_of, latest_pair_of, latest_pairs, locked_account, mails_of, state_of
from auth.credential_queries import facts_of as pair_facts_of
from auth.credential_states import END_REASONS, STATE_TAGS, pair_until
from auth.dormancy_shown import shown
from auth.dormancy_words import STAGE_LABELS
from auth.gate import actor, viewer
from auth.identity import SessionLimits
from auth.locks import lock_user, unlock_user
from auth.login_sessions import end_sessions_of, open_sessions
from auth.models import User
from auth.password_expiry import last_usable_day
from auth.permissions import ACCOUNTS, UNLOCK, USERS
from auth.usable_certificates import has_usable_certificate
from auth.user_csv import csv_rows, role_of
from auth.user_filters import UserFilters, read_filters
from auth.user_forms import LockForm, UnlockForm
from auth.user_queries import (
    count_in,
    facts_of,
    in_order,
    is_dormant,
    narrowed,
    organizations,
    people_in,
    user_by,
    user_with_id,
)
from base import clock
from base.audience import audience, staff
from base.csv_answers import csv_answer
from base.db import db
from base.form_keys import new_form_key, once
from base.mail_words import fate_of

Operation = Callable[[Session, User, datetime], None]


class ShownRight(Protocol):
    """As the floor above tells it."""

    @property
    def system(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def from_at(self) -> datetime: ...
    @property
    def until_at(self) -> datetime | None: ...
    @property
    def is_in_effect(self) -> bool: ...


RightsOf = Callable[[Session, int, datetime], Sequence[ShownRight]]


def _password_days() -> int:
    days: int = current_app.config["PORTAL"].password_days
    return days


def _pair_days() -> int:
    days: int = current_app.config["PORTAL"].credentials_days
    return days


def _may_act_on(user: User) -> bool:
    """Staff's own accounts are the administrators' to lock, unlock and invite."""
    return user.staff_role is None or viewer().may(ACCOUNTS)


@audience(staff(USERS))
def show_list() -> ResponseReturnValue:
    filters, session, now = read_filters(request.args), db.session(), clock.now()
    exact = user_with_id(session, filters.words) if filters == UserFilters(words=filters.words) else None
    if exact is not None:
        return redirect(f"/staff/users/{exact.public_id}")
    people, after = people_in(session, filters, _password_days(), now)
    pairs = latest_pairs(session, select(User.id).where(User.id.in_([user.id for user in people])))
    return render_template(
        "users/list.html",
        rows=[(user, account_tag(facts_of(user, _password_days(), now)), is_dormant(user, now)) for user in people],
        pairs={user_id: STATE_TAGS[state_of(pair, _pair_days(), now)] for user_id, pair in pairs.items()},
        count=count_in(session, filters, _password_days(), now),
        filters=filters,
        after=after,
        role_of=role_of,
        organizations=organizations(session),
    )


@audience(staff(USERS))
def export_list() -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    found = narrowed(read_filters(request.args), _password_days(), now)
    people, pairs = in_order(session, found), latest_pairs(session, found.with_only_columns(User.id))
    return csv_answer(csv_rows(people, pairs, _password_days(), _pair_days(), now), "users", now)


def _found(public_id: str) -> User:
    return user_by(db.session(), public_id) or abort(404)


def _credentials_of(user: User, now: datetime) -> dict[str, object]:
    session = db.session()
    pair = latest_pair_of(session, user.id)
    if pair is None:
        return {"pair": None, "mails": []}
    return {
        "pair": pair,
        "pair_tag": STATE_TAGS[state_of(pair, _pair_days(), now)],
        "pair_until": pair_until(pair_facts_of(pair), _pair_days()),
        "end_reason": END_REASONS.get(end_reason_of(pair) or ""),
        "mails": [(mail, fate_of(mail)) for mail in mails_of(session, pair)],
    }


def _page(public_id: str, rights_of: RightsOf, form: UnlockForm | None = None) -> str:
    session, now, settings = db.session(), clock.now(), current_app.config["PORTAL"]
    user = _found(public_id)
    return render_template(
        "users/person.html",
        user=user,
        role=role_of(user),
        tag_words=account_tag(facts_of(user, _password_days(), now)),
        is_dormant=is_dormant(user, now),
        dormancy=next(iter(shown(session, [user], now)), None),
        stages=STAGE_LABELS,
        last_day=last_usable_day(user.password_set_at, _password_days()) if user.password_hash else None,
        limits=(settings.wrong_password_limit, settings.wrong_answer_limit),
        rights=rights_of(session, user.id, now),
        sessions=open_sessions(session, user.id, SessionLimits(settings.session_idle, settings.session_life), now),
        has_certificate=has_usable_certificate(session, user.organization_id, now),
        may_act=_may_act_on(user),
        form=form or UnlockForm(),
        form_key=new_form_key(),
        **_credentials_of(user, now),
    )


def _press(public_id: str, operation: Operation, words: str) -> ResponseReturnValue:
    """The account with all that hangs on it is locked; one that isn't this viewer's to act on isn't there."""

    def run(session: Session, now: datetime) -> str:
        user = locked_account(session, public_id) or abort(404)
        if not _may_act_on(user):
            abort(404)
        operation(session, user, now)
        return f"/staff/users/{public_id}"

    answer = once(viewer().user_id, run)
    flash(words, "success")
    return answer


def _ask(public_id: str, template: str, status: int = 200, **words: object) -> ResponseReturnValue:
    user, session, now = _found(public_id), db.session(), clock.now()
    if not _may_act_on(user) or user.deleted_at is not None:
        abort(404)
    words |= {"user": user, "form_key": new_form_key(), **_credentials_of(user, now)}
    words["has_certificate"] = has_usable_certificate(session, user.organization_id, now)
    words["days"] = _pair_days()
    return render_template(template, **words), status


@audience(staff(USERS))
def ask_before_locking(public_id: str) -> ResponseReturnValue:
    return _ask(public_id, "users/lock.html", form=LockForm())


@audience(staff(USERS))
def lock(public_id: str) -> ResponseReturnValue:
    form, by = LockForm(), actor()
    if not form.validate():
        return _ask(public_id, "users/lock.html", 422, form=form)
    return _press(
        public_id,
        lambda session, user, now: lock_user(session, user, form.reason.data or "", by=by, now=now),
        _("アカウントをロックしました。ログイン中の画面は、次の操作で終了します。"),
    )


@audience(staff(USERS))
def ask_before_inviting(public_id: str) -> ResponseReturnValue:
    return _ask(public_id, "users/credentials.html")


@audience(staff(USERS))
def invite(public_id: str) -> ResponseReturnValue:
    by = actor()

    def start(session: Session, user: User, now: datetime) -> None:
        start_credentials(session, user, by=by, now=now)

    words = _("認証情報登録の2通のメールを用意しました。送信の状況は下に表示されます。前の2通は使えなくなりました。")
    return _press(public_id, start, words)


@audience(staff(USERS))
def end_sessions(public_id: str) -> ResponseReturnValue:
    by = actor()

    def end(session: Session, user: User, now: datetime) -> None:
        end_sessions_of(session, user, "ended by staff", by=by, now=now)

    return _press(public_id, end, _("ログインをすべて終了しました。"))


def _unlock(public_id: str, rights_of: RightsOf) -> ResponseReturnValue:
    form, by = UnlockForm(), actor()
    if not form.validate():
        return _page(public_id, rights_of, form), 422

    def operation(session: Session, user: User, now: datetime) -> None:
        unlock_user(session, user, form.reason.data or "", form.identified_by.data or "", by=by, now=now)

    return _press(public_id, operation, _("ロックを解除しました。ご本人に、ログインしていただくようお伝えください。"))


def user_staff_blueprint(rights_of: RightsOf) -> Blueprint:
    """`rights_of`: what somebody holds or will hold, as the floor above knows it."""
    blueprint = Blueprint("staff_users", __name__)

    @blueprint.get("/staff/users/<public_id>")
    @audience(staff(USERS))
    def show_person(public_id: str) -> str:
        return _page(public_id, rights_of)

    @blueprint.post("/staff/users/<public_id>/unlock")
    @audience(staff(UNLOCK))
    def unlock(public_id: str) -> ResponseReturnValue:
        return _unlock(public_id, rights_of)

    for path, method, view in (
        ("/staff/users", "GET", show_list),
        ("/staff/users.csv", "GET", export_list),
        ("/staff/users/<public_id>/lock", "GET", ask_before_locking),
        ("/staff/users/<public_id>/lock", "POST", lock),
        ("/staff/users/<public_id>/credentials", "GET", ask_before_inviting),
        ("/staff/users/<public_id>/credentials", "POST", invite),
        ("/staff/users/<public_id>/end-sessions", "POST", end_sessions),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint
