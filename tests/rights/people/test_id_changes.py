"""A person gets another ID: nothing is missing in between, nothing is held twice (R5-21)."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import WORKER, Actor
from base.refusals import Conflict, Refused
from rights.completions import complete_parts, complete_registration
from rights.corrections import Details, details_of, enter_correction
from rights.followers import follower_of, replaced_ids
from rights.id_changes import enter_id_change
from rights.juju_seats import seats_taken
from rights.models import RightsRequest
from rights.processing.run import carry_out
from rights.removals import enter_removal, settle_removals, withdraw_removal
from rights.request_queries import has_rights_left, open_request_for
from rights.requests import accept_request, enter_request, withdraw_request
from rights.right_changes import rights_at
from rights.withdrawals import take_back
from tests import make
from tests.rights.entries import CALENDAR, acting, at, entry, higashi
from tests.rights.test_whole_way import J, T, U, holder

NEW_ID = "kitano@higashi-gas.example"
ENTERED, ACCEPTED, M = date(2018, 12, 13), date(2018, 12, 14), date(2018, 12, 17)


@pytest.fixture
def organization(session: Session) -> Organization:
    return higashi(session)


@pytest.fixture
def manager(session: Session, organization: Organization) -> Actor:
    return acting(make.user(session, organization, contact_role="primary"))


@pytest.fixture
def center(session: Session) -> Actor:
    return acting(make.user(session, make.organization(session, "みなみ", is_operator=True), staff_role="reception"))


@pytest.fixture
def person(session: Session, organization: Organization) -> User:
    return holder(session, organization, taxis="1011", juju="yes")


def moved(session: Session, organization: Organization, person: User, manager: Actor) -> RightsRequest:
    return enter_id_change(session, organization, person, entry(login_id=NEW_ID), by=manager, now=at(ENTERED))


def removal_of(session: Session, person: User) -> RightsRequest:
    found = open_request_for(session, person.login_id_folded)
    assert found is not None
    return found


def test_the_old_id_loses_each_right_when_the_new_one_gets_it(
    session: Session, organization: Organization, manager: Actor, center: Actor, person: User
) -> None:
    """R5-21: whatever was typed as rights, they are copied; at every moment one of the two holds them, never both."""
    new = moved(session, organization, person, manager)
    removal = removal_of(session, person)
    assert (new.taxis, new.johs, new.juju, removal.follows_id) == ("1011", None, "yes", new.id)
    assert seats_taken(session, organization.id, at(ENTERED)) == 1
    accept_request(session, new, CALENDAR, by=center, now=at(ACCEPTED))
    carry_out(session, M, 10, by=WORKER, now=at(M))
    assert replaced_ids(session, M) == {new.id: person.login_id}
    complete_registration(session, new, "U000123", CALENDAR, by=center, now=at(date(2018, 12, 18)))
    complete_parts(session, new, {U}, CALENDAR, by=center, now=at(date(2018, 12, 20)))
    for system, begins in ((T, date(2018, 12, 26)), (U, date(2019, 1, 7))):
        midnight = at(begins, hour=0)
        for moment, holds in ((midnight - timedelta(seconds=1), person.id), (midnight, new.user_id)):
            holders = [user for user in (person.id, new.user_id or 0) if system in rights_at(session, user, moment)]
            assert holders == [holds], (system, moment)
    assert settle_removals(session, now=at(date(2019, 1, 7), hour=0)) == 1
    assert removal.state == "completed"


def test_what_became_of_the_new_id_decides_about_the_old_one(
    session: Session, organization: Organization, manager: Actor, person: User
) -> None:
    """R5-17, R5-21: taken back together; the removal can't be completed alone."""
    new = moved(session, organization, person, manager)
    removal = removal_of(session, person)
    with pytest.raises(Conflict):
        complete_parts(session, removal, {U}, CALENDAR, by=manager, now=at(ENTERED))
    withdraw_request(session, new, by=manager, now=at(ENTERED))
    assert (removal.state, follower_of(session, new)) == ("withdrawn", None)
    assert rights_at(session, person.id, at(date(2030, 1, 1))) == {T: "1011", U: "yes"}
    again = moved(session, organization, person, manager)
    take_back(session, removal_of(session, person), by=manager, now=at(ENTERED))
    assert again.state == "entered"


def test_a_removal_waits_no_longer_once_somebody_asks_for_it(
    session: Session, organization: Organization, manager: Actor, person: User
) -> None:
    """R5-17: a removal is never refused, not even by one that waits for a new ID."""
    moved(session, organization, person, manager)
    removal = enter_removal(session, organization, person, "", CALENDAR, by=manager, now=at(ENTERED))
    assert (removal.follows_id, removal.processing_date) == (None, M)
    assert T not in rights_at(session, person.id, at(ENTERED + timedelta(days=1), hour=0))


def test_an_id_change_is_refused_like_any_request(
    session: Session, organization: Organization, manager: Actor, person: User
) -> None:
    """R5-7, R5-17, R8-4: the same ID in other case, one of another organization, a second request."""
    nishi = make.organization(session, "にしガス")
    make.user(session, nishi, "nishida@nishi-gas.example")
    for login_id, words in ((person.login_id.upper(), "いまのID"), ("nishida@nishi-gas.example", "使用できません")):
        with pytest.raises(Refused, match=words):
            enter_id_change(session, organization, person, entry(login_id=login_id), by=manager, now=at(ENTERED))
    first = moved(session, organization, person, manager)
    with pytest.raises(Refused, match=removal_of(session, person).number):
        enter_id_change(session, organization, person, entry(login_id="c@d.example"), by=manager, now=at(ENTERED))
    assert first.state == "entered"


def test_name_and_contractor_are_corrected_at_once(
    session: Session, organization: Organization, manager: Actor, person: User
) -> None:
    """R5-21: without M, and nothing else moves; R5-16, R8-4: what corrects nothing, or names another's contractor, is refused."""
    own = make.contractor(session, organization, "ひがしサービス")
    others = make.contractor(session, make.organization(session, "にしガス"), "にしサービス")
    now = at(ENTERED)
    for details in (details_of(person), Details(others.public_id, "北島 三郎", "キタジマ サブロウ")):
        with pytest.raises(Refused):
            enter_correction(session, organization, person, details, by=manager, now=now)
    details = Details(own.public_id, "北野 三郎", "キタノ サブロウ")
    request = enter_correction(session, organization, person, details, by=manager, now=now)
    assert (request.state, request.processing_date, request.parts) == ("completed", None, [])
    assert (person.name_kanji, person.name_kana, person.contractor_id) == ("北野 三郎", "キタノ サブロウ", own.id)
    assert rights_at(session, person.id, now) == {T: "1011", U: "yes"}


def test_a_right_that_has_not_begun_is_removed_and_kept_like_any_other(
    session: Session, organization: Organization, manager: Actor
) -> None:
    """R5-17, R5-18: nothing of it is left once it is removed, and all of it when that is taken back."""
    begins = at(date(2018, 12, 26), hour=0)
    person = make.user(session, organization, rights={"JOHS": "J1010"}, created_at=begins)
    removal = enter_removal(session, organization, person, "", CALENDAR, by=manager, now=at(ENTERED))
    assert not has_rights_left(session, person.id, at(ENTERED + timedelta(days=1)))
    withdraw_removal(session, removal, by=manager, now=at(ENTERED, hour=11))
    assert rights_at(session, person.id, begins) == {J: "J1010"}


def test_a_person_whose_rights_are_still_on_their_way_is_removed_too(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-17: after ④ there is an account and no right yet; the request that would bring them is cancelled."""
    new = enter_request(session, organization, entry(), by=manager, now=at(ENTERED))
    accept_request(session, new, CALENDAR, by=center, now=at(ACCEPTED))
    carry_out(session, M, 10, by=WORKER, now=at(M))
    person = session.get_one(User, new.user_id)
    assert enter_removal(session, organization, person, "", CALENDAR, by=manager, now=at(M)) is new
    assert new.state == "cancelled"
