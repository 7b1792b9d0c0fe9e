from datetime import timedelta

from sqlalchemy.orm import Session

from auth.registry import revoke_certificate, suspend_registration
from auth.usable_certificates import has_usable_certificate
from base.actors import COMMAND
from tests import make
from tests.certificates import NOW


def test_a_registered_certificate_within_its_dates_is_usable(session: Session) -> None:
    """R4-3, R6-1: and for its own organization only."""
    higashi, nishi = make.organization(session), make.organization(session)
    assert not has_usable_certificate(session, higashi.id, NOW)
    registration = make.registration(session, higashi, make.client_certificate())
    assert has_usable_certificate(session, higashi.id, NOW)
    assert not has_usable_certificate(session, nishi.id, NOW)
    end = registration.certificate.not_after
    assert has_usable_certificate(session, higashi.id, end - timedelta(seconds=1))
    assert not has_usable_certificate(session, higashi.id, end)
    assert not has_usable_certificate(session, higashi.id, registration.certificate.not_before - timedelta(seconds=1))


def test_a_suspended_or_revoked_one_is_not(session: Session) -> None:
    """R4-5."""
    higashi, nishi = make.organization(session), make.organization(session)
    suspended = make.registration(session, higashi, make.client_certificate())
    revoked = make.registration(session, nishi, make.client_certificate())
    suspend_registration(suspended, session=session, by=COMMAND, now=NOW)
    revoke_certificate(revoked.certificate, session=session, by=COMMAND, now=NOW)
    session.flush()
    assert not has_usable_certificate(session, higashi.id, NOW)
    assert not has_usable_certificate(session, nishi.id, NOW)
    make.registration(session, higashi, make.client_certificate())
    assert has_usable_certificate(session, higashi.id, NOW)
