"""Having a certificate is not enough: it must be registered for the organization (R4-3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from auth.models import Certificate, CertificateRegistration, Organization
from auth.registry import register_certificate, resume_registration, revoke_certificate, suspend_registration
from base.actors import COMMAND
from base.audit import AuditEntry
from base.db import transaction
from base.refusals import Conflict, Refused
from tests import make
from tests.certificates import (
    NOW,
    authority,
    good,
    other_authority,
    pinned,
    recreated_authority,
    rsa_authority,
    version_1,
)

LATER = NOW + timedelta(hours=1)


def actions(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_registered_certificate_is_kept_by_all_that_identifies_it(session: Session) -> None:
    """R4-3, R4-4, R8-1: issuer and serial, and the SHA-256 of the whole."""
    of, issued = make.organization(session), good()
    row = register_certificate(session, issued.der, of, "営業部PC-03", pinned(), by=COMMAND, now=NOW)
    kept = session.get_one(Certificate, row.certificate_id)
    assert len(kept.fingerprint) == 64
    assert int(kept.serial, 16) == issued.certificate.serial_number
    assert kept.not_after == issued.certificate.not_valid_after_utc
    assert kept.not_before == issued.certificate.not_valid_before_utc
    assert kept.pem == issued.pem.decode()
    assert (row.pc_name, row.registered_at, row.suspended_at) == ("営業部PC-03", NOW, None)
    (line,) = session.scalars(select(AuditEntry)).all()
    assert (line.action, line.organization_id) == ("certificate.registered", of.id)
    assert kept.fingerprint in line.after


def test_one_certificate_may_serve_several_organizations(session: Session) -> None:
    """R4-4: a contractor's PC."""
    issued = make.client_certificate()
    rows = [make.registration(session, make.organization(session), issued, f"PC-{number}") for number in range(3)]
    assert len({row.certificate_id for row in rows}) == 1
    assert [row.pc_name for row in rows] == ["PC-0", "PC-1", "PC-2"]


def test_the_same_one_twice_for_one_organization_is_refused(session: Session) -> None:
    """R4-3."""
    of, issued = make.organization(session), make.client_certificate()
    make.registration(session, of, issued)
    with pytest.raises(Refused, match="すでに登録"):
        make.registration(session, of, issued, "another name")
    assert actions(session) == ["certificate.registered"]


def test_everything_against_a_certificate_is_named_and_nothing_is_kept(session: Session) -> None:
    """R4-2, R4-3, R8-3."""
    of = make.organization(session)
    cases = {
        "認証局が発行した": other_authority().issue_client(not_before=NOW).der,
        "認証局の鍵": recreated_authority().issue_client(not_before=NOW).der,
        "2年と1日": authority().issue_client(not_before=NOW, not_after=NOW + timedelta(days=740)).der,
        "期限が切れ": authority().issue_client(not_before=NOW - timedelta(days=9), not_after=NOW).der,
        "v1": version_1(),
        "読み取れ": b"garbage",
    }
    for reason, der in cases.items():
        with pytest.raises(Refused, match=reason):
            register_certificate(session, der, of, "PC", pinned(), by=COMMAND, now=NOW)
    assert session.scalars(select(Certificate)).all() == []
    assert actions(session) == []


def test_a_revoked_certificate_is_registered_for_nobody_else(session: Session) -> None:
    """A11."""
    issued = make.client_certificate()
    row = make.registration(session, make.organization(session), issued)
    revoke_certificate(row.certificate, session=session, by=COMMAND, now=NOW)
    with pytest.raises(Refused, match="失効"):
        make.registration(session, make.organization(session), issued)


def test_one_number_of_one_issuer_stands_for_one_certificate(session: Session) -> None:
    """A14, R4-4: also where the CA gave it away twice."""
    one, two = (authority().issue_client(name, not_before=NOW, serial=4711) for name in ("a", "b"))
    of = make.organization(session)
    make.registration(session, of, one)
    with pytest.raises(Refused, match="シリアル番号"):
        make.registration(session, of, two)
    assert len(session.scalars(select(Certificate)).all()) == 1


def test_the_same_number_of_another_issuer_is_another_certificate(session: Session) -> None:
    """A14, R4-2: an old CA and a new one beside each other."""
    of = make.organization(session)
    for ca in (authority(), rsa_authority()):
        make.registration(session, of, ca.issue_client(not_before=NOW, serial=4712))
    assert len(session.scalars(select(CertificateRegistration)).all()) == 2


def test_a_suspension_counts_for_one_organization_and_once(session: Session) -> None:
    """R4-5, R8-1."""
    issued = make.client_certificate()
    one, two = (make.registration(session, make.organization(session), issued) for _ in range(2))
    suspend_registration(one, session=session, by=COMMAND, now=NOW)
    with pytest.raises(Conflict):
        suspend_registration(one, session=session, by=COMMAND, now=LATER)
    assert (one.suspended_at, two.suspended_at) == (NOW, None)
    assert actions(session)[2:] == ["certificate.suspended"]


def test_a_revocation_counts_for_all_and_once(session: Session) -> None:
    """A11, R8-1."""
    row = make.registration(session, make.organization(session), make.client_certificate())
    revoke_certificate(row.certificate, session=session, by=COMMAND, now=NOW)
    with pytest.raises(Conflict):
        revoke_certificate(row.certificate, session=session, by=COMMAND, now=LATER)
    assert row.certificate.revoked_at == NOW
    assert actions(session) == ["certificate.registered", "certificate.revoked"]


def test_of_several_who_register_the_same_at_once_one_does(engine: Engine) -> None:
    """R4-3, R4-4: the others are told, nobody gets a fault, and the trail has one line."""
    issued, cas = good(), pinned()
    with transaction(Session(engine)) as session:
        of = make.organization(session).id

    def register(_: int) -> bool:
        try:
            with transaction(Session(engine)) as session:
                register_certificate(
                    session, issued.der, session.get_one(Organization, of), "PC-01", cas, by=COMMAND, now=NOW
                )
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(register, range(4))) == [False, False, False, True]
    with Session(engine) as session:
        assert len(session.scalars(select(CertificateRegistration)).all()) == 1
        assert actions(session) == ["certificate.registered"]


def test_a_suspension_is_taken_back_once_and_never_after_a_revocation(session: Session) -> None:
    """R4-5, R8-1: the reason stays in the trail."""
    row = make.registration(session, make.organization(session), make.client_certificate())
    with pytest.raises(Conflict, match="停止されていません"):
        resume_registration(row, session=session, by=COMMAND, now=NOW)
    suspend_registration(row, session=session, by=COMMAND, now=NOW, reason="紛失")
    assert row.suspend_reason == "紛失"
    resume_registration(row, session=session, by=COMMAND, now=LATER)
    session.refresh(row)
    assert [row.suspended_at, row.suspend_reason] == [None, None]
    assert actions(session)[1:] == ["certificate.suspended", "certificate.resumed"]
    suspend_registration(row, session=session, by=COMMAND, now=LATER)
    revoke_certificate(row.certificate, session=session, by=COMMAND, now=LATER, reason="漏えい")
    for change in (suspend_registration, resume_registration):
        with pytest.raises(Conflict, match="失効"):
            change(row, session=session, by=COMMAND, now=LATER)
    assert row.certificate.revoke_reason == "漏えい"


def test_an_organization_that_has_ended_gets_no_certificate(session: Session) -> None:
    """A17: from the moment of its end."""
    ended = make.organization(session, ended_at=NOW)
    with pytest.raises(Refused, match="利用を終了"):
        make.registration(session, ended, make.client_certificate())
    make.registration(session, make.organization(session, ended_at=LATER), make.client_certificate())
