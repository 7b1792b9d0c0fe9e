"""From the entry to the day of use, and on: change, removal (R5-10 to R5-18, R5-33)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import CredentialPair, Organization, User
from base.actors import WORKER, Actor
from base.refusals import Conflict
from rights.changes import Wanted, enter_change, withdraw_change
from rights.codes import AskedRights, System
from rights.completions import complete_parts, complete_registration
from rights.models import RightsRequest
from rights.processing.run import carry_out
from rights.removals import enter_removal, settle_removals, withdraw_removal
from rights.requests import accept_request
from rights.right_changes import rights_at
from tests import make
from tests.rights.entries import CALENDAR, acting, at, entered, higashi

T, J, U, L = System.TAXIS, System.JOHS, System.JUJU, System.LOACUS
MOST = 100


@pytest.fixture
def organization(session: Session) -> Organization:
    return higashi(session)


@pytest.fixture
def manager(session: Session, organization: Organization) -> Actor:
    return acting(make.user(session, organization, contact_role="primary"))


@pytest.fixture
def center(session: Session) -> Actor:
    operator = make.organization(session, "みなみ", is_operator=True)
    return acting(make.user(session, operator, staff_role="reception"))


def run(session: Session, day: date) -> int:
    return carry_out(session, day, MOST, by=WORKER, now=at(day)).ordered


def ordered(session: Session, organization: Organization, manager: Actor, center: Actor) -> RightsRequest:
    """R5-33's second line: entered 12-13, accepted 12-14, carried out on 12-17."""
    asked = AskedRights(taxis="1011", juju="yes")
    request = entered(session, organization, manager, at(date(2018, 12, 13)), asked=asked)
    accept_request(session, request, CALENDAR, by=center, now=at(date(2018, 12, 14)))
    assert run(session, date(2018, 12, 16)) == 0
    assert run(session, date(2018, 12, 17)) == 1
    return request


def held_on(session: Session, request: RightsRequest, day: date) -> dict[System, str]:
    assert request.user_id is not None
    return rights_at(session, request.user_id, at(day))


def holder(session: Session, organization: Organization, **rights: str) -> User:
    return make.user(
        session, organization, rights={name.upper(): code for name, code in rights.items()}, created_at=LONG_AGO
    )


LONG_AGO = at(date(2018, 1, 10))


def test_the_worked_example_from_entry_to_use(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10, R5-33: TAXIS on 12-26 and not on 12-25, JUJU on 2019-01-07."""
    request = ordered(session, organization, manager, center)
    user = session.get_one(User, request.user_id)
    assert user.password_hash is None
    assert session.scalars(select(CredentialPair.user_id)).all() == [user.id]
    complete_registration(session, request, "U000123", CALENDAR, by=center, now=at(date(2018, 12, 18)))
    assert request.state == "accepted"
    complete_parts(session, request, {U}, CALENDAR, by=center, now=at(date(2018, 12, 20)))
    assert (request.state, user.user_number) == ("completed", "U000123")
    days = (date(2018, 12, 25), date(2018, 12, 26), date(2019, 1, 6), date(2019, 1, 7))
    assert [set(held_on(session, request, day)) for day in days] == [set(), {T}, {T}, {T, U}]


def test_a_completion_entered_late_takes_effect_with_its_entry(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-10: the later of the day and the entry."""
    request = ordered(session, organization, manager, center)
    late = at(date(2019, 1, 9))
    complete_registration(session, request, "U000123", CALENDAR, by=center, now=late)
    assert rights_at(session, request.user_id or 0, late - timedelta(seconds=1)) == {}
    assert rights_at(session, request.user_id or 0, late) == {T: "1011"}


def test_completions_come_in_their_order_and_once(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """G7, R5-10: not before M, ⑩ not before ⑥, neither twice."""
    asked = AskedRights(johs="J1010", loacus="02010")
    request = entered(session, organization, manager, at(date(2018, 12, 13)), asked=asked)
    accept_request(session, request, CALENDAR, by=center, now=at(date(2018, 12, 14)))
    with pytest.raises(Conflict):
        complete_registration(session, request, "U1", CALENDAR, by=center, now=at(date(2018, 12, 14)))
    run(session, date(2018, 12, 17))
    with pytest.raises(Conflict):
        complete_parts(session, request, {L}, CALENDAR, by=center, now=at(date(2018, 12, 17)))
    complete_registration(session, request, "U1", CALENDAR, by=center, now=at(date(2018, 12, 18)))
    with pytest.raises(Conflict):
        complete_registration(session, request, "U1", CALENDAR, by=center, now=at(date(2018, 12, 18)))
    complete_parts(session, request, {L}, CALENDAR, by=center, now=at(date(2018, 12, 18)))
    with pytest.raises(Conflict):
        complete_parts(session, request, {L}, CALENDAR, by=center, now=at(date(2018, 12, 18)))


def test_a_run_that_is_repeated_or_late_does_each_request_once(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """G4, G6."""
    ordered(session, organization, manager, center)
    assert (run(session, date(2018, 12, 17)), run(session, date(2018, 12, 20))) == (0, 0)
    assert len(session.scalars(select(CredentialPair)).all()) == 1


def test_a_change_of_taxis_takes_effect_at_once_and_is_complete(
    session: Session, organization: Organization, manager: Actor
) -> None:
    """R5-14, R5-15."""
    user, now = holder(session, organization, taxis="1010", loacus="02010"), at(date(2026, 11, 25))
    wanted = Wanted(AskedRights(taxis="1011", johs="J1010", loacus="02010"))
    request = enter_change(session, organization, user, wanted, CALENDAR, by=manager, now=now)
    assert (request.state, request.processing_date) == ("completed", None)
    assert rights_at(session, user.id, now) == {T: "1011", J: "J1010", L: "02010"}
    assert rights_at(session, user.id, now - timedelta(seconds=1)) == {T: "1010", L: "02010"}


def test_a_change_of_loacus_waits_for_m_and_the_old_right_stays_until_then(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-15: by the date of the entry; in use from M+9."""
    user = holder(session, organization, taxis="1010", loacus="02010")
    wanted = Wanted(AskedRights(taxis="1011", loacus="02011"))
    request = enter_change(session, organization, user, wanted, CALENDAR, by=manager, now=at(date(2018, 12, 3)))
    assert (request.state, request.processing_date) == ("entered", date(2018, 12, 17))
    assert run(session, date(2018, 12, 17)) == 1
    complete_parts(session, request, {L}, CALENDAR, by=center, now=at(date(2018, 12, 19)))
    assert request.state == "completed"
    days = (date(2018, 12, 3), date(2019, 1, 6), date(2019, 1, 7))
    assert [held_on(session, request, day)[L] for day in days] == ["02010", "02010", "02011"]


def test_the_slow_part_of_a_change_can_be_taken_back_before_m(
    session: Session, organization: Organization, manager: Actor
) -> None:
    """R5-17: what was done at once stays."""
    user = holder(session, organization, taxis="1010", loacus="02010")
    wanted = Wanted(AskedRights(taxis="1011", loacus="02011"))
    request = enter_change(session, organization, user, wanted, CALENDAR, by=manager, now=at(date(2018, 12, 3)))
    with pytest.raises(Conflict):
        withdraw_change(session, request, by=manager, now=at(date(2018, 12, 17)))
    withdraw_change(session, request, by=manager, now=at(date(2018, 12, 14)))
    assert (request.state, run(session, date(2018, 12, 17))) == ("completed", 0)
    assert held_on(session, request, date(2019, 2, 1)) == {T: "1011", L: "02010"}


def test_a_removal_ends_taxis_at_midnight_and_loacus_with_the_entry(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-18: JUJU and LOACUS may be completed before M."""
    user = holder(session, organization, taxis="1010", loacus="02010")
    entered_at = at(date(2026, 11, 25))
    request = enter_removal(session, organization, user, "", CALENDAR, by=manager, now=entered_at)
    midnight = at(date(2026, 11, 26), hour=0)
    assert T in rights_at(session, user.id, midnight - timedelta(seconds=1))
    assert T not in rights_at(session, user.id, midnight)
    completed_at = at(date(2026, 11, 27))
    complete_parts(session, request, {L}, CALENDAR, by=center, now=completed_at)
    assert rights_at(session, user.id, completed_at) == {}
    assert request.state == "completed"


def test_a_removal_cancels_the_open_request(session: Session, organization: Organization, manager: Actor) -> None:
    """R5-17: and what it had brought ends with it."""
    user, now = holder(session, organization, taxis="1010", loacus="02010"), at(date(2026, 11, 25))
    wanted = Wanted(AskedRights(taxis="1010", loacus="02011"))
    change = enter_change(session, organization, user, wanted, CALENDAR, by=manager, now=now)
    removal = enter_removal(session, organization, user, "", CALENDAR, by=manager, now=now)
    assert (change.state, removal.state) == ("cancelled", "entered")
    assert enter_removal(session, organization, user, "", CALENDAR, by=manager, now=now) is removal


def test_a_removal_can_be_taken_back_until_it_takes_effect(
    session: Session, organization: Organization, manager: Actor
) -> None:
    """R5-17."""
    user, now = holder(session, organization, taxis="1010", johs="J1010"), at(date(2026, 11, 25))
    request = enter_removal(session, organization, user, "", CALENDAR, by=manager, now=now)
    withdraw_removal(session, request, by=manager, now=now + timedelta(minutes=5))
    assert rights_at(session, user.id, at(date(2026, 12, 1))) == {T: "1010", J: "J1010"}
    again = enter_removal(session, organization, user, "", CALENDAR, by=manager, now=now)
    with pytest.raises(Conflict):
        withdraw_removal(session, again, by=manager, now=at(date(2026, 11, 26)))
    assert settle_removals(session, now=at(date(2026, 11, 26))) == 1
    assert again.state == "completed"


def test_an_id_that_is_set_anew_opens_with_nothing_of_before(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """R5-18, R5-43: neither password nor mailed link; the person is invited as a new one."""
    before = make.user(
        session, organization, "kitajima@higashi-gas.example", created_at=LONG_AGO, reset_sent_at=LONG_AGO
    )
    request = ordered(session, organization, manager, center)
    assert request.user_id == before.id
    assert (before.password_hash, before.reset_sent_at, before.reset_version) == (None, None, 1)
    assert session.scalars(select(CredentialPair.user_id)).all() == [before.id]


def test_what_can_not_be_carried_out_holds_nobody_else_up(
    session: Session, organization: Organization, manager: Actor, center: Actor
) -> None:
    """G8: the organization has ended since; the next one's request is carried out all the same."""
    other = make.organization(session, "にしガス", systems=("JOHS",), kinds=("retailer",))
    asked = AskedRights(johs="J1010")
    ended = entered(session, organization, manager, at(date(2018, 12, 13)), asked=asked)
    nishi = acting(make.user(session, other, contact_role="primary"))
    good = entered(session, other, nishi, at(date(2018, 12, 13)), asked=asked, login_id="minami@nishi-gas.example")
    for request in (ended, good):
        accept_request(session, request, CALENDAR, by=center, now=at(date(2018, 12, 14)))
    organization.ended_at = at(date(2018, 12, 16))
    session.flush()
    assert carry_out(session, date(2018, 12, 17), 1, by=WORKER, now=at(date(2018, 12, 17))).ordered == 1
    assert (ended.ordered_at, good.ordered_at) == (None, at(date(2018, 12, 17)))
