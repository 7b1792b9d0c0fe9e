"""A PC of two organizations abroad, at the address that was allowed for one of them: for the other it isn't there (R2-8, R4-4)."""

import pytest
from flask import Flask

from auth.models import LoginSession, Organization, User
from auth.reset_links import reset_desk, token_for
from base.db import db, transaction
from tests import make
from tests.auth.credentialing import sent_pair
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.settings import KEY

STATIC = "198.51.100.9"


@pytest.fixture
def abroad(app: Flask, cast: Cast) -> Visitor:
    """Higashi's contractor's PC, registered for Nishi too; the address is Higashi's alone."""
    with app.app_context(), transaction() as session:
        nishi = session.get_one(Organization, cast.nishi_reader.organization_id)
        make.registration(session, nishi, cast.higashi_contractor.client)
        higashi = session.get_one(Organization, cast.higashi_contractor.organization_id)
        make.allowed_address(session, higashi, session.get_one(User, cast.reception.user_id), STATIC + "/32")
    visitor = Visitor(app, cast.higashi_contractor.client)
    visitor.headers = {"X-Client-Address": STATIC}
    return visitor


def account(app: Flask, person: Person) -> User:
    with app.app_context():
        return db.session.get_one(User, person.user_id)


def test_nobody_of_the_other_organization_logs_in(app: Flask, cast: Cast, abroad: Visitor) -> None:
    """R5-40, A16: no session, no last login that would keep an ID alive, no count towards a lock."""
    before = account(app, cast.nishi_reader).last_login_at
    for password in (make.PASSWORD, "wrong-Passw0rd"):
        assert abroad.log_in(cast.nishi_reader.login_id, password).status_code == 403
    after = account(app, cast.nishi_reader)
    assert (after.last_login_at, after.wrong_passwords) == (before, 0)
    with app.app_context():
        assert db.session.query(LoginSession).filter_by(user_id=cast.nishi_reader.user_id).count() == 0
    assert abroad.log_in(cast.higashi_contractor.login_id).status_code == 303


def test_its_mailed_links_are_as_good_as_forged(app: Flask, cast: Cast, abroad: Visitor) -> None:
    """D5, R8-4."""
    with app.app_context(), transaction() as session:
        nishi = session.get_one(Organization, cast.nishi_reader.organization_id)
        newcomer = make.user(session, nishi, "shinjin@nishi-gas.example", name="新人 六郎", password=None)
        link, _ = sent_pair(session, newcomer)
        user = session.get_one(User, cast.nishi_reader.user_id)
        user.reset_version, user.reset_sent_at = 1, NOW
        reset = f"/password/reset/{token_for(reset_desk([KEY]), user)}"
    assert [abroad.get(path).status_code for path in (link, reset)] == [404, 404]
    abroad.headers = {}
    assert [abroad.get(path).status_code for path in (link, reset)] == [200, 200]
