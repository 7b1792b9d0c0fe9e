"""Straight at the application's socket, as if nginx were blind: what it forwards, and what others claim to be it."""

import gc
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_to_bytes

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from hypothesis import HealthCheck, given, settings
from sqlalchemy import event, update

from auth.models import Certificate, Organization
from auth.registry import revoke_certificate
from base.actors import COMMAND
from base.audience import Audience, audience
from base.audit import AuditEntry
from base.db import db, transaction
from demo.authority import Issued
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.certificates import ISSUED_AT, NOW, authority, forwarded, good, other_authority, recreated_authority
from tests.conftest import Hands
from tests.mutations import mutated
from tests.settings import FRONT_SECRET

A_SECOND = timedelta(seconds=1)
TITLES = {
    "missing": "クライアント証明書が確認できませんでした",
    "unreadable": "クライアント証明書を読み取れませんでした",
    "foreign": "このサイトでは使えないクライアント証明書です",
    "expired": "クライアント証明書の有効期限が切れています",
    "not yet": "クライアント証明書の有効期間がまだ始まっていません",
    "not registered": "登録されていないクライアント証明書です",
    "revoked": "このクライアント証明書は失効しています",
    "ended": "このクライアント証明書ではご利用になれません",
}


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type] # the parts are numbers


def asked(app: Flask, headers: dict[str, str], path: str = "/login") -> tuple[int, str]:
    """With exactly these headers, from an address in Japan."""
    here = {"REMOTE_ADDR": "192.0.2.9"}
    answer = app.test_client().get(path, base_url="https://portal.example", headers=headers, environ_base=here)
    return answer.status_code, answer.text


def front(client: Issued | None = None, **headers: str) -> dict[str, str]:
    """What the front would send."""
    sent = {"X-Front-Secret": FRONT_SECRET, "X-Client-Address": "192.0.2.7", "X-Client-Verify": "NONE"}
    if client is not None:
        sent |= {"X-Client-Verify": "SUCCESS", "X-Client-Cert": forwarded(client.der)}
    return sent | {name.replace("_", "-"): value for name, value in headers.items()}


def is_refused(answer: tuple[int, str], why: str) -> bool:
    status, text = answer
    return status == 403 and f"<h1>{TITLES[why]}</h1>" in text and "<form" not in text


@pytest.mark.parametrize("path", ["/", "/login", "/static/css/core.css", "/nowhere", "/articles/x", "/verify/a.b"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"])
def test_without_a_certificate_there_is_the_explaining_page_and_nothing_else(
    app: Flask, cast: Cast, path: str, method: str
) -> None:
    """A1, R4-1, H6: whatever is asked for, in whatever way."""
    answer = app.test_client().open(path, method=method, base_url="https://portal.example", headers=front())
    assert answer.status_code == 403
    assert method == "HEAD" or f"<h1>{TITLES['missing']}</h1>" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "Allow" not in answer.headers
    assert "<form" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Front-Secret": ""},
        {"X-Front-Secret": "guessed"},
        {"X-Front-Secret": FRONT_SECRET + "x"},
        {"X-Front-Secret": FRONT_SECRET.upper()},
        {"X-Front-Secret": f"{FRONT_SECRET},{FRONT_SECRET}"},
        {"X-Front-Secrets": FRONT_SECRET},
        {"X-Real-IP": "127.0.0.1", "X-Forwarded-For": "127.0.0.1"},
    ],
)
def test_whoever_is_not_the_front_is_not_believed(app: Flask, cast: Cast, headers: dict[str, str]) -> None:
    """A2, A7: the headers of a victim's certificate, without the secret."""
    claimed = front(cast.higashi_reader.client)
    del claimed["X-Front-Secret"]
    assert is_refused(asked(app, claimed | headers), "missing")
    assert asked(app, claimed | {"X-Front-Secret": FRONT_SECRET})[0] == 200


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Client-Verify", "NONE, SUCCESS"),
        ("X-Client-Verify", "SUCCESS,SUCCESS"),
        ("X-Client-Verify", "success"),
        ("X-Client-Verify", "SUCCESS "),
        ("X-Client-Verify", ""),
        ("X-Client-Verify", "FAILED:SUCCESS"),
        ("X-Client-Cert", ""),
        ("X-Client-Cert", "{good},{good}"),
        ("X-Client-Cert", "{good}{good}"),
        ("X-Client-Address", "192.0.2.7, 127.0.0.1"),
        ("X-Client-Address", ""),
        ("X-Client-Address", "localhost"),
    ],
)
def test_a_repeated_or_odd_header_admits_nobody(app: Flask, cast: Cast, header: str, value: str) -> None:
    """A4, A20: repeated headers arrive joined by a comma."""
    sent = front(cast.higashi_reader.client)
    sent[header] = value.replace("{good}", sent["X-Client-Cert"])
    assert asked(app, sent)[0] == 403


def test_the_same_header_twice_admits_nobody(app: Flask, cast: Cast) -> None:
    """A4."""
    sent = [*front(cast.higashi_reader.client).items(), ("X-Client-Verify", "SUCCESS")]
    answer = app.test_client().get("/login", base_url="https://portal.example", headers=sent)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("moved", "why"),
    [(timedelta(0), "expired"), (A_SECOND, "expired"), (-A_SECOND, "")],
)
def test_a_certificate_ends_at_its_second_also_for_a_live_session(
    app: Flask, cast: Cast, hands: Hands, moved: timedelta, why: str
) -> None:
    """A8: in the middle of a session too."""
    visitor = logged_in(app, cast.higashi_reader)
    hands.now = cast.higashi_reader.client.certificate.not_valid_after_utc + moved
    answer = asked(app, front(cast.higashi_reader.client))
    assert is_refused(answer, why) if why else answer[0] == 200
    assert visitor.get("/login").status_code == (403 if why else 200)


def test_a_certificate_begins_at_its_second(app: Flask, cast: Cast, hands: Hands) -> None:
    """A9."""
    begins = cast.higashi_reader.client.certificate.not_valid_before_utc
    hands.now = begins - A_SECOND
    assert is_refused(asked(app, front(cast.higashi_reader.client)), "not yet")
    hands.now = begins
    assert asked(app, front(cast.higashi_reader.client))[0] == 200


def enrolled(app: Flask, issued: Issued, fingerprint: str, organization_id: int) -> None:
    """Put into the registry by somebody who went around its rules."""
    with app.app_context(), transaction() as session:
        row = make.registration(session, session.get_one(Organization, organization_id), make.client_certificate("x"))
        facts = {"fingerprint": fingerprint, "not_after": issued.certificate.not_valid_after_utc}
        session.execute(update(Certificate).where(Certificate.id == row.certificate_id).values(facts))


def fingerprint_of(issued: Issued) -> str:
    from_library = issued.certificate.fingerprint
    hash_algorithm = issued.certificate.signature_hash_algorithm
    assert hash_algorithm is not None
    assert hash_algorithm.name == "sha256"
    return from_library(hash_algorithm).hex()


@pytest.mark.parametrize(
    ("begins", "ends", "is_admitted"),
    [
        (utc(2025, 1, 1), utc(2027, 1, 2), True),
        (utc(2025, 1, 1), utc(2027, 1, 2, 0, 0, 1), False),
        (utc(2024, 2, 29), utc(2026, 3, 1), True),
        (utc(2024, 2, 29), utc(2026, 3, 2), False),
    ],
)
def test_a_life_beyond_two_years_and_a_day_admits_nobody(
    app: Flask, cast: Cast, hands: Hands, *, begins: datetime, ends: datetime, is_admitted: bool
) -> None:
    """A10: even if it stands in the registry."""
    issued = authority().issue_client("long", not_before=begins, not_after=ends)
    enrolled(app, issued, fingerprint_of(issued), cast.higashi_reader.organization_id)
    hands.now = begins + timedelta(days=300)
    answer = asked(app, front(issued))
    assert answer[0] == 200 if is_admitted else is_refused(answer, "not registered")


def test_a_revocation_counts_at_the_next_request(app: Flask, cast: Cast) -> None:
    """A11: of a live session, for everybody with this PC."""
    visitor = logged_in(app, cast.higashi_reader)
    with app.app_context(), transaction() as session:
        certificate = make.certificate_of(session, cast.higashi_reader.client)
        revoke_certificate(certificate, session=session, by=COMMAND, now=NOW)
    assert visitor.get("/").status_code == 403
    assert is_refused(asked(app, front(cast.higashi_manager.client)), "revoked")


def test_another_ca_admits_nobody(app: Flask, cast: Cast) -> None:
    """A13: as nginx reports it, and as a blind nginx would let it through."""
    foreign = other_authority().issue_client(not_before=ISSUED_AT)
    told = front(foreign, X_Client_Verify="FAILED:unable to verify the first certificate")
    assert is_refused(asked(app, told), "foreign")
    assert is_refused(asked(app, front(foreign)), "not registered")


@pytest.mark.parametrize("issue", [other_authority, recreated_authority], ids=["other issuer", "same name, other key"])
def test_the_serial_of_a_registered_certificate_admits_nobody(
    app: Flask, cast: Cast, issue: Callable[[], object]
) -> None:
    """A14, A15: identity is the SHA-256 of the whole certificate."""
    ca = other_authority() if issue is other_authority else recreated_authority()
    serial = cast.higashi_reader.client.certificate.serial_number
    subject = cast.higashi_reader.client.certificate.subject
    twin = ca.issue_client(not_before=ISSUED_AT, serial=serial, subject=subject)
    assert is_refused(asked(app, front(twin)), "not registered")


def test_a_renewed_certificate_of_the_same_pc_is_another_one(app: Flask, cast: Cast) -> None:
    """R4-5, A14: the same key and name don't admit."""
    client = cast.higashi_reader.client
    twin = authority().issue_client(not_before=ISSUED_AT, key=client.key, subject=client.certificate.subject)
    assert is_refused(asked(app, front(twin)), "not registered")


def test_a_certificate_registered_for_nobody_is_refused_and_one_of_another_organization_sees_the_login(
    app: Flask, cast: Cast
) -> None:
    """A16."""
    assert is_refused(asked(app, front(make.client_certificate("new"))), "not registered")
    assert asked(app, front(cast.nishi_reader.client))[0] == 200


def test_an_ended_organizations_certificate_is_refused(app: Flask, cast: Cast) -> None:
    """A17."""
    with app.app_context(), transaction() as session:
        of = Organization.id == cast.minato_manager.organization_id
        session.execute(update(Organization).where(of).values(ended_at=NOW))
    assert is_refused(asked(app, front(cast.minato_manager.client)), "ended")


PEM = good().pem.decode()
DER = good().der
KEY = good().key_pem.decode()
FORWARDED = forwarded(DER)
PKCS7 = "-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n"
GARBAGE = {
    "empty": "",
    "words": "garbage",
    "a percent sign": "%",
    "no hex": "%zz",
    "escaped NUL": "%00",
    "NUL inside": FORWARDED[:200] + "%00" + FORWARDED[200:],
    "plus for space": FORWARDED.replace("%20", "+"),
    "escaped twice": quote(FORWARDED, safe=""),
    "not escaped": PEM.replace("\n", " "),
    "CRLF": quote(PEM.replace("\n", "\r\n"), safe=""),
    "two blocks": quote(PEM + PEM, safe=""),
    "junk behind": quote(PEM + "junk", safe=""),
    "junk before": quote("junk\n" + PEM, safe=""),
    "DER": quote(DER, safe=""),
    "DER in base64": quote(PEM.splitlines()[1], safe=""),
    "private key": quote(KEY, safe=""),
    "public key": quote(
        good().certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), safe=""
    ),
    "PKCS#7": quote(PKCS7, safe=""),
    "1 MB": "A" * 1_000_000,
    "1 MB of PEM": quote("-----BEGIN CERTIFICATE-----\n" + "A" * 1_000_000 + "\n-----END CERTIFICATE-----\n", safe=""),
    "not ASCII": "é" * 100,
    "cut": FORWARDED[: len(FORWARDED) // 2],
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_whatever_is_no_certificate_is_refused(app: Flask, cast: Cast, kind: str) -> None:
    """A20."""
    sent = front() | {"X-Client-Verify": "SUCCESS", "X-Client-Cert": GARBAGE[kind]}
    assert is_refused(asked(app, sent), "unreadable")


LONG = int(os.environ.get("PORTAL_EXAMPLES", "60"))


def test_no_mutation_of_a_certificate_is_let_in_breaks_anything_or_takes_its_time(app: Flask, cast: Cast) -> None:
    """A20, A23: 403 and nothing else, each in less than 50 ms of work; PORTAL_EXAMPLES=10000 is the long form."""
    spent: list[float] = []
    ours = forwarded(cast.higashi_reader.client.der)

    @settings(max_examples=LONG, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(odd=mutated([FORWARDED.encode(), ours.encode(), quote(KEY, safe="").encode()]))
    def decide(odd: bytes) -> None:
        text = odd.decode("latin-1").replace("\r", "").replace("\n", "")
        sent = front() | {"X-Client-Verify": "SUCCESS", "X-Client-Cert": text}
        # What the test itself has left lying about is not swept up on the gate's time.
        gc.disable()
        began = time.thread_time()
        status, _ = asked(app, sent)
        spent.append(time.thread_time() - began)
        gc.enable()
        # Small hex and a bare slash are the same certificate, spelt differently.
        assert status == 403 or unquote_to_bytes(text) == unquote_to_bytes(ours)

    for verify in ("NONE", "SUCCESS"):
        asked(app, front(good(), X_Client_Verify=verify))
    decide()
    sys.stdout.write(f"{len(spent)} decisions, the slowest {max(spent) * 1000:.1f} ms\n")  # pytest -s shows it
    assert max(spent) < 0.05


ADDRESS_HEADERS = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP"]


@pytest.mark.parametrize("header", ADDRESS_HEADERS)
def test_the_address_in_the_trail_is_the_one_the_front_saw(app: Flask, cast: Cast, header: str) -> None:
    """H1."""
    visitor = Visitor(app, cast.higashi_reader.client)
    visitor.headers = {header: "for=127.0.0.1" if header == "Forwarded" else "127.0.0.1"}
    visitor.log_in(cast.higashi_reader.login_id)
    with app.app_context():
        assert [line.address for line in db.session.query(AuditEntry).filter_by(action="login.in")] == ["192.0.2.7"]


def test_a_route_that_declares_no_audience_is_nobodys(app: Flask, cast: Cast) -> None:
    """R8-6: deny by default."""
    app.add_url_rule("/forgotten", "forgotten", view_func=lambda: "secret")
    app.add_url_rule("/staff-of-nothing", "nothing", view_func=audience(Audience("staff"))(lambda: "secret"))
    app.add_url_rule("/unheard-of", "unheard", view_func=audience(Audience("everybody"))(lambda: "secret"))
    for visitor in (Visitor(app, cast.higashi_reader.client), logged_in(app, cast.administrator)):
        for path in ("/forgotten", "/staff-of-nothing", "/unheard-of"):
            assert visitor.get(path).status_code in {302, 404}
    assert logged_in(app, cast.administrator).get("/staff-of-nothing").status_code == 404
    assert logged_in(app, cast.administrator).get("/forgotten").status_code == 404


def test_the_demos_routes_are_nobodys_elsewhere(app: Flask, cast: Cast) -> None:
    """R8-6."""
    app.add_url_rule("/demo/trial", view_func=audience(Audience("demo"))(lambda: "secret"))
    assert logged_in(app, cast.administrator).get("/demo/trial").status_code == 404
    assert Visitor(app, None).get("/demo/trial").status_code == 403


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_probes_of_the_socket_need_no_certificate(app: Flask, path: str) -> None:
    """The front answers 404 for them."""
    assert asked(app, {}, path)[0] == 200


def test_the_page_for_people_without_a_certificate_names_the_fronts_reason(app: Flask, cast: Cast) -> None:
    """A8, A13, R4-1: to it nginx leads whoever fails the handshake."""
    for verify, why in (
        ("NONE", "missing"),
        ("FAILED:certificate has expired", "expired"),
        ("FAILED:certificate is not yet valid", "not yet"),
        ("FAILED:self-signed certificate", "foreign"),
    ):
        assert is_refused(asked(app, front(X_Client_Verify=verify), "/certificate-needed"), why)


def test_deciding_asks_the_database_once(app: Flask, cast: Cast) -> None:
    """A23: one look-up in the registry, no path is built."""
    seen: list[str] = []
    with app.app_context():
        engine = db.engine
    trace = lambda connection, *_facts: connection.set_trace_callback(seen.append)  # noqa: E731 - SQLAlchemy tells listeners apart by identity
    event.listen(engine, "connect", trace)
    visitor = logged_in(app, cast.higashi_reader)
    visitor.get("/login")
    assert seen
    seen.clear()
    assert visitor.get("/login").status_code == 302
    event.remove(engine, "connect", trace)
    assert [line.split()[0] for line in seen] == ["SELECT"]
