"""A contact manager's own certificates (R4-5, R8-4)."""

import csv
import io
from collections.abc import Callable

import pytest
from flask import Flask

from auth.certificate_words import grouped
from tests.auth.registry_rows import HIGASHI, NISHI, ending_in, lines_of, registered, the_certificate, trail
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW

Enter = Callable[[Person], Visitor]
REASON = "PCを紛失したため"


@pytest.fixture
def manager(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.higashi_manager)


def main_of(visitor: Visitor, path: str) -> str:
    return visitor.page(path).split("<main")[1]


def test_the_list_is_the_contact_managers(app: Flask, cast: Cast, enter: Enter) -> None:
    """R2-4, R8-6: the deputy's too; not the readers'."""
    public_id = registered(app, HIGASHI)
    for person, status in ((cast.higashi_manager, 200), (cast.higashi_deputy, 200), (cast.higashi_reader, 404)):
        visitor = enter(person)
        for path in ("/certificates", "/certificates.csv", f"/certificates/{public_id}"):
            assert visitor.get(path).status_code == status
        assert ('href="/certificates"' in visitor.page("/contact")) is (status == 200)


def test_it_names_every_fact_and_the_last_safe_day(app: Flask, manager: Visitor) -> None:
    """R4-5: the last day to apply, red once it has passed; what goes on in its place."""
    public_id = registered(app, HIGASHI, pc_name="古いPC", end=ending_in(60))
    registered(app, HIGASHI, pc_name="遅いPC", end=ending_in(10))
    page = manager.page("/certificates")
    for words in ("古いPC", "2026/12/28(月)", "あと60日", "過ぎています", "申請の最終日を過ぎた証明書があります"):
        assert words in page
    row = the_certificate(app, public_id)
    detail = manager.page(f"/certificates/{public_id}")
    for words in (row.subject, row.issuer, row.fingerprint[:4].upper(), grouped(row.serial), "2027/01/21(木)"):
        assert words in detail
    answer = manager.get("/certificates.csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {row["事業者"] for row in rows} == {HIGASHI}
    assert [row["申請の最終日"] for row in rows if row["PC名"] == "古いPC"] == ["2026/12/28"]


def test_what_ends_soon_stands_first(app: Flask, manager: Visitor) -> None:
    """R4-5: by its last day to apply; the numbers in whole bytes, as Windows shows them."""
    for name, days in (("ぜんぶ後", 400), ("あとの方", 60), ("いちばん先", 10)):
        registered(app, HIGASHI, pc_name=name, end=ending_in(days))
    page = main_of(manager, "/certificates").partition("<tbody>")[2]
    assert sorted(("ぜんぶ後", "あとの方", "いちばん先"), key=page.index) == ["いちばん先", "あとの方", "ぜんぶ後"]
    assert [grouped("abc"), grouped("1f2e3d")] == ["0ABC", "1F2E 3D"]


def test_of_a_shared_pc_each_organization_sees_its_own_line_alone(
    app: Flask, cast: Cast, enter: Enter, manager: Visitor
) -> None:
    """R4-4, R8-4: neither the other's name, PC name, suspension nor logins."""
    public_id = registered(app, HIGASHI, pc_name="自社の呼び名")
    desk, nishi = enter(cast.reception), enter(cast.nishi_manager)
    alone = [main_of(manager, path) for path in ("/certificates", f"/certificates/{public_id}")]
    path = f"/staff/certificates/{public_id}"
    where = desk.page(path).split(f">{NISHI}</option>")[0].split('value="')[-1].split('"')[0]
    assert desk.submit(path, f"{path}/organizations", organization=where, pc_name="西の呼び名").status_code == 303
    assert desk.submit(f"{path}/suspend?organization={where}", f"{path}/suspend", reason=REASON).status_code == 303
    assert [main_of(manager, path) for path in ("/certificates", f"/certificates/{public_id}")] == alone
    theirs = (
        nishi.page("/certificates") + nishi.page(f"/certificates/{public_id}") + nishi.get("/certificates.csv").text
    )
    assert "西の呼び名" in theirs
    for words in ("ひがし", "自社の呼び名"):
        assert words not in theirs


def test_last_logins_are_those_of_ones_own_people(app: Flask, cast: Cast, enter: Enter, manager: Visitor) -> None:
    """R8-4, R4-4."""
    desk = enter(cast.reception)
    own = manager.page("/certificates").split('href="/certificates/')[1].split('"')[0]
    path = f"/staff/certificates/{own}"
    where = desk.page(path).split(f">{NISHI}</option>")[0].split('value="')[-1].split('"')[0]
    desk.submit(path, f"{path}/organizations", organization=where, pc_name="共用PC")
    nishi = Visitor(app, cast.higashi_manager.client)
    assert nishi.log_in(cast.nishi_manager.login_id).status_code == 303
    page = nishi.page(f"/certificates/{own}")
    assert cast.nishi_manager.login_id in page
    assert cast.higashi_manager.login_id not in page
    assert cast.nishi_manager.login_id not in manager.page(f"/certificates/{own}")
    assert cast.nishi_manager.login_id in desk.page(path)


def test_it_is_suspended_at_once_and_only_staff_take_it_back(app: Flask, cast: Cast, manager: Visitor) -> None:
    """R4-5, R8-1, A11: with a reason, after a page that asks."""
    public_id = registered(app, HIGASHI, NISHI)
    path = f"/certificates/{public_id}/suspend"
    answer = manager.submit(path, reason=REASON)
    assert (answer.status_code, answer.location) == (303, "/certificates")
    lines = lines_of(app, public_id)
    assert (lines[HIGASHI].suspended_at, lines[HIGASHI].suspend_reason) == (NOW, REASON)
    assert lines[NISHI].suspended_at is None
    (entry,) = trail(app, "certificate.suspended")
    assert (entry.user_id, entry.organization_id) == (
        cast.higashi_manager.user_id,
        cast.higashi_manager.organization_id,
    )
    assert f"{lines[HIGASHI].pc_name}の証明書を停止しました" in manager.page("/certificates")
    page = manager.page(f"/certificates/{public_id}")
    assert REASON in page
    assert "停止の解除は、託送受付センターへ" in page
    assert "<form" not in manager.page(path).split("<main")[1]
    assert manager.post(f"/certificates/{public_id}/resume").status_code in {400, 404, 405}


def test_whoever_suspends_the_pc_he_sits_at_is_warned_and_out(app: Flask, cast: Cast, manager: Visitor) -> None:
    """R4-5, A11: and told that nobody can log in any more."""
    own = manager.page("/certificates").split('href="/certificates/')[1].split('"')[0]
    path = f"/certificates/{own}/suspend"
    page = manager.page(path)
    assert "いまお使いのPCの証明書です" in page
    assert "有効な証明書はこの1枚だけです" in page
    assert manager.submit(path, reason=REASON).status_code == 303
    answer = manager.get("/certificates")
    assert answer.status_code == 403
    assert "停止" in answer.text
    other = Visitor(app, cast.higashi_manager.client)
    assert other.get("/login").status_code == 403


def test_the_outsider_suspends_nothing(app: Flask, cast: Cast, enter: Enter) -> None:
    """E9, R8-4: as if it weren't there."""
    public_id, nishi = registered(app, HIGASHI), enter(cast.nishi_manager)
    own = nishi.page("/certificates").split('href="/certificates/')[1].split('"')[0]
    form = nishi.form(f"/certificates/{own}/suspend", f"/certificates/{own}/suspend")
    assert nishi.get(f"/certificates/{public_id}").status_code == 404
    answer = nishi.post(f"/certificates/{public_id}/suspend", form.values | {"reason": REASON})
    assert answer.status_code == 404
    assert lines_of(app, public_id)[HIGASHI].suspended_at is None


def test_the_home_page_reminds_until_it_goes_on(app: Flask, cast: Cast, enter: Enter, manager: Visitor) -> None:
    """R4-5: one line; red when the last day has passed; nobody else's."""
    registered(app, HIGASHI, pc_name="業務PC-03", end=ending_in(60))
    home = manager.page("/")
    assert "業務PC-03のクライアント証明書の期限が近づいています" in home
    assert "間に合う申請の最終日 2026/12/28(月)" in home
    registered(app, HIGASHI, pc_name="業務PC-05", end=ending_in(10))
    home = manager.page("/")
    assert "クライアント証明書2枚の期限が近づいています" in home
    assert "を過ぎました" in home
    assert "期限が近づいています" not in enter(cast.higashi_reader).page("/")
    assert "期限が近づいています" not in enter(cast.nishi_manager).page("/")
    for name in ("業務PC-03", "業務PC-05"):
        registered(app, HIGASHI, pc_name=name, end=ending_in(500))
    assert "期限が近づいています" not in manager.page("/")
