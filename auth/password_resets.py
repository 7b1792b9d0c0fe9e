"""Forgotten passwords (R6-7): asked for by anybody's ID, answered alike, done by the link and the secret answer."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.credential_queries import locked_user
from auth.locks import count_wrong_answer
from auth.models import User
from auth.new_password import set_password
from auth.passwords import Passwords
from auth.reset_links import ResetLink, Resetting, answer_to, user_of
from auth.reset_states import ResetAnswer
from base.actors import Actor
from base.audit import record
from base.mail_address import folded
from base.outbox import Mail, queue_mail
from base.refusals import Conflict
from base.sentences import say

RESET = "password-reset"
MAILS_AN_HOUR = 5
HOUR = timedelta(hours=1)


class ResetRefused(Conflict):
    """The form was sent, but its link serves no longer; `answer` says why."""

    def __init__(self, answer: ResetAnswer) -> None:
        super().__init__(say("このリンクではパスワードを変更できません。"))
        self.answer = answer


def ask_for_reset(session: Session, login_id: str, occasion: str, *, by: Actor, now: datetime) -> None:
    """The same rows whatever the ID (C1, C2): who has it, and whether he may, is asked when the mail is claimed."""
    # Counted for each PC: nobody shuts somebody out by asking in his name from elsewhere (C5).
    asked_here = (Mail.kind == RESET, Mail.address_folded == folded(login_id), Mail.about == by.fingerprint)
    recent = select(func.count()).select_from(Mail).where(*asked_here, Mail.created_at > now - HOUR)
    is_queued = (session.scalar(recent) or 0) < MAILS_AN_HOUR
    if is_queued:
        about = by.fingerprint
        queue_mail(session, kind=RESET, occasion=f"{RESET}:{occasion}", address=login_id, about=about, now=now)
    record(session, "password.reset_asked", f"login:{folded(login_id)}", by=by, now=now, after={"queued": is_queued})


def _locked(session: Session, link: ResetLink, way: Resetting, now: datetime) -> User:
    user = user_of(session, link)
    if user is not None:
        locked_user(session, user.id)
    answer = answer_to(session, link, user, way, now)
    if user is None or answer is not ResetAnswer.OK:
        raise ResetRefused(answer)
    return user


def refuse_answer(session: Session, link: ResetLink, way: Resetting, *, by: Actor, now: datetime) -> int:
    """Count a wrong answer; answers how many are left before the account is locked."""
    user = _locked(session, link, way, now)
    of = user.organization_id
    record(session, "password.answer_wrong", f"login:{user.login_id}", by=by, now=now, organization_id=of)
    if count_wrong_answer(session, user, way.wrong_answer_limit, by=by, now=now):
        return 0
    session.refresh(user)
    return max(0, way.wrong_answer_limit - user.wrong_answers)


def reset_password(
    session: Session,
    link: ResetLink,
    password: str,
    answer_hash: str | None,
    way: Resetting,
    passwords: Passwords,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """`answer_hash`: against which the answer was right; whatever it is by now, that answer counts for that one alone."""
    user = _locked(session, link, way, now)
    if user.secret_answer_hash != answer_hash:
        raise ResetRefused(ResetAnswer.DEAD)
    set_password(session, user, password, passwords, by=by, now=now)
    user.wrong_answers = 0
    of = user.organization_id
    record(session, "password.reset", f"login:{user.login_id}", by=by, now=now, organization_id=of)
