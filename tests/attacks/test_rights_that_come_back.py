"""Rights that were given up or changed before they began, and what a delay, a second thought or another organization makes of them."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import WORKER, Actor
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights
from rights.completions import complete_parts, complete_registration
from rights.effect_dates import StartingDays
from rights.id_changes import enter_id_change
from rights.inventory.lists import rights_left
from rights.models import RightsRequest
from rights.processing.delays import delay_processing_day
from rights.processing.run import carry_out
from rights.removals import enter_removal, settle_removals
from rights.request_queries import open_request_for
from rights.requests import accept_request
from rights.right_changes import rights_at
from tests import make
from tests.rights.entries import CALENDAR, acting, at, entry, higashi
from tests.rights.ordering import ENTERED, M, accepted, ordered, person_of
from tests.rights.test_whole_way import L, T, U, holder

REGISTERED, THOUGHT_AGAIN, LATER = date(2018, 12, 18), date(2018, 12, 19), date(2018, 12, 28)
PUT_OFF = StartingDays(LATER, date(2019, 1, 15))


@pytest.fixture
def organization(session: Session) -> Organization:
    return higashi(session)


@pytest.fixture
def manager(session: Session, organization: Organization) -> Actor:
    return acting(make.user(session, organization, contact_role="primary"))


@pytest.fixture
def center(session: Session) -> Actor:
    return acting(make.user(session, make.organization(session, "みなみ", is_operator=True), staff_role="reception"))


def registered(
    session: Session, organization: Organization, manager: Actor, center: Actor, asked: AskedRights
) -> RightsRequest:
    request = ordered(session, organization, manager, center, asked)
    complete_registration(session, request, "U000123", CALENDAR, by=center, now=at(REGISTERED))
    return request


def put_off(session: Session, center: Actor) -> None:
    delay_processing_day(session, M, PUT_OFF, "システム障害のため", CALENDAR, by=center, now=at(date(2018, 12, 20)))


def test_a_delay_doesn_t_bring_back_what_was_removed_before_it_began(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10, R5-18: nothing is left of the person, whatever day the others begin on."""
    request = registered(session, organization, manager, center, AskedRights(taxis="1011"))
    person = person_of(session, request)
    enter_removal(session, organization, person, "", CALENDAR, by=manager, now=at(THOUGHT_AGAIN))
    settle_removals(session, now=at(date(2018, 12, 20), 0))
    put_off(session, center)
    for day in (date(2018, 12, 26), LATER, date(2019, 3, 1)):
        assert rights_at(session, person.id, at(day)) == {}
    # Nor does an inventory show it as a right to come.
    assert rights_left(session, [person.id], at(THOUGHT_AGAIN, 11)) == {}


def test_a_delay_keeps_a_change_of_what_hadn_t_begun(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10, R5-14: the changed code begins on the new day, not the one that was changed."""
    request = registered(session, organization, manager, center, AskedRights(taxis="1011"))
    person = person_of(session, request)
    wanted = Wanted(AskedRights(taxis="1010"))
    change = enter_change(session, organization, person, wanted, CALENDAR, by=manager, now=at(THOUGHT_AGAIN))
    put_off(session, center)
    assert rights_at(session, person.id, at(date(2018, 12, 27))) == {}
    assert rights_at(session, person.id, at(LATER)) == {T: "1010"}
    assert [part.effect_at for part in change.parts] == [at(LATER, 0)]


def test_a_delay_doesn_t_bring_back_a_changed_right_that_was_removed(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-15, R5-18: LOACUS, changed and then removed before the change began."""
    person = holder(session, organization, loacus="02010")
    wanted = Wanted(AskedRights(loacus="02011"))
    change = enter_change(session, organization, person, wanted, CALENDAR, by=manager, now=at(ENTERED))
    carry_out(session, M, 10, by=WORKER, now=at(M))
    complete_parts(session, change, {L}, CALENDAR, by=center, now=at(REGISTERED))
    removal = enter_removal(session, organization, person, "", CALENDAR, by=manager, now=at(REGISTERED, 11))
    complete_parts(session, removal, {L}, CALENDAR, by=center, now=at(THOUGHT_AGAIN))
    put_off(session, center)
    for day in (date(2018, 12, 20), date(2019, 1, 7), date(2019, 1, 15)):
        assert rights_at(session, person.id, at(day)) == {}


def test_a_new_id_given_up_before_its_rights_begin_leaves_the_old_one_all_of_them(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-21: what hasn't gone over yet stays, though the day was fixed already."""
    person = holder(session, organization, taxis="1011", juju="yes")
    new = enter_id_change(
        session, organization, person, entry(login_id="kitano@higashi-gas.example"), by=manager, now=at(ENTERED)
    )
    accept_request(session, new, CALENDAR, by=center, now=at(date(2018, 12, 14)))
    carry_out(session, M, 10, by=WORKER, now=at(M))
    complete_registration(session, new, "U000123", CALENDAR, by=center, now=at(REGISTERED))
    newcomer = person_of(session, new)
    enter_removal(session, organization, newcomer, "", CALENDAR, by=manager, now=at(THOUGHT_AGAIN))
    for day in (THOUGHT_AGAIN, date(2018, 12, 26), date(2019, 3, 1)):
        assert rights_at(session, person.id, at(day)) == {T: "1011", U: "yes"}
    assert rights_at(session, newcomer.id, at(date(2019, 3, 1))) == {}
    assert open_request_for(session, person.login_id_folded) is None


def test_a_change_doesn_t_bring_a_delayed_right_forward(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10, R5-15: LOACUS of the first M is put off beyond the start of the next M's change; a second delay moves both."""
    request = registered(session, organization, manager, center, AskedRights(loacus="02010"))
    person = person_of(session, request)
    complete_parts(session, request, {L}, CALENDAR, by=center, now=at(THOUGHT_AGAIN))
    wanted, second = Wanted(AskedRights(loacus="02011")), date(2019, 1, 7)
    change = enter_change(session, organization, person, wanted, CALENDAR, by=manager, now=at(THOUGHT_AGAIN))
    assert change.processing_date == second
    far, farther = date(2019, 1, 31), date(2019, 2, 7)
    days = (StartingDays(LATER, far), StartingDays(LATER, farther))
    delay_processing_day(session, M, days[0], "障害", CALENDAR, by=center, now=at(date(2018, 12, 20)))
    carry_out(session, second, 10, by=WORKER, now=at(second))
    complete_parts(session, change, {L}, CALENDAR, by=center, now=at(date(2019, 1, 8)))
    for day, held in ((date(2019, 1, 30), {}), (far, {L: "02011"})):
        assert rights_at(session, person.id, at(day, 0)) == held
    delay_processing_day(session, M, days[1], "障害", CALENDAR, by=center, now=at(date(2019, 1, 9)))
    for day, held in ((date(2019, 2, 6), {}), (farther, {L: "02011"})):
        assert rights_at(session, person.id, at(day, 0)) == held
    assert [part.effect_at for part in (*request.parts, *change.parts)] == [at(farther, 0)] * 2


def test_one_who_can_t_be_set_anew_holds_nobody_up(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-43, R2-4, G4: a deleted primary contact manager, whose place another one has; the run goes on for all others."""
    gone = make.user(session, organization, contact_role="primary", deleted_at=at(date(2018, 12, 1)))
    asked = AskedRights(taxis="1011")
    stuck = accepted(session, organization, manager, center, asked, login_id=gone.login_id)
    other = accepted(session, organization, manager, center, asked, login_id="other@higashi-gas.example")
    chunk = carry_out(session, M, 10, by=WORKER, now=at(M))
    assert [public_id for public_id, _reason in chunk.failed] == [stuck.public_id]
    assert (stuck.ordered_at, other.ordered_at, gone.deleted_at) == (None, at(M), at(date(2018, 12, 1)))
