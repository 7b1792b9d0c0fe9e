"""The self-check: what somebody whom the door doesn't let in can read out at the telephone (R9-6)."""

import json
import re
from datetime import timedelta

import pytest
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import select, update

from auth.ca_queries import known_cas
from auth.certificate_words import grouped
from auth.list_taking import judged, set_list_source
from auth.models import Certificate, CertificateRegistration, IssuingCa, Organization
from auth.registry import revoke_certificate, suspend_registration
from base.actors import COMMAND
from base.audit import AuditEntry
from base.db import db, transaction
from demo.authority import Issued
from tests.browsing import ADDRESS, Visitor, logged_in
from tests.cast import Cast
from tests.certificates import ISSUED_AT, NOW, forwarded, good, other_authority, with_subject
from tests.conftest import Hands
from tests.lists import crl

PATH = "設定 → プライバシーとセキュリティ → セキュリティ → 証明書の管理"


def facts_of(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)</dd>", page))


def checked(app: Flask, client: Issued | None, **headers: str) -> tuple[int, str]:
    answer = Visitor(app, client).get("/self-check", {name.replace("_", "-"): text for name, text in headers.items()})
    return answer.status_code, answer.text


def test_a_registered_certificate_is_told_as_such(app: Flask, cast: Cast) -> None:
    """R9-6: subject, issuer, serial, until when, address; the door is open."""
    client = cast.higashi_reader.client
    status, page = checked(app, client)
    assert (status, "ログイン画面を開けます" in page, PATH in page) == (200, True, False)
    told = facts_of(page)
    assert (told["クライアント証明書"], told["登録の状況"]) == ("届いています", "登録されています")
    assert told["シリアル番号(16進)"] == grouped(format(client.certificate.serial_number, "x"))
    assert told["証明書の有効期限"].startswith("2028/11/20(月)")
    assert told["発行者"] == "CN=Demo Client CA,O=Demo CA Example,C=JP"
    assert told["接続元のアドレス"] == ADDRESS


def test_without_a_certificate_it_explains_and_needs_no_other_file(app: Flask, cast: Cast) -> None:
    """R9-6, R4-1, A1: not even a style sheet."""
    status, page = checked(app, None)
    assert (status, PATH in page, "証明書が確認できません" in page) == (403, True, True)
    assert facts_of(page)["クライアント証明書"] == "届いていません"
    assert not re.findall(r'(?:href|src)="/(?!self-check|login)[^"]*"', page)
    assert "<form" not in page


@pytest.mark.parametrize(
    ("kind", "standing", "title"),
    [
        ("unregistered", "登録されていません", "登録されていないクライアント証明書です"),
        ("foreign", "登録されていません", "登録されていないクライアント証明書です"),
        ("suspended", "利用を停止しています", "利用を停止しています"),
        ("revoked", "失効しています", "このクライアント証明書は失効しています"),
        ("listed", "失効しています", "このクライアント証明書は失効しています"),
        ("ended", "登録していた事業者の利用が終了しています", "ご利用になれません"),
        ("stale", "登録されています", "失効していないかを確認できません"),
        ("expired", "登録されています", "有効期限が切れています"),
    ],
)
def test_each_standing_is_told_as_the_gate_decides(
    app: Flask, cast: Cast, hands: Hands, kind: str, standing: str, title: str
) -> None:
    """R9-6, R4-5, A8, A11, A12."""
    client = cast.higashi_reader.client
    client = {"unregistered": good(), "foreign": other_authority().issue_client(not_before=ISSUED_AT)}.get(kind, client)
    with app.app_context(), transaction() as session:
        row = session.scalars(
            select(CertificateRegistration).join(Certificate).where(Certificate.pem == client.pem.decode())
        ).first()
        (ca,) = known_cas(session)
        if kind == "suspended" and row:
            suspend_registration(row, session=session, by=COMMAND, now=NOW)
        if kind == "revoked" and row:
            revoke_certificate(row.certificate, session=session, by=COMMAND, now=NOW)
        if kind == "ended" and row:
            session.execute(update(Organization).where(Organization.id == row.organization_id).values(ended_at=NOW))
        if kind == "listed":
            file = crl([client.certificate.serial_number])
            set_list_source(session, ca, "/x.crl", judged(file, ca, NOW), by=COMMAND, now=NOW)
        if kind == "stale":
            session.execute(update(IssuingCa).values(list_source="/x.crl"))
    if kind == "expired":
        hands.now = client.certificate.not_valid_after_utc
    status, page = checked(app, client)
    assert (status, title in page, PATH in page) == (403, True, True)
    assert facts_of(page)["登録の状況"] == standing
    assert Visitor(app, client).get("/login").status_code == 403


@pytest.mark.parametrize(
    ("verify", "title"),
    [
        ("FAILED:certificate has expired", "有効期限が切れています"),
        ("FAILED:certificate is not yet valid", "有効期間がまだ始まっていません"),
        ("FAILED:unable to verify the first certificate", "このサイトでは使えないクライアント証明書です"),
    ],
)
def test_what_the_front_refused_is_named_with_its_certificate(app: Flask, cast: Cast, verify: str, title: str) -> None:
    """R9-6, A8, A13: he may have chosen the wrong one of two."""
    status, page = checked(app, good(), X_Client_Verify=verify)
    assert (status, title in page) == (403, True)
    assert facts_of(page)["シリアル番号(16進)"] == grouped(format(good().certificate.serial_number, "x"))


@pytest.mark.parametrize("value", ["", "garbage", "%00", forwarded(good().der)[:300]])
def test_what_cannot_be_read_is_told_as_such(app: Flask, cast: Cast, value: str) -> None:
    """R9-6, A20."""
    status, page = checked(app, good(), X_Client_Cert=value)
    assert (status, "クライアント証明書を読み取れませんでした" in page) == (403, True)


def test_a_hostile_name_stays_text(app: Flask, cast: Cast) -> None:
    """A21."""
    der = with_subject((NameOID.COMMON_NAME, "<script>x</script>"))
    page = Visitor(app, None).get("/self-check", {"X-Client-Verify": "SUCCESS", "X-Client-Cert": forwarded(der)}).text
    assert r"CN=\&lt;script\&gt;x" in page
    assert "<script>x" not in page


def test_it_tells_nothing_of_accounts_or_organizations_also_to_who_is_logged_in(app: Flask, cast: Cast) -> None:
    """R9-6, R8-4: neither his own nor anybody's."""
    for person in (cast.higashi_manager, cast.nishi_reader, cast.reception):
        page = logged_in(app, person).page("/self-check")
        for word in (person.login_id, person.name, "ひがし", "にし", "東野", "PC-03", "受付PC"):
            assert word not in page


def test_the_code_leads_the_desk_to_the_line_in_the_log(
    app: Flask, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """R9-6: and behind the front to the front's line."""
    told = facts_of(checked(app, good(), X_Request_Id="0123abcd" + "0" * 24)[1])
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if '"self-check"' in line]
    assert told["確認コード"] == "0123abcd"
    assert [(line["reference"], line["verdict"], line["address"]) for line in lines] == [
        ("0123abcd", "not_registered", ADDRESS)
    ]


def test_looking_writes_nothing_and_ends_no_session(app: Flask, cast: Cast, hands: Hands) -> None:
    """R8-8."""
    visitor = logged_in(app, cast.nishi_reader)
    with app.app_context():
        before = len(db.session.scalars(select(AuditEntry)).all())
    hands.now += timedelta(seconds=90)
    assert "Set-Cookie" not in visitor.get("/self-check").headers
    assert visitor.get("/").status_code == 200
    with app.app_context():
        assert len(db.session.scalars(select(AuditEntry)).all()) == before


@pytest.mark.parametrize("path", ["/login", "/"])
def test_the_pages_at_the_door_lead_to_it(app: Flask, cast: Cast, path: str) -> None:
    """R9-6."""
    client = cast.nishi_reader.client if path == "/login" else None
    assert 'href="/self-check"' in Visitor(app, client).get(path).text
