"""The reception center's registry: the list, one certificate, what is done to it at once (R4-3 to R4-5)."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import update

from auth.models import Certificate, Organization
from base.db import transaction
from tests.auth.registry_rows import (
    HIGASHI,
    NISHI,
    ending_in,
    lines_of,
    organization,
    public_id_of,
    registered,
    the_certificate,
    trail,
)
from tests.browsing import Visitor
from tests.cast import STAFF_PC, Cast, Person
from tests.certificates import A_SECOND, NOW
from tests.conftest import Hands

Enter = Callable[[Person], Visitor]
LIST = "/staff/certificates"
REASON = "PCを紛失したため"


@pytest.fixture
def desk(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


def rows_of(visitor: Visitor, path: str) -> list[dict[str, str]]:
    answer = visitor.get(path)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_registry_is_for_those_who_may(app: Flask, cast: Cast, enter: Enter) -> None:
    """R8-6: reception and administrator; nobody else learns that it is there."""
    shared = registered(app, HIGASHI)
    for person, status in (
        (cast.reception, 200),
        (cast.administrator, 200),
        (cast.operations, 404),
        (cast.higashi_manager, 404),
        (cast.nishi_reader, 404),
    ):
        visitor = enter(person)
        for path in (LIST, f"{LIST}/{shared}", f"{LIST}/expiring", f"{LIST}/new", f"{LIST}.csv"):
            assert visitor.get(path).status_code == status, (person.name, path)
        assert ('href="/staff/certificates"' in visitor.page("/contact")) is (status == 200)


def test_the_list_names_each_certificate_for_each_organization(app: Flask, desk: Visitor) -> None:
    """R4-4, R4-5: a shared PC stands in two lines, each with the last safe day."""
    registered(app, HIGASHI, NISHI, pc_name="委託先PC-01", end=ending_in(60))
    page = desk.page(f"{LIST}?q=委託先PC")
    assert page.count("委託先PC-01</a>") == 2
    assert page.count("まもなく期限") == 2
    assert "あと60日" in page
    rows = rows_of(desk, f"{LIST}.csv?q=委託先PC")
    assert [row["事業者"] for row in rows] == [NISHI, HIGASHI]
    assert {row["申請の最終日"] for row in rows} == {"2026/12/28"}


FOUND = ("ひがし", "pc-77", "cn=higashi-77", "Demo Client", "{serial}", "00 {fours}", "{fingerprint}", "{colons}")
NOT_FOUND = ("{fingerprint}0", "{shifted}", "%", "_", "\\", "みなと", "' OR 1=1 --")


def test_a_search_finds_it_by_whatever_stands_on_the_screen(app: Flask, desk: Visitor) -> None:
    """R4-4: names in any case, numbers however they are grouped; signs of a pattern are signs."""
    public_id = registered(app, HIGASHI, name="higashi-77")
    row = the_certificate(app, public_id)
    written = {
        "serial": row.serial.upper(),
        "fours": " ".join(row.serial[at : at + 4] for at in range(0, len(row.serial), 4)),
        "fingerprint": row.fingerprint,
        "colons": ":".join(row.fingerprint[at : at + 2].upper() for at in range(0, 64, 2)),
        "shifted": row.fingerprint[1:] + "0",
    }
    for words in (*FOUND, *NOT_FOUND):
        answer = desk.get(LIST, query_string={"q": words.format(**written)})
        assert answer.status_code == 200
        assert (public_id in answer.text) is (words in FOUND), words


def test_each_state_is_found_by_its_filter(app: Flask, desk: Visitor) -> None:
    """R4-5: also at the second edge."""
    ids = {
        "valid": registered(app, HIGASHI, end=ending_in(300)),
        "expiring": registered(app, HIGASHI, end=ending_in(90)),
        "suspended": registered(app, HIGASHI, end=ending_in(300)),
        "revoked": registered(app, HIGASHI, end=ending_in(300)),
        "expired": registered(app, HIGASHI, end=NOW + A_SECOND),
    }
    for name, verb in (("suspended", "suspend"), ("revoked", "revoke")):
        assert desk.submit(f"{LIST}/{ids[name]}/{verb}", reason=REASON).status_code == 303
    with app.app_context(), transaction() as session:
        session.execute(update(Certificate).where(Certificate.public_id == ids["expired"]).values(not_after=NOW))
    for state in ids:
        page = desk.page(f"{LIST}?state={state}&organization={public_id_of(app, HIGASHI)}")
        shown = {name for name, public_id in ids.items() if public_id in page}
        assert shown == ({"valid", "expiring"} if state == "valid" else {state})
    assert all(public_id in desk.page(f"{LIST}?state=nonsense&page=zero") for public_id in ids.values())


def test_a_long_list_has_pages_and_its_file_has_all(app: Flask, cast: Cast, desk: Visitor) -> None:
    with app.app_context(), transaction() as session:
        for number in range(60):
            name = f"事業者{number:03}"
            session.add(Organization(name=name, created_at=NOW))
        session.flush()
    for number in range(51):
        registered(app, f"事業者{number:03}", pc_name=f"PC-{number:03}")
    first, second = desk.page(f"{LIST}?q=事業者"), desk.page(f"{LIST}?q=事業者&page=2")
    assert first.count("事業者0") > second.count("事業者0")
    assert "次の50件" in first
    assert "前の50件" in second
    assert len(rows_of(desk, f"{LIST}.csv?q=事業者")) == 51
    assert "条件に合う証明書はありません" in desk.page(f"{LIST}?page=9999")


def test_one_certificate_shows_everything_that_tells_it_from_others(app: Flask, cast: Cast, desk: Visitor) -> None:
    """R4-4: issuer and serial, the SHA-256 in fours, dates with their weekday, PCs, last logins."""
    public_id = registered(app, HIGASHI, NISHI, pc_name="委託先PC-01")
    row = the_certificate(app, public_id)
    page = desk.page(f"{LIST}/{public_id}")
    grouped = " ".join(row.fingerprint[at : at + 4].upper() for at in range(0, 64, 4))
    for words in (grouped, row.subject, row.issuer, "有効期間", HIGASHI, NISHI, "ログインの記録はまだありません"):
        assert words in page
    assert f'href="/staff/audit?certificate={row.fingerprint}"' in page
    assert "証明書を登録した" in desk.page(f"/staff/audit?certificate={row.fingerprint}")
    own = desk.page(f"{LIST}?q={STAFF_PC}").split(f'href="{LIST}/')[-1].split('"')[0]
    logins = desk.page(f"{LIST}/{own}")
    assert cast.reception.name in logins
    assert cast.reception.login_id in logins


def test_a_suspension_works_at_the_next_click_and_for_this_organization_alone(
    app: Flask, cast: Cast, desk: Visitor, enter: Enter
) -> None:
    """A11, R4-5, R8-1: out in the middle of a session; the other organization goes on; staff take it back."""
    nishi = enter(cast.nishi_manager)
    own = _certificate_of(app, desk, NISHI)
    assert nishi.get("/account").status_code == 200
    add_organization(app, desk, own, HIGASHI)
    answer = desk.submit(
        f"{LIST}/{own}/suspend?organization={public_id_of(app, NISHI)}", f"{LIST}/{own}/suspend", reason=REASON
    )
    assert (answer.status_code, answer.location) == (303, f"{LIST}/{own}")
    assert nishi.get("/account").location.startswith("/login")
    lines = lines_of(app, own)
    assert (lines[NISHI].suspended_at, lines[NISHI].suspend_reason, lines[HIGASHI].suspended_at) == (NOW, REASON, None)
    (entry,) = trail(app, "certificate.suspended")
    assert (entry.user_id, entry.organization_id) == (cast.reception.user_id, cast.nishi_manager.organization_id)
    assert REASON in entry.after
    assert nishi.log_in(cast.nishi_manager.login_id).status_code == 403
    page = desk.page(f"{LIST}/{own}")
    assert REASON in page
    assert desk.submit(f"{LIST}/{own}", f"{LIST}/{own}/resume").status_code == 303
    assert lines_of(app, own)[NISHI].suspended_at is None
    assert REASON in trail(app, "certificate.resumed")[0].before
    assert nishi.log_in(cast.nishi_manager.login_id).status_code == 303


def _certificate_of(app: Flask, desk: Visitor, name: str) -> str:
    page = desk.page(f"{LIST}?organization={public_id_of(app, name)}")
    return page.split("<tbody>")[1].split(f'href="{LIST}/')[1].split('"')[0]


def add_organization(app: Flask, desk: Visitor, public_id: str, name: str, pc_name: str = "共用PC") -> None:
    page, action = f"{LIST}/{public_id}", f"{LIST}/{public_id}/organizations"
    answer = desk.submit(page, action, organization=public_id_of(app, name), pc_name=pc_name)
    assert answer.status_code == 303, answer.text


def test_a_revocation_ends_every_session_with_it_for_good(app: Flask, cast: Cast, desk: Visitor, enter: Enter) -> None:
    """A11, R4-5, R8-1: 403 with its reason at the next request, for every organization; no way back."""
    own = _certificate_of(app, desk, NISHI)
    add_organization(app, desk, own, HIGASHI)
    visitors = [enter(cast.nishi_manager), enter(cast.nishi_reader)]
    confirm = desk.page(f"{LIST}/{own}/revoke")
    assert "にしガス株式会社(PC-03)" in confirm
    assert "ひがしガス株式会社(共用PC)" in confirm
    assert desk.submit(f"{LIST}/{own}/revoke", reason="鍵が漏えいしたおそれ").status_code == 303
    for visitor in visitors:
        answer = visitor.get("/account")
        assert answer.status_code == 403
        assert "失効" in answer.text
    page = desk.page(f"{LIST}/{own}")
    assert "鍵が漏えいしたおそれ" in page
    assert "/suspend" not in page
    assert "/resume" not in page
    assert "鍵が漏えい" in trail(app, "certificate.revoked")[0].after
    again = desk.submit(f"{LIST}/{registered(app, HIGASHI)}/revoke", reason="別の証明書")
    assert again.status_code == 303


def test_a_shared_pc_serves_two_organizations_and_each_person_enters_his_own(
    app: Flask, cast: Cast, desk: Visitor
) -> None:
    """A18, R4-4, R8-4: two users with one certificate, one certificate for two organizations."""
    own = _certificate_of(app, desk, NISHI)
    add_organization(app, desk, own, HIGASHI)
    for person, name in ((cast.nishi_manager, NISHI), (cast.nishi_reader, NISHI), (cast.higashi_reader, HIGASHI)):
        visitor = Visitor(app, cast.nishi_manager.client)
        assert visitor.log_in(person.login_id).status_code == 303
        assert name in visitor.page("/account")
    (entry,) = [each for each in trail(app, "certificate.registered") if "共用PC" in each.after]
    assert entry.organization_id == cast.higashi_reader.organization_id


def test_a_shared_pc_suspended_for_one_is_told_so_and_still_serves_the_other(
    app: Flask, cast: Cast, desk: Visitor
) -> None:
    """A18, R4-5."""
    own = _certificate_of(app, desk, NISHI)
    add_organization(app, desk, own, HIGASHI)
    at = f"{LIST}/{own}/suspend"
    desk.submit(f"{at}?organization={public_id_of(app, NISHI)}", at, reason=REASON)
    visitor = Visitor(app, cast.nishi_manager.client)
    assert visitor.log_in(cast.nishi_manager.login_id).status_code == 403
    assert visitor.log_in(cast.higashi_reader.login_id).status_code == 303


INCOMPLETE = (
    ("organization", "", "事業者を選んでください。"),
    ("organization", "000000000000", "事業者を選んでください。"),
    ("organization", "same", "すでに登録されています"),
    ("pc_name", "", "入力してください。"),
    ("pc_name", "x" * 61, "60文字以内"),
    ("pc_name", "PC\u202e01", "表示できない文字"),
)


def test_another_organization_is_added_only_with_all_that_it_needs(app: Flask, desk: Visitor) -> None:
    """R8-3, R4-4: the fault is told, what was typed stays, nothing is stored."""
    public_id = registered(app, HIGASHI)
    for field, value, reason in INCOMPLETE:
        filled = {"organization": public_id_of(app, NISHI), "pc_name": "共用PC"}
        filled[field] = public_id_of(app, HIGASHI) if value == "same" else value
        answer = desk.submit(f"{LIST}/{public_id}", f"{LIST}/{public_id}/organizations", **filled)
        assert answer.status_code == 422, reason
        assert reason in answer.text
        assert ('value="共用PC"' in answer.text) is (field != "pc_name")
    assert list(lines_of(app, public_id)) == [HIGASHI]


def test_an_ended_certificate_is_registered_for_nobody_else(app: Flask, desk: Visitor, hands: Hands) -> None:
    """R4-2, A8: judged anew at the press."""
    public_id = registered(app, HIGASHI, end=ending_in(0, seconds=600))
    hands.now += timedelta(seconds=600)
    filled = {"organization": public_id_of(app, NISHI), "pc_name": "共用PC"}
    answer = desk.submit(f"{LIST}/{public_id}", f"{LIST}/{public_id}/organizations", **filled)
    assert answer.status_code == 422
    assert "有効期限が切れています" in answer.text


@pytest.mark.parametrize("verb", ["suspend", "revoke"])
def test_without_a_reason_nothing_happens(app: Flask, desk: Visitor, verb: str) -> None:
    """R8-1, R8-3."""
    public_id = registered(app, HIGASHI)
    for reason in ("", "　 ", "x" * 201):
        answer = desk.submit(f"{LIST}/{public_id}/{verb}", reason=reason)
        assert answer.status_code == 422
        assert 'id="reason-why"' in answer.text
    assert lines_of(app, public_id)[HIGASHI].suspended_at is None
    assert the_certificate(app, public_id).revoked_at is None


def test_pressed_twice_or_by_two_it_happens_once(app: Flask, cast: Cast, desk: Visitor, enter: Enter) -> None:
    """G1, R4-5: the second of two people is told that it is done."""
    public_id = registered(app, HIGASHI)
    path, other = f"{LIST}/{public_id}/suspend", enter(cast.reception_two)
    mine, theirs = desk.form(path, path), other.form(path, path)
    answers = [desk.post(path, mine.values | {"reason": REASON}) for _ in range(2)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, f"{LIST}/{public_id}")}
    late = other.post(path, theirs.values | {"reason": "別の理由"})
    assert late.status_code == 409
    assert "すでに停止されています" in late.text
    assert len(trail(app, "certificate.suspended")) == 1
    assert lines_of(app, public_id)[HIGASHI].suspend_reason == REASON


def test_another_organizations_line_is_not_there_to_be_suspended(app: Flask, desk: Visitor) -> None:
    """E9: the organization is one of the certificate's own."""
    public_id = registered(app, HIGASHI)
    path = f"{LIST}/{public_id}/suspend"
    answer = desk.submit(path, organization=public_id_of(app, NISHI), reason=REASON)
    assert answer.status_code == 404
    assert trail(app, "certificate.suspended") == []


def test_hostile_names_are_text_everywhere(app: Flask, cast: Cast, desk: Visitor, enter: Enter) -> None:
    """A21, E7: escaped on every screen, no formula in the file, never parsed."""
    hostile = "<script>alert(1)</script>\",\"/,=cmd|' /C calc'!A0"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostile[:64])])
    public_id = registered(app, HIGASHI, pc_name="=1+1<b>", subject=subject, end=ending_in(60))
    manager = enter(cast.higashi_manager)
    paths = [LIST, f"{LIST}/{public_id}", f"{LIST}/{public_id}/suspend", f"{LIST}/{public_id}/revoke"]
    pages = [desk.page(path) for path in [*paths, f"{LIST}/expiring"]]
    pages += [manager.page(path) for path in ("/certificates", f"/certificates/{public_id}", "/")]
    for page in pages:
        assert "<script>alert" not in page
        assert "=1+1<b>" not in page
    for visitor, path in ((desk, f"{LIST}.csv?q=script"), (manager, "/certificates.csv")):
        rows = [row for row in rows_of(visitor, path) if "script" in row["主体者"]]
        assert [row["PC名"] for row in rows] == ["'=1+1<b>"]


def test_staff_are_warned_before_they_shut_themselves_out(app: Flask, desk: Visitor) -> None:
    own = desk.page(f"{LIST}?q={STAFF_PC}").split(f'href="{LIST}/')[-1].split('"')[0]
    for verb in ("suspend", "revoke"):
        assert "いまお使いのPCの証明書です" in desk.page(f"{LIST}/{own}/{verb}")
    other = registered(app, HIGASHI)
    assert "いまお使いのPC" not in desk.page(f"{LIST}/{other}/suspend")


def test_the_board_shows_who_must_apply_until_when(app: Flask, desk: Visitor) -> None:
    """R4-5: by organization, red once the last safe day has passed, green where it goes on."""
    late = registered(app, NISHI, pc_name="遅いPC", end=ending_in(10))
    registered(app, HIGASHI, pc_name="続くPC", end=ending_in(60))
    registered(app, HIGASHI, pc_name="続くPC", end=ending_in(400))
    registered(app, HIGASHI, pc_name="先のPC", end=ending_in(92))
    page = desk.page(f"{LIST}/expiring")
    assert "先のPC" not in page
    assert page.index(NISHI) < page.index(HIGASHI)
    assert "過ぎています" in page.split(late)[1].split("</tr>")[0]
    assert "過ぎています" not in page.split("続くPC")[1].split("</tr>")[0]
    assert "登録済み" in page.split("続くPC")[1].split("</tr>")[0]
    rows = rows_of(desk, f"{LIST}/expiring.csv")
    assert [(row["PC名"], row["後継の証明書"]) for row in rows] == [("遅いPC", "なし"), ("続くPC", "登録済み")]
    tile = '<a href="/staff/certificates/expiring"><strong>1</strong> 期限が近い証明書(うち1枚は申請の最終日を過ぎています)</a>'
    assert tile in desk.page("/staff")


def test_the_board_of_an_organization_that_ended_is_nobodys_worry(app: Flask, desk: Visitor) -> None:
    """R4-5, R3-5."""
    registered(app, NISHI, end=ending_in(10))
    with app.app_context(), transaction() as session:
        organization(session, NISHI).ended_at = NOW
    assert "90日以内に期限を迎える証明書はありません" in desk.page(f"{LIST}/expiring")
    assert NISHI in desk.page(LIST)
