"""Registering credentials (R6-1): both mails together bring a password and a secret question, once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from auth.credential_links import Link, Registering, answer_to
from auth.credential_pairs import count_wrong_try, note
from auth.credential_queries import locked_pair, locked_user
from auth.credential_states import LinkAnswer
from auth.models import CredentialPair
from auth.new_password import set_password
from auth.one_time_passwords import is_right_one_time_password
from auth.passwords import Passwords
from auth.questions import answer_hash
from base.actors import Actor
from base.refusals import Conflict
from base.sentences import say


class LinkRefused(Conflict):
    """The form was sent, but its link serves no longer; `answer` says why."""

    def __init__(self, answer: LinkAnswer) -> None:
        super().__init__(say("このリンクでは認証情報を登録できません。"))
        self.answer = answer


@dataclass(frozen=True, slots=True)
class NewCredentials:
    """What the person chose. `question` None where the installation asks for none."""

    one_time_password: str
    password: str
    question: str | None
    answer: str


def _locked(session: Session, link: Link, way: Registering, now: datetime) -> CredentialPair:
    """The pair, then its person; `LinkRefused` where the link doesn't serve at this moment."""
    pair = locked_pair(session, link.public_id)
    if pair is not None:
        locked_user(session, pair.user_id)
    answer = answer_to(session, link, pair, way, now)
    if pair is None or answer is not LinkAnswer.OK:
        raise LinkRefused(answer)
    return pair


def try_one_time_password(
    session: Session, link: Link, typed: str, way: Registering, *, by: Actor, now: datetime
) -> int | None:
    """None for the right one; else how many wrong ones are left before the pair is dead."""
    pair = _locked(session, link, way, now)
    if is_right_one_time_password(way.keys, pair.public_id, link.address_hash, typed):
        return None
    return count_wrong_try(session, pair, pair.user, by=by, now=now)


def register_credentials(
    session: Session,
    link: Link,
    chosen: NewCredentials,
    way: Registering,
    passwords: Passwords,
    *,
    by: Actor,
    now: datetime,
) -> CredentialPair:
    """`PasswordRefused` names what is wrong with the password, `LinkRefused` with the link. A lock stays."""
    pair = _locked(session, link, way, now)
    if not is_right_one_time_password(way.keys, pair.public_id, link.address_hash, chosen.one_time_password):
        raise LinkRefused(LinkAnswer.FORGED)
    set_password(session, pair.user, chosen.password, passwords, by=by, now=now)
    if chosen.question is not None:
        pair.user.secret_question = chosen.question
        pair.user.secret_answer_hash = answer_hash(chosen.answer, passwords)
    pair.user.wrong_answers = 0
    pair.used_at = now
    note(session, "credentials.registered", pair.user, pair, by=by, now=now)
    return pair
