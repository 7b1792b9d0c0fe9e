"""Nothing that is done to a contact address may keep the person out whose ID is the same mailbox (C5, R6-1)."""

from flask import Flask
from sqlalchemy.orm import Session

from auth.credential_queries import KINDS
from auth.models import Organization, User
from auth.password_resets import RESET
from base.actors import Actor
from base.db import transaction
from content.addresses.addresses import remove_address
from tests import make
from tests.auth.credentialing import mails_in, started
from tests.auth.test_password_resets import asked
from tests.cast import Cast, Person
from tests.certificates import NOW


def remove_contact(session: Session, person: Person, clerk: User) -> None:
    """Somebody registers the person's ID as a contact address and takes it away again."""
    of = session.get_one(Organization, person.organization_id)
    row = make.address(session, of, clerk, person.login_id)
    session.flush()
    remove_address(session, row, by=Actor(clerk.login_id, clerk.id), now=NOW)


def test_a_removed_contact_address_takes_no_mail_away_from_the_id(any_app: Flask, any_cast: Cast) -> None:
    """R7-15, R6-1, R6-7: else the two mails would be lost and their pair would wait for ever."""
    person = any_cast.higashi_reader
    with any_app.app_context(), transaction() as session:
        started(session, session.get_one(User, person.user_id))
    asked(any_app, person)
    with any_app.app_context(), transaction() as session:
        remove_contact(session, person, session.get_one(User, any_cast.reception.user_id))
    with any_app.app_context(), transaction() as session:
        assert [mail.state for mail in mails_in(session, *KINDS, RESET)] == ["waiting"] * 3
