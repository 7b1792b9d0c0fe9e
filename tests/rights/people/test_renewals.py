"""R5-43: a deleted ID is set anew in one step."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from auth.models import DormancyStep, Organization, User
from base.actors import Actor
from base.refusals import Refused
from rights.codes import AskedRights
from rights.dormancy_todos import unremoved
from rights.models import RightsRequest
from rights.removals import enter_removal
from rights.renewals import enter_anew
from rights.right_changes import rights_at
from tests import make
from tests.rights.entries import CALENDAR, acting, at, entry, higashi
from tests.rights.test_whole_way import LONG_AGO, holder

TODAY = date(2018, 12, 13)


@pytest.fixture
def organization(session: Session) -> Organization:
    return higashi(session)


@pytest.fixture
def manager(session: Session, organization: Organization) -> Actor:
    return acting(make.user(session, organization, contact_role="primary"))


@pytest.fixture
def deleted(session: Session, organization: Organization) -> User:
    person = holder(session, organization, taxis="1010", loacus="02010")
    person.deleted_at = at(TODAY - timedelta(days=5))
    step = {"stage": "deletion", "on": TODAY, "at": at(TODAY), "counted_from": LONG_AGO}
    session.add(DormancyStep(user_id=person.id, **step))
    session.flush()
    return person


def anew(session: Session, organization: Organization, person: User, by: Actor, **asked: str) -> RightsRequest:
    wanted = entry(login_id=person.login_id, asked=AskedRights(**asked))
    return enter_anew(session, organization, person, wanted, CALENDAR, by=by, now=at(TODAY))


def test_the_removal_takes_effect_at_once_and_the_new_request_runs(
    session: Session, organization: Organization, manager: Actor, deleted: User
) -> None:
    """R5-43: the to-do stands until then."""
    assert list(unremoved(session, organization.id, at(TODAY))) == [deleted]
    new = anew(session, organization, deleted, manager, taxis="1011")
    assert (new.kind, new.state) == ("new", "entered")
    assert rights_at(session, deleted.id, at(TODAY)) == {}
    assert unremoved(session, organization.id, at(TODAY)) == []


def test_a_removal_that_was_entered_before_is_finished_by_it(
    session: Session, organization: Organization, manager: Actor, deleted: User
) -> None:
    """R5-17, R5-43: and asking for it alone ends the to-do as well."""
    removal = enter_removal(session, organization, deleted, "", CALENDAR, by=manager, now=at(TODAY))
    assert unremoved(session, organization.id, at(TODAY)) == []
    anew(session, organization, deleted, manager, taxis="1011")
    assert (removal.state, rights_at(session, deleted.id, at(TODAY))) == ("completed", {})


def test_only_who_is_gone_is_set_anew(
    session: Session, organization: Organization, manager: Actor, deleted: User
) -> None:
    """R5-13, R5-43: nothing is removed where the new request is refused."""
    there = holder(session, organization, taxis="1010")
    with pytest.raises(Refused, match="削除されていません"):
        anew(session, organization, there, manager, taxis="1011")
    with pytest.raises(Refused):
        anew(session, organization, deleted, manager)
    assert rights_at(session, deleted.id, at(TODAY)) != {}
