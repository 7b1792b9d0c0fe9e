"""Two at the same moment, on each database: exactly one wins, the other is told where the request stands."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import Actor
from base.db import transaction
from rights.codes import AskedRights
from rights.id_refusals import NOT_YOURS
from rights.models import RightsRequest
from tests import make
from tests.certificates import NOW
from tests.rights.entries import acting, entered
from tests.rights.stage import Stage

ROUNDS = 8


@pytest.fixture
def stage(engine: Engine) -> Stage:
    return Stage(engine)


def test_of_one_person_entered_twice_at_once_one_request_comes(stage: Stage) -> None:
    """R5-17, R5-7: the second is told the number of the first."""

    def operation(session: Session) -> None:
        entered(session, session.get_one(Organization, stage.organization_id), stage.manager, NOW)

    outcomes = stage.at_once(*[operation] * 6)
    lost = [outcome for outcome in outcomes if outcome is not None]
    assert len(lost) == 5
    assert all("N-2611-0001" in outcome.reason for outcome in lost)


def test_two_organizations_that_enter_one_id_at_once_learn_nothing_of_each_other(stage: Stage) -> None:
    """R5-7, R8-4: no lock is common to them; the unique index decides."""
    with transaction(Session(stage.engine)) as session:
        other = make.organization(session, "にしガス", systems=("JOHS",), kinds=("retailer",))
        other_id, stranger = other.id, acting(make.user(session, other, contact_role="primary"))

    def entering(organization_id: int, by: Actor, login_id: str) -> Callable[[Session], None]:
        def operation(session: Session) -> None:
            of = session.get_one(Organization, organization_id)
            entered(session, of, by, NOW, login_id=login_id, asked=AskedRights(johs="J1010"))

        return operation

    for number in range(ROUNDS):
        login_id = f"both{number}@shared.example"
        outcomes = stage.at_once(
            entering(stage.organization_id, stage.manager, login_id), entering(other_id, stranger, login_id.upper())
        )
        lost = [outcome for outcome in outcomes if outcome is not None]
        assert [(outcome.reason, outcome.field) for outcome in lost] == [(NOT_YOURS, "login_id")]


def test_numbers_given_at_once_are_each_given_once(stage: Stage) -> None:
    def entering(number: int) -> Callable[[Session], None]:
        def operation(session: Session) -> None:
            of = session.get_one(Organization, stage.organization_id)
            entered(session, of, stage.manager, NOW, login_id=f"p{number}@higashi-gas.example")

        return operation

    assert stage.at_once(*[entering(number) for number in range(8)]) == [None] * 8
    with Session(stage.engine) as session:
        assert session.scalar(select(func.count()).select_from(RightsRequest)) == 8
        numbers = session.scalars(select(RightsRequest.number).order_by(RightsRequest.number)).all()
    assert numbers == [f"N-2611-{place:04d}" for place in range(1, 9)]


def test_of_two_who_take_the_last_juju_seat_at_once_one_needs_a_reason(stage: Stage) -> None:
    """R5-5."""
    with transaction(Session(stage.engine)) as session:
        of = session.get_one(Organization, stage.organization_id)
        for _ in range(4):
            make.user(session, of, rights={"JUJU": "yes"})

    def entering(number: int) -> Callable[[Session], None]:
        def operation(session: Session) -> None:
            of = session.get_one(Organization, stage.organization_id)
            login_id = f"p{number}@higashi-gas.example"
            entered(session, of, stage.manager, NOW, login_id=login_id, asked=AskedRights(juju="yes"))

        return operation

    outcomes = stage.at_once(entering(1), entering(2))
    assert [outcome.field for outcome in outcomes if outcome is not None] == ["memo"]
