"""The issuing CAs as rows: taken in with every fault named, the next beside the old, ended without hurting anybody."""

from datetime import timedelta

import pytest
from click.testing import Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.ca_queries import cas_to_trust, counts_of, issuing_cas, known_cas
from auth.ca_registry import add_ca, end_ca
from auth.ca_rules import ca_refusals, ders_of_bundle
from auth.certificate_facts import Unreadable
from auth.issuing_cas import IssuingCas
from auth.models import Certificate, IssuingCa
from auth.registry import register_certificate
from base.actors import COMMAND
from base.audit import AuditEntry
from base.db import db, transaction
from base.refusals import Conflict, Refused
from demo.authority import Authority, Issued, hash_for, make_authority, new_key
from tests import make
from tests.cast import Cast
from tests.certificates import (
    ISSUED_AT,
    NOW,
    UNKNOWN_EXTENSION,
    authority,
    good,
    other_authority,
    pinned,
    recreated_authority,
    rsa_authority,
)

CA = authority().ca


def odd_ca(
    *, ca: bool = True, signs: bool = True, lists: bool = True, extra: x509.ExtensionType | None = None
) -> bytes:
    """As `make_authority` builds it, but for one thing."""
    key, name = new_key(), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Odd CA")])
    none = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    usage = x509.KeyUsage(True, key_cert_sign=signs, crl_sign=lists, encipher_only=False, decipher_only=False, **none)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, ISSUED_AT, NOW + timedelta(days=900))
    builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True).add_extension(usage, critical=True)
    if extra is not None:
        builder = builder.add_extension(extra, critical=True)
    return Issued(builder.sign(key, hash_for(key)), key).der


def signed_by_another_of_its_name() -> bytes:
    """It says that it signed itself, and did not."""
    one, two = authority(), recreated_authority()
    builder = x509.CertificateBuilder(
        one.ca.certificate.subject,
        one.ca.certificate.subject,
        one.ca.key.public_key(),
        9,
        ISSUED_AT,
        NOW + timedelta(days=9),
    ).add_extension(x509.BasicConstraints(True, None), critical=True)
    return Issued(builder.sign(two.ca.key, hash_for(two.ca.key)), two.ca.key).der


def weak() -> bytes:
    return make_authority("Weak", not_before=ISSUED_AT, key=rsa.generate_private_key(65537, 1024)).ca.der


ODD = {
    "a client's": (good().der, ["認証局の証明書ではありません", "「証明書の署名、失効リストの署名」"]),
    "no CA": (odd_ca(ca=False, signs=False), ["認証局の証明書ではありません", "「証明書の署名」"]),
    "signs no lists": (odd_ca(lists=False), ["鍵用途に「失効リストの署名」がありません"]),
    "weak": (weak(), ["鍵(RSA 1024)は使えません"]),
    "unknown critical": (odd_ca(extra=UNKNOWN_EXTENSION), ["未知の必須拡張(1.3.6.1.4.1.55555.1)"]),
    "not by itself": (signed_by_another_of_its_name(), ["署名がその鍵によるものではありません"]),
    "over": (make_authority(not_before=ISSUED_AT, lifetime=NOW - ISSUED_AT).ca.der, ["有効期限が切れています"]),
    "early": (make_authority(not_before=NOW + timedelta(seconds=1)).ca.der, ["まだ始まっていません"]),
    "garbage": (b"garbage", ["証明書として読み取れません"]),
    "nothing": (b"", ["証明書として読み取れません"]),
}


@pytest.mark.parametrize("kind", ODD)
def test_each_fault_of_a_ca_is_named(kind: str) -> None:
    """R4-2, A22."""
    der, faults = ODD[kind]
    found = ca_refusals(der, NOW)
    assert len(found) == len(faults)
    assert all(fault in each for fault, each in zip(faults, found, strict=True)), found


@pytest.mark.parametrize(
    "one",
    [
        authority(),
        rsa_authority(),
        make_authority("P-384", not_before=ISSUED_AT, key=ec.generate_private_key(ec.SECP384R1())),
    ],
    ids=["P-256", "RSA", "P-384"],
)
def test_a_sound_ca_is_taken(one: Authority) -> None:
    """R4-2."""
    assert ca_refusals(one.ca.der, NOW) == []


def test_an_intermediate_ca_is_taken_by_its_own_key() -> None:
    """R4-2, A23: no path is asked for."""
    key = new_key()
    builder = rsa_authority().builder(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Below")]),
        key,
        not_before=ISSUED_AT,
        not_after=NOW + timedelta(days=900),
    )
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    builder._extensions = [each for each in builder._extensions if not isinstance(each.value, x509.KeyUsage)]
    builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True).add_extension(usage, critical=True)
    assert ca_refusals(rsa_authority().sign(builder, key).der, NOW) == []


def test_a_file_holds_several_pems_or_one_der() -> None:
    """R4-2."""
    both = b"old\n" + CA.pem + b"new\n" + other_authority().ca.pem
    assert ders_of_bundle(both) == [CA.der, other_authority().ca.der]
    assert ders_of_bundle(CA.der) == [CA.der]


@pytest.mark.parametrize("file", [CA.pem + CA.key_pem, CA.pem[:-30], b"x" * 300_000], ids=["key", "cut", "large"])
def test_a_file_with_anything_else_is_refused_whole(file: bytes) -> None:
    """R4-2, A20."""
    with pytest.raises(Unreadable):
        ders_of_bundle(file)


def test_the_next_ca_stands_beside_the_old_one(session: Session) -> None:
    """R4-2, R8-1."""
    old, new = make.issuing_ca(session), make.issuing_ca(session, other_authority())
    of = make.organization(session)
    for issuer, row in ((authority(), old), (other_authority(), new)):
        issued = issuer.issue_client(not_before=ISSUED_AT)
        kept = register_certificate(session, issued.der, of, "PC", issuing_cas(session), by=COMMAND, now=NOW)
        assert session.get_one(Certificate, kept.certificate_id).issuing_ca_id == row.id
    assert {each.public_id for each in known_cas(session)} == {old.public_id, new.public_id}
    assert [counts_of(session)[row.id].certificates for row in (old, new)] == [1, 1]


def test_of_two_cas_of_one_name_the_key_tells_which_one_signed(session: Session) -> None:
    """A15."""
    first, again = make.issuing_ca(session), make.issuing_ca(session, recreated_authority())
    issued = recreated_authority().issue_client(not_before=ISSUED_AT)
    of = make.organization(session)
    kept = register_certificate(session, issued.der, of, "PC", issuing_cas(session), by=COMMAND, now=NOW)
    assert session.get_one(Certificate, kept.certificate_id).issuing_ca_id == again.id != first.id


def test_certificates_of_before_get_to_know_their_ca_by_its_key(session: Session) -> None:
    """A15, R4-2."""
    of = make.organization(session)
    ours = make.registration(session, of, make.client_certificate())
    theirs = recreated_authority().issue_client(not_before=ISSUED_AT)
    other = register_certificate(session, theirs.der, of, "PC-2", pinned(recreated_authority()), by=COMMAND, now=NOW)
    row = make.issuing_ca(session)
    session.flush()
    assert session.get_one(Certificate, ours.certificate_id).issuing_ca_id == row.id
    assert session.get_one(Certificate, other.certificate_id).issuing_ca_id is None


def test_an_ended_ca_registers_nothing_more_and_can_be_taken_up_again(session: Session) -> None:
    """R4-2, R8-1."""
    row = make.issuing_ca(session)
    make.registration(session, make.organization(session), make.client_certificate())
    end_ca(session, row, by=COMMAND, now=NOW)
    session.flush()
    assert issuing_cas(session) == IssuingCas(())
    with pytest.raises(Refused, match="認証局が、まだ登録されていません"):
        register_certificate(
            session, good().der, make.organization(session), "PC", issuing_cas(session), by=COMMAND, now=NOW
        )
    with pytest.raises(Conflict):
        end_ca(session, row, by=COMMAND, now=NOW)
    assert make.issuing_ca(session).id == row.id
    session.flush()
    assert len(issuing_cas(session).certificates) == 1
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"ca:{row.public_id}")).all()
    assert sorted(actions) == ["ca.added", "ca.ended", "ca.resumed"]


def test_the_same_ca_twice_and_a_faulty_one_are_refused(session: Session) -> None:
    """R4-2, R8-3."""
    make.issuing_ca(session)
    with pytest.raises(Refused, match="すでに登録"):
        make.issuing_ca(session)
    with pytest.raises(Refused, match="RSA 1024"):
        add_ca(session, weak(), by=COMMAND, now=NOW)
    assert len(session.scalars(select(IssuingCa)).all()) == 1


def test_the_tls_side_trusts_an_ended_ca_while_its_certificates_are_good(session: Session) -> None:
    """R4-2."""
    row = make.issuing_ca(session)
    issued = make.client_certificate()
    make.registration(session, make.organization(session), issued)
    end_ca(session, row, by=COMMAND, now=NOW)
    session.flush()
    end = issued.certificate.not_valid_after_utc
    assert list(cas_to_trust(session, end - timedelta(seconds=1))) == [row]
    assert list(cas_to_trust(session, end)) == []


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["cas", *arguments])


def test_the_commands_take_in_list_end_and_hand_over(app: Flask, cast: Cast) -> None:
    """R4-2: the bundle goes to nginx as it comes out."""
    folder = app.config["PORTAL"].files_dir.parent
    (folder / "next.pem").write_bytes(other_authority().ca.pem)
    added = run(app, "add", str(folder / "next.pem"))
    assert (added.exit_code, "CN=Other CA" in added.output) == (0, True), added.output
    public_id = added.output.split()[0]
    listed = [line for line in run(app, "list").output.splitlines() if not line.startswith(" ")]
    assert len(listed) == 2
    assert "4 certificates" in listed[1]
    assert run(app, "end", public_id).output == "ended\n"
    assert run(app, "end", public_id).exit_code == 1
    assert run(app, "end", "nobody").exit_code == 1
    exported = run(app, "export").output
    assert IssuingCas.from_pem([exported.encode()]).certificates == (CA.certificate,)


def test_a_file_with_one_faulty_ca_adds_none(app: Flask, cast: Cast) -> None:
    """R8-3."""
    folder = app.config["PORTAL"].files_dir.parent
    (folder / "next.pem").write_bytes(other_authority().ca.pem + good().pem)
    refused = run(app, "add", str(folder / "next.pem"))
    assert refused.exit_code == 1
    assert "認証局の証明書ではありません" in refused.output
    with app.app_context(), transaction():
        assert len(db.session.scalars(select(IssuingCa)).all()) == 1
