"""Administrators keep the allow-list and look at what was refused; nobody else does (R2-8, H5)."""

import csv
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from auth.models import AllowedAddress, BlockedAccess, Organization, User
from base.audit import AuditEntry
from base.db import db, transaction
from base.form_keys import new_form_key
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands

Enter = Callable[[Person], Visitor]
LIST = "/staff/allowed-addresses"
NEW = f"{LIST}/new"
BLOCKED = "/staff/blocked"
ABROAD = "198.51.100.9"


@pytest.fixture
def administrator(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.administrator)


def public_id_of(app: Flask, person: Person) -> str:
    with app.app_context():
        return db.session.get_one(Organization, person.organization_id).public_id


def filled(app: Flask, person: Person, **changes: str) -> dict[str, str]:
    given = {"organization": public_id_of(app, person), "network": "198.51.100.8/29", "reason": "海外拠点での検針業務"}
    return given | {"approver": "管理 正", "review_on": "2027-10-31"} | changes


def entries(app: Flask) -> list[AllowedAddress]:
    with app.app_context():
        return list(db.session.scalars(select(AllowedAddress).order_by(AllowedAddress.id)))


def allowed(app: Flask, person: Person, network: str = "198.51.100.8/29", **facts: object) -> str:
    with app.app_context(), transaction() as session:
        of, by = session.get_one(Organization, person.organization_id), session.scalars(select(User).limit(1)).one()
        return make.allowed_address(session, of, by, network, **facts).public_id


def blocked(app: Flask, address: str, of: Person | None = None, **facts: object) -> None:
    given = {"day": date(2026, 11, 22), "country": "US", "first_at": NOW, "last_at": NOW, "count": 3, **facts}
    fingerprint = "ab" * 32 if of else ""
    with app.app_context(), transaction() as session:
        row = BlockedAccess(address=address, fingerprint=fingerprint, **given)
        row.organization_id = of.organization_id if of else None
        session.add(row)


def test_an_address_is_allowed_and_its_pc_gets_in_at_once(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """R2-8, R8-1: with reason, approver and review date, in the trail."""
    far = Visitor(app, cast.higashi_reader.client)
    far.headers = {"X-Client-Address": ABROAD}
    assert far.get("/login").status_code == 403
    answer = administrator.submit(NEW, **filled(app, cast.higashi_reader, network=" 198.51.100.8/29 "))
    assert answer.status_code == 303, answer.text
    assert far.get("/login").status_code == 200
    (row,) = entries(app)
    assert (row.network, row.review_on, row.approver) == ("198.51.100.8/29", date(2027, 10, 31), "管理 正")
    page = administrator.page(answer.location)
    for words in (
        "ひがしガス株式会社",
        "198.51.100.8/29",
        "海外拠点での検針業務",
        "管理 正",
        "2027/10/31(日)",
        "許可中",
    ):
        assert words in page
    with app.app_context():
        line = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "allowed_address.added")).one()
        assert (line.organization_id, line.actor) == (cast.higashi_reader.organization_id, cast.administrator.login_id)
        assert json.loads(line.after)["network"] == "198.51.100.8/29"


def test_all_that_is_wrong_is_told_beside_its_field_and_kept(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """H5, R8-3."""
    wrong = filled(app, cast.higashi_reader, organization="", network="198.51.100.0/28", reason=" ", approver="")
    answer = administrator.submit(
        NEW,
        **wrong,
    )
    assert answer.status_code == 422
    for words in ("範囲が広すぎます", "事業者を選んでください。", "入力してください。", 'value="198.51.100.0/28"'):
        assert words in answer.text
    answer = administrator.submit(NEW, **filled(app, cast.higashi_reader, review_on="2029-01-01"))
    assert (answer.status_code, "1年後まで" in answer.text) == (422, True)
    answer = administrator.submit(
        NEW, **filled(app, cast.higashi_reader, review_on="2029-01-01", network="x", reason="")
    )
    assert [words in answer.text for words in ("1年後まで", "読み取れません", "入力してください。")] == [
        True,
        True,
        True,
    ]
    for odd in ("", "soon", "2027-02-30"):
        assert administrator.submit(NEW, **filled(app, cast.higashi_reader, review_on=odd)).status_code == 422
    assert administrator.submit(NEW, **filled(app, cast.higashi_reader, organization="0000000000zz")).status_code == 422
    assert entries(app) == []


def test_an_organization_has_no_address_twice(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """H5: a part of what it has neither; another organization may share an office; what was ended is free again."""
    public_id = allowed(app, cast.higashi_reader)
    answer = administrator.submit(NEW, **filled(app, cast.higashi_manager, network="198.51.100.15"))
    assert answer.status_code == 422
    assert "この事業者に許可済みの「198.51.100.8/29」と重なっています。" in answer.text
    assert administrator.submit(NEW, **filled(app, cast.nishi_reader, network="198.51.100.15")).status_code == 303
    assert administrator.submit(f"{LIST}/{public_id}/end").status_code == 303
    assert administrator.submit(NEW, **filled(app, cast.higashi_manager, network="198.51.100.15")).status_code == 303


def test_two_who_allow_the_same_at_once_allow_it_once(any_app: Flask, any_cast: Cast) -> None:
    """H5, G2."""
    visitors = [logged_in(any_app, any_cast.administrator) for _ in range(4)]
    values = [visitor.form(NEW, NEW).values | filled(any_app, any_cast.higashi_reader) for visitor in visitors]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda pair: pair[0].post(NEW, pair[1]).status_code, zip(visitors, values, strict=True))
        )
    assert sorted(answers) == [303, 422, 422, 422]
    assert len(entries(any_app)) == 1


def test_the_form_sent_twice_allows_once(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """G1."""
    values = administrator.form(NEW, NEW).values | filled(app, cast.higashi_reader)
    assert [administrator.post(NEW, values).status_code for _ in range(2)] == [303, 303]
    assert len(entries(app)) == 1


def test_an_entry_is_confirmed_once_a_year(app: Flask, cast: Cast, administrator: Visitor, hands: Hands) -> None:
    """R2-8: overdue ones stand out in the list and on the desk; confirming asks again a year later."""
    public_id = allowed(app, cast.higashi_reader, review_on=date(2026, 11, 21))
    assert "見直し期日を過ぎた許可が1件あります" in administrator.page(LIST)
    assert "<strong>1</strong> 見直し期日を過ぎた許可アドレス" in administrator.page("/staff")
    assert administrator.submit(LIST, f"{LIST}/{public_id}/confirm").status_code == 303
    (row,) = entries(app)
    assert (row.review_on, row.confirmed_at) == (date(2027, 11, 22), NOW)
    assert "見直し期日を過ぎた許可が" not in administrator.page(LIST)
    assert "2026/11/22(日) 継続を確認" in administrator.page(LIST)
    hands.now = NOW + timedelta(days=366)
    with app.app_context(), transaction() as session:
        session.execute(update(User).values(password_set_at=hands.now))
    assert "見直し期日を過ぎた許可が1件あります" in logged_in(app, cast.administrator).page(LIST)


def test_an_ended_entry_is_ended_once_and_shown_among_the_ended(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """R2-8."""
    public_id = allowed(app, cast.higashi_reader)
    path = f"{LIST}/{public_id}/end"
    form = administrator.form(path, path)
    assert administrator.post(path, form.values).status_code == 303
    assert administrator.post(path, form.values | {"form_key": new_form_key()}).status_code == 409
    assert (
        administrator.post(f"{LIST}/{public_id}/confirm", form.values | {"form_key": new_form_key()}).status_code == 409
    )
    assert administrator.get(path).status_code == 404
    assert "198.51.100.8/29" not in administrator.page(LIST)
    assert "198.51.100.8/29" in administrator.page(f"{LIST}?state=ended")


def test_an_administrator_does_not_shut_himself_out_unwarned(app: Flask, cast: Cast) -> None:
    """H5: who comes through the very entry has to say so a second time."""
    own, other = allowed(app, cast.administrator), allowed(app, cast.administrator, "203.0.113.1/32")
    visitor = Visitor(app, cast.administrator.client)
    visitor.headers = {"X-Client-Address": ABROAD}
    assert visitor.log_in(cast.administrator.login_id).status_code == 303
    assert visitor.page(LIST).count("いまの接続") == 1
    path = f"{LIST}/{own}/end"
    assert "いまお使いの接続は、この許可で利用できています" in visitor.page(path)
    answer = visitor.submit(path)
    assert answer.status_code == 422
    assert "確認の印を付けてください" in answer.text
    assert visitor.submit(f"{LIST}/{other}/end").status_code == 303
    assert visitor.submit(path, is_sure="yes").status_code == 303
    assert visitor.get(LIST).status_code == 403


def test_at_home_no_second_confirmation_is_asked(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """H5."""
    public_id = allowed(app, cast.administrator)
    page = administrator.page(f"{LIST}/{public_id}/end")
    assert "いまお使いの接続" not in page
    assert administrator.submit(f"{LIST}/{public_id}/end").status_code == 303


def test_staff_see_how_old_the_country_data_are(
    app: Flask, cast: Cast, administrator: Visitor, tmp_path: Path, hands: Hands
) -> None:
    """R2-8, H4: old or broken data stand out, in both lists and on the desk."""
    for path in (LIST, BLOCKED):
        assert "2026/11/01(日) 作成" in administrator.page(path)
    assert "国判定データ" not in administrator.page("/staff")
    file = tmp_path / "countries"
    file.write_text(file.read_text(encoding="ascii").replace("Nov", "Aug"), encoding="ascii")
    hands.now += timedelta(seconds=60)
    assert "90日より前" in administrator.page(LIST)
    assert "古い、または読めない国判定データ" in administrator.page("/staff")
    file.write_text("broken", encoding="ascii")
    hands.now += timedelta(seconds=60)
    assert administrator.get(LIST).status_code == 403
    allowed(app, cast.administrator, "192.0.2.0/29")
    assert "読めません" in administrator.page(LIST)


def test_what_was_refused_is_listed_and_narrowed(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """R2-8: by day, organization, country, address; from a line to the form, filled in."""
    blocked(app, ABROAD, cast.higashi_reader, last_at=NOW + timedelta(minutes=5))
    blocked(app, "203.0.113.7", country="", count=10_000)
    blocked(app, "*", country="", day=date(2026, 11, 21))
    page = administrator.page(BLOCKED)
    for words in (
        ABROAD,
        "203.0.113.7",
        "ひがしガス株式会社",
        "US",
        "国不明",
        "合わせて10006回",
        "2026/11/22(日)",
        "ほかのアドレス(多数)",
    ):
        assert words in page
    higashi = public_id_of(app, cast.higashi_reader)
    for query, is_there in (
        *((f"organization={higashi}", True), ("organization=none", False), ("country=US", True), ("country=DE", False)),
        *(("q=198.51", True), ("q=203", False), ("from=2026-11-22", True), ("from=2026-11-23", False)),
        *(
            ("until=2026-11-21", False),
            ("until=2026-11-22", True),
            ("from=never&country=us&page=x", True),
            ("page=2", False),
        ),
    ):
        assert (f"<b>{ABROAD}</b>" in administrator.page(f"{BLOCKED}?{query}")) is is_there, query
    link = f"{NEW}?network={ABROAD}&amp;organization={higashi}"
    assert link in page
    form = administrator.form(link.replace("&amp;", "&"), NEW)
    assert (form.values["network"], form.values["organization"]) == (ABROAD, higashi)
    assert form.values["review_on"] == "2027-11-22"


def test_both_lists_as_files_for_excel(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """R2-3, R8-7: a cell never starts a formula."""
    allowed(app, cast.higashi_reader, reason="=1+1")
    blocked(app, ABROAD, cast.higashi_reader)
    for path, first, second in (
        (f"{LIST}.csv", "ひがしガス株式会社", "198.51.100.8/29"),
        (f"{BLOCKED}.csv?country=US", "2026/11/22", ABROAD),
    ):
        answer = administrator.get(path)
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        head, line = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
        assert len(head) == len(line)
        assert line[:2] == [first, second]
        assert not [cell for cell in line if cell.startswith("=")]


@pytest.mark.parametrize("name", ["nishi_reader", "higashi_manager", "reception", "operations"])
def test_nobody_but_administrators_sees_any_of_it(app: Flask, cast: Cast, enter: Enter, name: str) -> None:
    """R8-4, R8-6: a contact manager neither, not even of his own organization."""
    public_id = allowed(app, cast.higashi_reader)
    visitor = enter(getattr(cast, name))
    for path in (LIST, f"{LIST}.csv", NEW, f"{LIST}/{public_id}/end", BLOCKED, f"{BLOCKED}.csv"):
        assert visitor.get(path).status_code == 404
    assert "国外からの利用許可" not in visitor.get("/", follow_redirects=True).text


def test_a_list_of_many_is_turned_page_by_page(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """R7-5."""
    for number in range(51):
        blocked(app, f"203.0.113.{number}", last_at=NOW - timedelta(minutes=number))
    first, second = administrator.page(BLOCKED), administrator.page(f"{BLOCKED}?page=2")
    assert "page=2" in first
    assert "<b>203.0.113.50</b>" not in first
    assert second.count("<b>203.0.113.") == 1


def test_an_ended_organization_is_allowed_nothing(app: Flask, cast: Cast, administrator: Visitor) -> None:
    """R3-5."""
    with app.app_context(), transaction() as session:
        of = Organization.id == cast.higashi_reader.organization_id
        session.execute(update(Organization).where(of).values(ended_at=NOW))
    answer = administrator.submit(NEW, **filled(app, cast.higashi_reader))
    assert (answer.status_code, "利用は終了しています" in answer.text) == (422, True)
