"""Rules doubled as constraints: what no race and no forgotten check can break, on both databases."""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from auth.models import CertificateRegistration, OrganizationKind, OrganizationSystem
from tests import make
from tests.certificates import NOW


def is_refused(session: Session, row: object) -> bool:
    with session.begin_nested() as inner:
        session.add(row)
        try:
            session.flush()
        except IntegrityError:
            inner.rollback()
            return True
    return False


def refused_user(session: Session, **facts: Any) -> bool:
    try:
        with session.begin_nested():
            make.user(session, make.organization(session) if "of" not in facts else facts.pop("of"), **facts)
    except IntegrityError:
        return True
    return False


def test_an_organization_has_one_primary_contact_manager_and_any_number_of_deputies(session: Session) -> None:
    """R2-4."""
    of = make.organization(session)
    assert not refused_user(session, of=of, contact_role="primary")
    assert refused_user(session, of=of, contact_role="primary")
    assert not refused_user(session, of=of, contact_role="deputy")
    assert not refused_user(session, of=of, contact_role="deputy")
    assert not refused_user(session, contact_role="primary")


def test_a_primary_who_was_deleted_leaves_the_seat(session: Session) -> None:
    """R2-4."""
    of = make.organization(session)
    assert not refused_user(session, of=of, contact_role="primary", deleted_at=NOW)
    assert not refused_user(session, of=of, contact_role="primary")
    assert refused_user(session, of=of, contact_role="primary")


@pytest.mark.parametrize("again", ["taro@higashi-gas.example", "TARO@higashi-gas.example", "Taro@HIGASHI-GAS.example"])
def test_an_id_is_one_persons_whatever_its_case(session: Session, again: str) -> None:
    """R5-7: over all organizations, and after a deletion too (R5-18)."""
    assert not refused_user(session, login_id="taro@higashi-gas.example", deleted_at=NOW)
    assert refused_user(session, login_id=again)


@pytest.mark.parametrize(
    "facts",
    [
        {"locked_at": NOW},
        {"lock_reason": "password"},
        {"locked_at": NOW, "lock_reason": "mood"},
        {"wrong_passwords": -1},
        {"staff_role": "king"},
        {"contact_role": "second"},
    ],
)
def test_what_makes_no_sense_is_not_stored(session: Session, facts: dict[str, Any]) -> None:
    """R6-3: a lock has its reason, a reason its lock."""
    assert refused_user(session, **facts)


@pytest.mark.parametrize("reason", ["password", "answer", "dormancy", "staff"])
def test_a_lock_has_one_of_four_reasons(session: Session, reason: str) -> None:
    """R6-3."""
    assert not refused_user(session, locked_at=NOW, lock_reason=reason)


def test_an_organization_has_known_kinds_and_systems_alone(session: Session) -> None:
    """R5-4."""
    of = make.organization(session)
    assert is_refused(session, OrganizationKind(organization_id=of.id, kind="wholesaler"))
    assert is_refused(session, OrganizationSystem(organization_id=of.id, system="MAIL"))
    assert not is_refused(session, OrganizationSystem(organization_id=of.id, system="API"))


def test_a_registration_needs_its_certificate_and_its_organization(session: Session) -> None:
    """R4-3."""
    row = make.registration(session, make.organization(session), make.client_certificate())
    for certificate_id, organization_id in ((row.certificate_id, 4711), (4711, row.organization_id)):
        odd = CertificateRegistration(
            certificate_id=certificate_id, organization_id=organization_id, pc_name="PC", registered_at=NOW
        )
        assert is_refused(session, odd)
