"""Staff enter certificates: each file with its own answer, nothing stored before the press, all or none (R4-3)."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from auth.certificate_entries import MOST_BYTES, MOST_FILES, ChosenFile, read_files
from auth.models import Certificate, CertificateRegistration
from base.db import db
from demo.authority import Issued
from tests.auth.registry_rows import (
    HIGASHI,
    NISHI,
    ending_in,
    issued_until,
    public_id_of,
    registered,
    the_certificate,
    trail,
)
from tests.browsing import PageForm, Visitor, forms_of
from tests.cast import Cast, Person
from tests.certificates import NOW, authority, ecdsa_sha1, good, other_authority, recreated_authority, version_1
from tests.conftest import Hands

Enter = Callable[[Person], Visitor]
NEW, CHECK = "/staff/certificates/new", "/staff/certificates/check"


@pytest.fixture
def desk(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


def uploaded(desk: Visitor, organization: str, *files: tuple[str, bytes]) -> TestResponse:
    form = desk.form(NEW, CHECK)
    parts: dict[str, Any] = form.values | {"organization": organization}
    parts["files"] = [(io.BytesIO(content), name) for name, content in files]
    return desk.post(CHECK, parts, content_type="multipart/form-data")


def press_of(page: TestResponse) -> PageForm:
    return next(form for form in forms_of(page.text) if form.action == NEW)


def counted(app: Flask) -> tuple[int, int]:
    with app.app_context():
        tables = (Certificate, CertificateRegistration)
        first, second = (db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
        return first, second


def fresh(name: str = "pc") -> Issued:
    return issued_until(ending_in(300), name)


def chain() -> tuple[Issued, bytes]:
    issued = fresh("chained")
    certificates = [authority().ca.certificate, issued.certificate]
    return issued, pkcs7.serialize_certificates(certificates, Encoding.DER)


def test_each_file_has_its_own_answer_and_nothing_is_stored(app: Flask, desk: Visitor) -> None:
    """R4-3, R8-3, A13, A15, A22: sound ones with every fact, the others with why not."""
    issued, p7b = chain()
    before, pem = counted(app), fresh().pem
    files = {
        "営業PC-21.cer": (pem, 'value="営業PC-21"'),
        "chain.p7b": (p7b, "CN=chained"),
        "key.pem": (pem + good().key_pem, "秘密鍵は誰にも渡さず"),
        "pc.p12": (issued.p12("pc", "demo", authority().ca.certificate), "PFX形式"),
        "ca.crt": (authority().ca.pem, "認証局の証明書です"),
        "cas.p7b": (pkcs7.serialize_certificates([authority().ca.certificate], Encoding.PEM), "認証局の証明書だけ"),
        "two.pem": (pem * 2, "1枚だけ"),
        "foreign.crt": (other_authority().issue_client(not_before=NOW).pem, "指定の認証局が発行した"),
        "forged.crt": (recreated_authority().issue_client(not_before=NOW).pem, "鍵によるものではありません"),
        "old.crt": (version_1(), "X.509 v1"),
        "weak.crt": (ecdsa_sha1(), "ハッシュ(sha1)"),
        "notes.txt": (b"hello", "読み取れません"),
        "empty.cer": (b"", "空です"),
        "large.cer": (b"x" * 200_000, "大きすぎます"),
        "again.cer": (pem, "上のファイルにもあります"),
    }
    answer = uploaded(desk, public_id_of(app, HIGASHI), *((name, content) for name, (content, _) in files.items()))
    assert answer.status_code == 200
    for name, (_content, words) in files.items():
        assert name in answer.text
        assert words in answer.text, name
    assert answer.text.count('name="pc_name"') == 2
    assert counted(app) == before
    assert "PRIVATE KEY" not in answer.text


def test_what_is_pressed_is_registered(app: Flask, cast: Cast, desk: Visitor) -> None:
    """R4-3, R4-4, R8-1: the shown ones, with the names typed, once."""
    issued, p7b = chain()
    where, before = public_id_of(app, HIGASHI), counted(app)
    form = press_of(uploaded(desk, where, ("a.p7b", p7b), ("b.der", fresh().der), ("c.txt", b"no")))
    values = form.values | {"pc_name": ["営業PC-21", " 営業PC-22  "]}
    answers = [desk.post(NEW, values) for _ in range(2)]
    assert {(each.status_code, each.location) for each in answers} == {
        (303, f"/staff/certificates?organization={where}")
    }
    assert counted(app) == (before[0] + 2, before[1] + 2)
    with app.app_context():
        row = db.session.scalars(select(Certificate).where(Certificate.pem == issued.pem.decode())).one()
        assert [line.pc_name for line in row.registrations] == ["営業PC-21"]
    page = desk.page(answers[0].location)
    assert "営業PC-22" in page
    assert "証明書を2枚登録しました" in page
    assert len([each for each in trail(app, "certificate.registered") if each.user_id == cast.reception.user_id]) == 2


def test_all_or_none_and_what_was_typed_stays(app: Flask, desk: Visitor) -> None:
    """R8-3: the fault stands beside its field."""
    before = counted(app)
    form = press_of(uploaded(desk, public_id_of(app, HIGASHI), ("a.cer", fresh().der), ("b.cer", fresh().der)))
    for odd in ("", "　", "x" * 61, "PC\u202e", "PC\n1"):
        answer = desk.post(NEW, form.values | {"pc_name": ["よい名前", odd]})
        assert answer.status_code == 422
        assert 'value="よい名前"' in answer.text
        assert 'id="pc-2-why"' in answer.text
        assert 'id="pc-1-why"' not in answer.text
        assert counted(app) == before
    again = press_of(answer)
    assert desk.post(NEW, again.values | {"pc_name": ["よい名前", "PC-2"]}).status_code == 303
    assert counted(app) == (before[0] + 2, before[1] + 2)


def test_what_has_changed_since_the_check_is_judged_at_the_press(app: Flask, desk: Visitor, hands: Hands) -> None:
    """R4-2, A8, A11: registered by somebody else meanwhile, revoked, or over."""
    taken, where = fresh(), public_id_of(app, HIGASHI)
    form = press_of(uploaded(desk, where, ("a.cer", taken.der), ("b.cer", fresh().der)))
    other = press_of(uploaded(desk, where, ("a.cer", taken.der)))
    assert desk.post(NEW, other.values).status_code == 303
    before = counted(app)
    answer = desk.post(NEW, form.values)
    assert answer.status_code == 422
    assert "すでに登録されています" in answer.text
    assert answer.text.count('name="pc_name"') == 1
    assert counted(app) == before
    late = press_of(uploaded(desk, where, ("c.cer", issued_until(ending_in(0, seconds=60)).der)))
    hands.now = ending_in(0, seconds=60)
    answer = desk.post(NEW, late.values)
    assert answer.status_code == 422
    assert "有効期限が切れています" in answer.text
    assert counted(app) == before


NOT_OURS: tuple[dict[str, list[str]], ...] = (
    {"certificate": ["!!!"]},
    {"certificate": ["あ"]},
    {"certificate": [""]},
    {"certificate": [], "pc_name": []},
    {"certificate": ["AAAA", "AAAA"]},
    {"certificate": ["AAAA"] * (MOST_FILES + 1), "pc_name": ["PC"] * (MOST_FILES + 1)},
)


def test_a_form_that_is_not_ours_registers_nothing(app: Flask, desk: Visitor) -> None:
    """C12, R8-3."""
    before = counted(app)
    form = press_of(uploaded(desk, public_id_of(app, HIGASHI), ("a.cer", fresh().der)))
    for fields in NOT_OURS:
        assert desk.post(NEW, form.values | fields).status_code in {400, 422}
    assert counted(app) == before


@pytest.mark.parametrize("organization", ["", "000000000000"])
def test_without_an_organization_or_a_file_the_form_says_so(app: Flask, desk: Visitor, organization: str) -> None:
    """R8-3."""
    answer = uploaded(desk, organization, ("a.cer", fresh().der))
    assert answer.status_code == 422
    assert 'id="organization-why"' in answer.text
    chosen = public_id_of(app, HIGASHI)
    answer = uploaded(desk, chosen)
    assert answer.status_code == 422
    assert 'id="files-why"' in answer.text
    assert next(form for form in forms_of(answer.text) if form.action == CHECK).values["organization"] == chosen


def test_staff_see_whom_a_pc_serves_already(app: Flask, desk: Visitor) -> None:
    """R4-4: and register it for one more."""
    public_id = registered(app, HIGASHI)
    pem = the_certificate(app, public_id).pem.encode()
    answer = uploaded(desk, public_id_of(app, NISHI), ("shared.cer", pem))
    assert "この証明書は ひがしガス株式会社 にも登録されています" in answer.text
    assert desk.post(NEW, press_of(answer).values).status_code == 303
    assert desk.page(f"/staff/certificates/{public_id}").count("/suspend?organization=") == 2


def test_a_revoked_certificate_comes_in_no_more(app: Flask, desk: Visitor) -> None:
    """A11."""
    public_id = registered(app, HIGASHI)
    path = f"/staff/certificates/{public_id}/revoke"
    assert desk.submit(path, reason="漏えい").status_code == 303
    answer = uploaded(desk, public_id_of(app, NISHI), ("a.cer", the_certificate(app, public_id).pem.encode()))
    assert "この証明書は失効しています" in answer.text
    assert 'name="pc_name"' not in answer.text


def test_no_upload_is_read_without_end() -> None:
    """R4-3: so many files, so many bytes; the rest is told so."""
    der = good().der
    many = read_files(ChosenFile(f"{number}.cer", der) for number in range(MOST_FILES + 5))
    assert [entry.is_sound for entry in many] == [True] * MOST_FILES + [False] * 5
    large = read_files(ChosenFile(f"{number}.cer", b"x" * 60_000) for number in range(6))
    assert all(entry.reasons for entry in large)
    assert sum(len(entry.der) for entry in many) <= MOST_BYTES


def test_a_files_name_is_text() -> None:
    """A21, E8: folders, control characters and length say nothing."""
    names = ["C:\\Users\\a\\営業PC.cer", "a\x00b\u202e.cer", "x" * 500 + ".cer", ".cer", ""]
    offered = [read_files([ChosenFile(name, b"")])[0].pc_name for name in names]
    assert offered == ["営業PC", "a b", "x" * 60, ".cer", ""]
    assert max(map(len, offered)) == 60
