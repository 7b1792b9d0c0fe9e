"""Administrators keep the issuing CAs and their revocation lists on screen (R4-2, R4-5); nobody else does."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from auth.ca_queries import known_cas
from auth.models import IssuingCa, RevokedSerial
from base.audit import AuditEntry
from base.db import db
from demo.authority import make_authority
from tests.browsing import Visitor, forms_of, logged_in
from tests.cast import Cast
from tests.certificates import NOW, authority, good, other_authority, rsa_authority
from tests.conftest import Hands
from tests.lists import UNTIL, crl

OTHER, RSA = other_authority().ca, rsa_authority().ca


@pytest.fixture
def admin(app: Flask, cast: Cast) -> Visitor:
    return logged_in(app, cast.administrator)


@pytest.fixture
def folder(app: Flask) -> Path:
    found: Path = app.config["PORTAL"].client_ca_file.parent
    return found


def cas_of(app: Flask) -> list[IssuingCa]:
    with app.app_context():
        return list(known_cas(db.session()))


def first_ca(app: Flask) -> str:
    return f"/staff/cas/{cas_of(app)[-1].public_id}"


def sent_file(admin: Visitor, content: bytes, name: str = "ca.pem") -> tuple[int, str]:
    form = admin.form("/staff/cas/new", "/staff/cas/new")
    answer = admin.post("/staff/cas/new", {**form.values, "file": (io.BytesIO(content), name)})
    return answer.status_code, answer.text


def actions(app: Flask) -> list[str]:
    with app.app_context():
        lines = select(AuditEntry).where(AuditEntry.action.like("ca.%")).order_by(AuditEntry.id)
        return [f"{line.action} {line.actor.partition('@')[0]}" for line in db.session.scalars(lines)][1:]


def test_the_list_names_each_ca_with_what_it_has_issued(app: Flask, admin: Visitor) -> None:
    """R4-2."""
    page = admin.page("/staff/cas")
    assert "CN=Demo Client CA" in page
    assert "4枚" in page
    assert "取得元なし" in page
    lines = admin.page("/staff/cas.csv").splitlines()
    assert len(lines) == 2
    assert "CN=Demo Client CA" in lines[1]


def test_a_file_is_shown_before_it_counts_and_added_by_a_second_press(app: Flask, cast: Cast, admin: Visitor) -> None:
    """R4-2, R8-1, R8-8: two at once, the next beside the old."""
    form = admin.form("/staff/cas/new", "/staff/cas/new")
    answer = admin.post("/staff/cas/new", {**form.values, "file": (io.BytesIO(OTHER.pem + RSA.pem), "next.pem")})
    assert answer.status_code == 200
    assert all(word in answer.text for word in ("CN=Other CA", "CN=Demo RSA CA", "RSA 2048", "まだ登録していません"))
    assert len(cas_of(app)) == 1
    confirm = next(form for form in forms_of(answer.text) if form.action == "/staff/cas")
    for _ in range(2):
        assert admin.post("/staff/cas", confirm.values).status_code == 303
    assert {row.subject.split(",")[0] for row in cas_of(app)} == {"CN=Demo Client CA", "CN=Other CA", "CN=Demo RSA CA"}
    assert actions(app) == ["ca.added kanri"] * 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (good().pem, "認証局の証明書ではありません"),
        (OTHER.pem + OTHER.key_pem, "証明書ではないもの(秘密鍵など)"),
        (b"garbage", "証明書として読み取れません"),
        (authority().ca.der, "この認証局は、すでに登録されています"),
        (OTHER.pem + good().pem, "2枚目:認証局の証明書ではありません"),
        (b"x" * 300_000, "ファイルが大きすぎます"),
    ],
    ids=["client", "key", "garbage", "known", "one of two", "large"],
)
def test_a_faulty_file_is_refused_beside_its_field(app: Flask, admin: Visitor, content: bytes, reason: str) -> None:
    """R8-3, A22: what is wrong is named; nothing is kept."""
    status, page = sent_file(admin, content)
    assert (status, reason in page) == (422, True)
    assert len(cas_of(app)) == 1


def test_without_a_file_one_is_asked_for(admin: Visitor) -> None:
    """R8-3."""
    answer = admin.submit("/staff/cas/new")
    assert (answer.status_code, "ファイルを選んでください。" in answer.text) == (422, True)


@pytest.mark.parametrize("pems", ["", "garbage", good().pem.decode(), authority().ca.pem.decode()])
def test_what_was_never_checked_is_checked_again_when_it_is_added(app: Flask, admin: Visitor, pems: str) -> None:
    """R4-2, E14: a page can be forged."""
    form = admin.form("/staff/cas/new", "/staff/cas/new")
    key = {"form_key": "0" * 32, "csrf_token": form.values["csrf_token"]}
    assert admin.post("/staff/cas", {**key, "pems": pems}).status_code == 422
    assert len(cas_of(app)) == 1


def test_a_source_is_set_with_its_list_read_again_and_taken_off(
    app: Flask, cast: Cast, admin: Visitor, folder: Path
) -> None:
    """R4-5, R8-1, A12."""
    (folder / "ca.crl").write_bytes(crl([5, cast.nishi_reader.client.certificate.serial_number]))
    ca = first_ca(app)
    assert admin.submit(ca, f"{ca}/source", source="ca.crl").status_code == 303
    page = admin.page(ca)
    assert all(word in page for word in ("正常", "ca.crl", "2枚", "2026/11/29(日) 12:00"))
    assert Visitor(app, cast.nishi_reader.client).get("/login").status_code == 403
    (folder / "ca.crl").write_bytes(crl([5], number=2))
    assert "読み直しました" in admin.submit(ca, f"{ca}/refresh").text + admin.page(ca)
    assert Visitor(app, cast.nishi_reader.client).get("/login").status_code == 200
    assert admin.submit(ca, f"{ca}/remove-source").status_code == 303
    assert "取得元なし" in admin.page(ca)
    with app.app_context():
        assert [line.serial for line in db.session.scalars(select(RevokedSerial))] == ["5"]
    told = ["ca.list_source_set", "ca.list_taken", "ca.list_taken", "ca.list_source_removed"]
    assert actions(app) == [f"{action} kanri" for action in told]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("none.crl", "取得元のファイルがありません"),
        ("garbage.crl", "失効リストとして読み取れません"),
        ("others.crl", "この認証局の失効リストではありません"),
        ("ftp://ca.example/x.crl", "http:// か https://"),
        ("", "入力してください"),
    ],
)
def test_a_source_that_brings_nothing_is_refused_and_what_was_typed_is_kept(
    app: Flask, cast: Cast, admin: Visitor, folder: Path, source: str, reason: str
) -> None:
    """R8-3, R4-5: nobody shuts himself out."""
    (folder / "garbage.crl").write_bytes(b"garbage")
    (folder / "others.crl").write_bytes(crl(by=other_authority()))
    ca = first_ca(app)
    answer = admin.submit(ca, f"{ca}/source", source=source)
    assert (answer.status_code, reason in answer.text, f'value="{source}"' in answer.text) == (422, True, True)
    assert cas_of(app)[0].list_source == ""
    assert admin.get("/staff/cas").status_code == 200


def test_what_goes_wrong_stands_on_screen_and_on_the_desk(
    app: Flask, cast: Cast, admin: Visitor, folder: Path, hands: Hands
) -> None:
    """R4-5: before it is too late; with the stale list the administrator is out as well."""
    (folder / "ca.crl").write_bytes(crl())
    ca = first_ca(app)
    admin.submit(ca, f"{ca}/source", source="ca.crl")
    assert "失効リストの異常" in admin.page("/staff")
    (folder / "ca.crl").unlink()
    admin.submit(ca, f"{ca}/refresh")
    page = admin.page(ca)
    assert all(
        word in page for word in ("読み取り失敗", "取得元のファイルがありません", "2026/11/29(日) 12:00 まで使えます")
    )
    assert "読み取り失敗" in admin.page("/staff/cas")
    hands.now = UNTIL - timedelta(seconds=1)
    other = logged_in(app, cast.administrator)
    assert other.get("/staff/cas").status_code == 200
    hands.now = UNTIL
    assert "失効していないかを確認できません" in other.get("/staff/cas").text


def test_an_ended_ca_stays_in_the_list_and_can_be_added_again(app: Flask, cast: Cast, admin: Visitor) -> None:
    """R4-2: nobody who is registered is hurt."""
    ca = first_ca(app)
    assert admin.submit(ca, f"{ca}/end").status_code == 303
    assert "終了しました" in admin.page(ca)
    assert admin.get("/staff/cas").status_code == 200
    assert cas_of(app)[0].ended_at == NOW
    status, page = sent_file(admin, authority().ca.der, "ca.der")
    assert (status, "まだ登録していません" in page) == (200, True)


def test_a_ca_of_a_hostile_name_stays_text(app: Flask, admin: Visitor) -> None:
    """A21."""
    status, page = sent_file(admin, make_authority("<script>x</script>", not_before=NOW).ca.pem)
    assert (status, "<script>x" in page) == (200, False)


@pytest.mark.parametrize("person", ["reception", "operations", "higashi_manager", "nishi_manager", "nishi_reader"])
def test_nobody_but_administrators_sees_that_there_is_such_a_screen(app: Flask, cast: Cast, person: str) -> None:
    """R8-4, R8-6."""
    visitor, ca = logged_in(app, getattr(cast, person)), first_ca(app)
    for path in ("/staff/cas", "/staff/cas.csv", "/staff/cas/new", ca):
        assert visitor.get(path).status_code == 404
    assert "/staff/cas" not in visitor.get("/", follow_redirects=True).text
