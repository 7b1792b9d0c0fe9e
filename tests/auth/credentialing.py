"""Somebody whose two mails have been sent, as the worker would have sent them."""

import re
from collections.abc import Sequence
from datetime import datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.credential_mails import Sender, credential_composer
from auth.credential_pairs import start_credentials
from auth.credential_queries import KINDS, locked_account
from auth.models import CredentialPair, User
from auth.password_resets import RESET
from auth.reset_mails import ResetSender, reset_composer
from base.actors import COMMAND, Actor
from base.db import transaction
from base.mail_text import Composed
from base.outbox import Mail
from tests.cast import Person
from tests.certificates import NOW
from tests.settings import BASE_URL, KEY, OPERATOR

SENDER = Sender([KEY], BASE_URL, OPERATOR, 7)
RESET_SENDER = ResetSender([KEY], BASE_URL, OPERATOR, 600, is_question_asked=True)
COMPOSE = credential_composer(SENDER)
COMPOSE_RESET = reset_composer(RESET_SENDER)


def started(session: Session, user: User, by: Actor = COMMAND, now: datetime = NOW) -> CredentialPair:
    account = locked_account(session, user.public_id)
    assert account is not None
    return start_credentials(session, account, by=by, now=now)


def mails_in(session: Session, *kinds: str) -> Sequence[Mail]:
    return session.scalars(select(Mail).where(Mail.kind.in_(kinds)).order_by(Mail.id)).all()


def send(session: Session, mail: Mail, now: datetime = NOW) -> Composed:
    """As at a claim."""
    found = (COMPOSE_RESET if mail.kind == RESET else COMPOSE)(session, mail, now)
    assert isinstance(found, Composed), found
    mail.state, mail.sent_at = "sent", now
    return found


def link_in(letter: Composed) -> str:
    """The path of the one address that stands in the mail."""
    found = re.findall(rf"{BASE_URL}(/\S+)", letter.body)
    assert len(found) == 1
    return str(found[0])


def one_time_password_in(letter: Composed) -> str:
    found = re.findall(r"^[0-9A-Z]{5}-[0-9A-Z]{5}$", letter.body, re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


def sent_pair(session: Session, user: User, now: datetime = NOW) -> tuple[str, str]:
    """The path of the one-time URL and the one-time password, as the person finds them in the two mails."""
    pair = started(session, user, now=now)
    of_pair = [mail for mail in mails_in(session, *KINDS) if mail.occasion.endswith(pair.public_id)]
    link, password = [send(session, mail, now) for mail in of_pair]
    return link_in(link), one_time_password_in(password)


def invited(app: Flask, person: Person, now: datetime = NOW) -> tuple[str, str]:
    with app.app_context(), transaction() as session:
        return sent_pair(session, session.get_one(User, person.user_id), now)
