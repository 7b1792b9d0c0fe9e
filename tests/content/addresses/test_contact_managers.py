"""What the database itself refuses, whoever writes into it."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests import make
from tests.certificates import NOW


def test_an_organization_has_one_primary_contact_manager_and_any_number_of_deputies(session: Session) -> None:
    """R2-4: of those who are there; whoever was deleted leaves the place free."""
    higashi, nishi = make.organization(session), make.organization(session)
    first = make.user(session, higashi, contact_role="primary")
    for of, role in ((higashi, "deputy"), (higashi, "deputy"), (nishi, "primary")):
        make.user(session, of, contact_role=role)
    with pytest.raises(IntegrityError), session.begin_nested():
        make.user(session, higashi, contact_role="primary")
    first.deleted_at = NOW
    assert make.user(session, higashi, contact_role="primary").contact_role == "primary"


@pytest.mark.parametrize("role", ["chief", "PRIMARY", ""])
def test_there_are_no_other_contact_roles(session: Session, role: str) -> None:
    """R2-4."""
    of = make.organization(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        make.user(session, of, contact_role=role)


def test_each_contact_manager_has_an_id_of_his_own(session: Session) -> None:
    """R2-4, R5-7: also across organizations and whatever the case."""
    make.user(session, make.organization(session), "madoguchi@higashi-gas.example", contact_role="primary")
    other = make.organization(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        make.user(session, other, "Madoguchi@Higashi-Gas.example", contact_role="primary")


def test_an_organization_holds_an_address_once_until_it_is_removed(session: Session) -> None:
    """R7-10, R7-15."""
    of = make.organization(session)
    staff = make.user(session, make.organization(session), staff_role="reception")
    first = make.address(session, of, staff, "tanto@higashi-gas.example")
    with pytest.raises(IntegrityError), session.begin_nested():
        make.address(session, of, staff, "TANTO@higashi-gas.example")
    make.address(session, make.organization(session), staff, "tanto@higashi-gas.example")
    first.removed_at = NOW
    assert make.address(session, of, staff, "tanto@higashi-gas.example").removed_at is None
