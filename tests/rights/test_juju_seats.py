from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import Actor
from rights.codes import AskedRights
from rights.juju_seats import seat_numbers, seats_taken
from rights.models import HeldRight, RightsRequest
from tests import make
from tests.certificates import NOW
from tests.rights.entries import acting, entered, higashi

JUJU = AskedRights(juju="yes")


@pytest.fixture
def organization(session: Session) -> Organization:
    return higashi(session)


@pytest.fixture
def manager(session: Session, organization: Organization) -> Actor:
    return acting(make.user(session, organization, contact_role="primary"))


def ask(session: Session, of: Organization, by: Actor, name: str, **changes: object) -> RightsRequest:
    login_id = f"{name}@higashi-gas.example"
    return entered(session, of, by, NOW, **({"login_id": login_id, "asked": JUJU, "memo": "交代要員"} | changes))


def test_holders_contractors_people_and_those_asked_for_are_counted(
    session: Session, organization: Organization, manager: Actor
) -> None:
    """R5-5: nobody else's, and nobody whose right or request has ended."""
    contractor = make.contractor(session, organization)
    make.user(session, organization, rights={"JUJU": "yes", "TAXIS": "1011"})
    make.user(session, organization, rights={"JUJU": "yes"}, contractor_id=contractor.id)
    make.user(session, organization, rights={"TAXIS": "1011"})
    past, future = make.user(session, organization), make.user(session, organization)
    earlier, later = NOW - timedelta(days=20), NOW + timedelta(days=9)
    session.add(HeldRight(user_id=past.id, system="JUJU", code="yes", from_at=earlier, until_at=NOW))
    session.add(HeldRight(user_id=future.id, system="JUJU", code="yes", from_at=later))
    make.user(session, make.organization(session), rights={"JUJU": "yes"})
    ask(session, organization, manager, "a")
    ask(session, organization, manager, "b", asked=AskedRights(taxis="1011"))
    ask(session, organization, manager, "c").state = "withdrawn"
    session.flush()
    assert seats_taken(session, organization.id, NOW) == 4
    assert seats_taken(session, organization.id + 1000, NOW) == 0


def test_each_request_has_its_place_behind_the_holders(
    session: Session, organization: Organization, manager: Actor
) -> None:
    """R5-5: what staff see beside it."""
    for _ in range(4):
        make.user(session, organization, rights={"JUJU": "yes"})
    other = higashi_two(session)
    stranger = acting(make.user(session, other, contact_role="primary"))
    requests = [ask(session, organization, manager, name) for name in "ab"]
    requests += [
        ask(session, other, stranger, "c"),
        ask(session, organization, manager, "d", asked=AskedRights("1011")),
    ]
    numbers = seat_numbers(session, requests, NOW)
    assert [numbers.get(request.id) for request in requests] == [5, 6, 1, None]


def higashi_two(session: Session) -> Organization:
    return make.organization(session, "みなみガス販売", systems=("JUJU",), kinds=("retailer",))
