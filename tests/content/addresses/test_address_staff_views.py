import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from auth.models import Organization
from auth.usable_certificates import NO_CERTIFICATE
from base.audit import AuditEntry
from base.db import db, transaction
from base.outbox import Mail, queue_mail
from content.addresses.lists import Filters, read_filters
from content.models import ContactAddress
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW

Enter = Callable[[Person], Visitor]
ADDRESS = "tanto@higashi-gas.example"
NEW = "/staff/addresses/new"


@pytest.fixture
def desk(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


def public_id_of(app: Flask, name: str) -> str:
    with app.app_context():
        return db.session.scalars(select(Organization.public_id).where(Organization.name == name)).one()


def the_address(app: Flask, address: str = ADDRESS) -> ContactAddress:
    with app.app_context():
        return db.session.scalars(select(ContactAddress).where(ContactAddress.address == address)).one()


def the_mails(app: Flask) -> list[Mail]:
    with app.app_context():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def register(app: Flask, desk: Visitor, address: str = ADDRESS, of: str = "ひがしガス株式会社") -> ContactAddress:
    answer = desk.submit(NEW, organization=public_id_of(app, of), person_name="東野 花子", address=address)
    assert answer.status_code == 303, answer.text
    return the_address(app, address)


def change(app: Flask, address: str = ADDRESS, **facts: object) -> None:
    with app.app_context(), transaction() as session:
        row = session.scalars(select(ContactAddress).where(ContactAddress.address == address)).one()
        for name, value in facts.items():
            setattr(row, name, value)


def test_staff_register_an_address_and_its_mail_is_queued_at_once(app: Flask, desk: Visitor) -> None:
    """R7-10, R8-1."""
    row = register(app, desk)
    (mail,) = the_mails(app)
    assert (mail.kind, mail.state, mail.about) == ("verify-address", "waiting", row.public_id)
    page = desk.page("/staff/addresses")
    for words in (ADDRESS, "東野 花子", "仮登録", "送信待ち", "送り直す"):
        assert words in page


def test_the_form_sent_twice_registers_once(app: Flask, desk: Visitor) -> None:
    """G1."""
    form = desk.form(NEW, NEW)
    values = form.values | {
        "organization": public_id_of(app, "ひがしガス株式会社"),
        "person_name": "東",
        "address": ADDRESS,
    }
    first, second = desk.post(NEW, values), desk.post(NEW, values)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert len(the_mails(app)) == 1


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("address", "", "入力してください。"),
        ("address", "tanto", "「name@company.example」のように"),
        ("address", "tanto@higashi", "@の後のドメイン名が正しくありません"),
        ("address", "tanto@higashi-.example", "@の後のドメイン名が正しくありません"),
        ("address", "tanto@higashi.example,x@y.example", "このメールアドレスには送信できません"),
        ("address", "tan to@higashi.example", "空白や改行は使えません"),
        ("address", "tanto@higashi.example\r\nBcc: x@y.example", "空白や改行は使えません"),
        ("address", "ｔanto@higashi.example", "半角の英数字と記号で"),
        ("address", "a" * 255, "254文字以内で"),
        ("person_name", "", "入力してください。"),
        ("person_name", "東野\u202e花子", "表示できない文字"),
        ("organization", "", "事業者を選んでください。"),
        ("organization", "000000000000", "事業者を選んでください。"),
    ],
)
def test_bad_input_is_named_beside_its_field_and_what_was_typed_is_kept(
    app: Flask, desk: Visitor, field: str, typed: str, reason: str
) -> None:
    """R8-3, R7-10, F1: nothing is half-stored."""
    good = {"organization": public_id_of(app, "ひがしガス株式会社"), "person_name": "東野 花子", "address": ADDRESS}
    answer = desk.submit(NEW, **(good | {field: typed}))
    assert answer.status_code == 422
    assert reason in answer.text
    assert f'id="{field}-why"' in answer.text
    for other, kept in good.items():
        if other not in {field, "organization"}:
            assert f'value="{kept}"' in answer.text
    assert the_mails(app) == []


def test_all_that_is_wrong_is_told_together(app: Flask, desk: Visitor) -> None:
    """R8-3."""
    answer = desk.submit(NEW, organization="", person_name="東\u202e野", address="tanto@higashi")
    assert answer.status_code == 422
    assert all(f'id="{field}-why"' in answer.text for field in ("organization", "person_name", "address"))


@pytest.mark.parametrize(
    "typed",
    ["  Tanto.Kari+1@Higashi-Gas.Example ", "a..b@docomo.example", "x@xn--wgv71a.example", "o'hara_-~@a.b.example"],
)
def test_addresses_that_mail_reaches_are_taken(app: Flask, desk: Visitor, typed: str) -> None:
    """R7-10: also those that can't be an ID."""
    assert register(app, desk, typed.strip()).address == typed.strip()


def test_an_address_that_is_there_already_is_refused_beside_the_field(app: Flask, desk: Visitor) -> None:
    """R7-10, R8-3."""
    register(app, desk)
    organization = public_id_of(app, "ひがしガス株式会社")
    answer = desk.submit(NEW, organization=organization, person_name="東", address=ADDRESS.upper())
    assert answer.status_code == 422
    assert "登録済みです" in answer.text


def test_where_nobody_can_log_in_the_mail_is_held_visibly_until_it_is_sent_anyway(app: Flask, desk: Visitor) -> None:
    """R7-10."""
    with app.app_context(), transaction() as session:
        make.organization(session, "あらたガス株式会社")
    row = register(app, desk, "tanto@arata-gas.example", "あらたガス株式会社")
    page = desk.page("/staff/addresses?state=held")
    assert NO_CERTIFICATE in page
    assert "送信保留" in page
    answer = desk.submit("/staff/addresses?state=held", f"/staff/addresses/{row.public_id}/send-anyway")
    assert answer.location == f"/staff/addresses?state=held#address-{row.public_id}"
    assert [mail.state for mail in the_mails(app)] == ["waiting"]
    assert "送信保留</span>" not in desk.page("/staff/addresses")


def test_one_click_sends_again_and_comes_back_to_the_same_list(app: Flask, desk: Visitor) -> None:
    """R7-12."""
    row = register(app, desk)
    change(app, link_sent_at=NOW - timedelta(days=8))
    path = "/staff/addresses?state=expired&q=tanto"
    assert "2026/11/21(土) 12:00 に期限切れ" in desk.page(path)
    answer = desk.submit(path, f"/staff/addresses/{row.public_id}/send-again")
    assert answer.location == f"{path}#address-{row.public_id}"
    assert [mail.state for mail in the_mails(app)] == ["skipped", "waiting"]
    assert the_address(app).link_version == 2


def test_removing_asks_first_and_says_what_follows(app: Flask, desk: Visitor) -> None:
    """R7-15, R8-8."""
    row = register(app, desk)
    path = f"/staff/addresses/{row.public_id}/remove"
    page = desk.page(path)
    assert "ほかに本登録済みの連絡先がありません" in page
    assert "<dd>1件</dd>" in page
    assert the_address(app).removed_at is None
    assert desk.submit(path).status_code == 303
    assert the_address(app).removed_at == NOW
    assert [mail.state for mail in the_mails(app)] == ["skipped"]
    assert desk.get(path).status_code == 404
    assert ADDRESS not in desk.page("/staff/addresses")
    assert "削除済み" in desk.page("/staff/addresses?state=removed")


def test_the_list_stands_by_organization_and_shows_whom_no_update_reaches(
    app: Flask, desk: Visitor, cast: Cast
) -> None:
    """R7-10, R7-17: the mark stands beside the state."""
    with app.app_context(), transaction() as session:
        staff = make.user(session, session.get_one(Organization, 1), staff_role="reception")
        nishi = session.get_one(Organization, cast.nishi_manager.organization_id)
        make.address(session, nishi, staff, "ok@nishi-gas.example", bounced_at=NOW)
    page = desk.page("/staff/addresses")
    assert page.count(">本登録なし</span>") == 2
    assert "不達あり</span>" in page
    assert "連絡先がありません" in page
    unreached = desk.page("/staff/addresses?state=unreached")
    assert "ひがしガス株式会社" in unreached
    assert "ok@nishi-gas.example" not in unreached
    marked = desk.page("/staff/addresses?state=marked")
    assert "ok@nishi-gas.example" in marked
    assert "ひがしガス株式会社" not in marked


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=TANTO", True),
        ("q=東野", True),
        ("q=ひがし", True),
        ("q=nishi", False),
        ("q=%25", False),
        ("state=provisional", True),
        ("state=verified", False),
        ("state=nonsense&page=nonsense", True),
    ],
)
def test_the_list_is_narrowed_by_state_and_words(app: Flask, desk: Visitor, query: str, is_found: bool) -> None:  # noqa: FBT001 - a row of the table
    """R7-12."""
    register(app, desk)
    assert "を仮登録しました" in desk.page(NEW)
    assert (ADDRESS in desk.page(f"/staff/addresses?{query}")) is is_found


@pytest.mark.parametrize(
    "filters", [Filters(), Filters("expired"), Filters("unreached", "にし & ひがし"), Filters(page=3)]
)
def test_filters_stay_in_the_address(app: Flask, filters: Filters) -> None:
    """R7-12."""
    with app.test_request_context(f"/?{filters.query(filters.page)}") as context:
        assert read_filters(context.request.args) == filters


def test_many_organizations_are_paged(app: Flask, desk: Visitor) -> None:
    with app.app_context(), transaction() as session:
        for number in range(60):
            make.organization(session, f"第{number:02d}ガス")
    first, second = desk.page("/staff/addresses"), desk.page("/staff/addresses?page=2")
    assert first.count('scope="rowgroup"') == 50
    assert second.count('scope="rowgroup"') == 13
    assert "/staff/addresses?page=2" in first


def test_the_list_leaves_as_a_file_for_excel(app: Flask, desk: Visitor) -> None:
    """R2-3, R8-7: narrowed like the list; an address that looks like a formula doesn't start one."""
    register(app, desk, "=cmd@higashi-gas.example")
    answer = desk.get("/staff/addresses.csv?q=higashi")
    assert answer.headers["Content-Disposition"] == "attachment; filename=contact-addresses-20261122.csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [row["メールアドレス"] for row in rows] == ["'=cmd@higashi-gas.example"]
    assert rows[0]["状態"] == "仮登録"
    assert rows[0]["登録依頼メール"] == "送信待ち"
    assert len(list(csv.reader(io.StringIO(desk.get("/staff/addresses.csv").get_data().decode("utf-8-sig"))))) == 4


@pytest.mark.parametrize("who", ["higashi_manager", "higashi_reader", "nishi_manager", "operations", "administrator"])
def test_only_those_who_may_see_and_change_addresses(
    app: Flask, cast: Cast, enter: Enter, desk: Visitor, who: str
) -> None:
    """R8-6, E9: to everybody else none of it exists."""
    row = register(app, desk)
    visitor = enter(getattr(cast, who))
    paths = ["", "/new", ".csv", f"/{row.public_id}/remove"]
    assert {visitor.get(f"/staff/addresses{path}").status_code for path in paths} == {404}
    assert visitor.get("/staff/mails").status_code == 404


@pytest.mark.parametrize("action", ["send-again", "send-anyway", "remove"])
def test_an_address_that_isn_t_there_is_not_found(app: Flask, desk: Visitor, action: str) -> None:
    """E9."""
    keys = desk.form(NEW, NEW).values
    assert desk.post(f"/staff/addresses/000000000000/{action}", keys).status_code == 404
    assert desk.get("/staff/addresses/000000000000/remove").status_code == 404


def test_two_of_the_staff_who_press_one_after_the_other_hear_of_each_other(
    app: Flask, cast: Cast, enter: Enter, desk: Visitor
) -> None:
    """G2, R8-1: the second is told; the trail has one removal."""
    row = register(app, desk)
    path = f"/staff/addresses/{row.public_id}/remove"
    second = enter(cast.reception_two)
    late = second.form(path, path)
    desk.submit(path)
    answer = second.post(path, late.values)
    assert answer.status_code == 409
    assert "すでに削除されています" in answer.text
    with app.app_context():
        removed = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "address.removed")).all()
        assert [entry.user_id for entry in removed] == [cast.reception.user_id]


def queue(app: Flask, **facts: object) -> str:
    with app.app_context(), transaction() as session:
        mail = queue_mail(session, kind="publication", occasion="publication/a", address=ADDRESS, about="a", now=NOW)
        assert mail is not None
        for name, value in facts.items():
            setattr(mail, name, value)
        return mail.public_id


@pytest.mark.parametrize(
    ("facts", "lists", "words"),
    [
        ({"state": "failed", "failure": "550 no such user"}, {"attention", "failed", "all"}, "550 no such user"),
        ({"state": "held", "hold_reason": NO_CERTIFICATE}, {"attention", "held", "all"}, NO_CERTIFICATE),
        ({"state": "sent", "is_uncertain": True, "sent_at": NOW}, {"uncertain", "sent", "all"}, "届いた可能性あり"),
        ({"created_at": NOW - timedelta(minutes=30)}, {"waiting", "all"}, "送信待ち"),
        ({"created_at": NOW - timedelta(minutes=31), "failure": "421"}, {"attention", "long", "waiting", "all"}, "421"),
        ({"state": "skipped", "failure": "削除"}, {"skipped", "all"}, "取りやめ"),
        ({"state": "sent", "sent_at": NOW}, {"sent", "all"}, "送信済み"),
    ],
)
def test_each_mail_stands_in_the_lists_that_it_belongs_to(
    app: Flask, desk: Visitor, facts: dict[str, object], lists: set[str], words: str
) -> None:
    """R7-14."""
    public_id = queue(app, **facts)
    every = ("attention", "failed", "held", "uncertain", "long", "waiting", "sent", "skipped", "all")
    pages = {state: desk.page(f"/staff/mails?state={state}") for state in every}
    assert {state for state, page in pages.items() if f"/staff/mails/{public_id}" in page} == lists
    assert words in pages[min(lists)]
    assert ADDRESS in desk.page(f"/staff/mails/{public_id}")


def test_a_failed_mail_is_sent_again_or_settled(app: Flask, desk: Visitor) -> None:
    """R7-14, R8-1."""
    public_id = queue(app, state="failed", failure="550 no such user", tries=1)
    path = f"/staff/mails/{public_id}"
    desk.submit("/staff/mails", f"{path}/send-again")
    (mail,) = the_mails(app)
    assert (mail.state, mail.tries, mail.failure) == ("waiting", 0, None)
    with app.app_context(), transaction() as session:
        session.scalars(select(Mail)).one().state = "failed"
    late = desk.form(path, f"{path}/settle")
    assert desk.submit(path, f"{path}/settle").location == path
    assert the_mails(app)[0].state == "skipped"
    assert desk.post(f"{path}/settle", late.values | {"form_key": "0" * 32}).status_code == 409
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("mail.%")))
        assert list(actions) == ["mail.sent_again", "mail.settled"]


def test_a_held_mail_is_sent_anyway_from_the_list_of_mails_too(app: Flask, desk: Visitor) -> None:
    """R7-10: its address is held no longer."""
    with app.app_context(), transaction() as session:
        make.organization(session, "あらたガス株式会社")
    register(app, desk, "tanto@arata-gas.example", "あらたガス株式会社")
    (mail,) = the_mails(app)
    desk.submit("/staff/mails", f"/staff/mails/{mail.public_id}/send-anyway")
    assert [(mail.state, mail.is_hold_waived) for mail in the_mails(app)] == [("waiting", True)]
    assert the_address(app, "tanto@arata-gas.example").hold_reason is None


def test_the_mails_are_paged_and_searched_by_address(app: Flask, desk: Visitor) -> None:
    """R7-14."""
    with app.app_context(), transaction() as session:
        for number in range(60):
            queue_mail(session, kind="publication", occasion="publication/a", address=f"p{number}@a.example", now=NOW)
    page = desk.page("/staff/mails?state=all")
    assert page.count("@a.example</a>") == 50
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert desk.page(older).count("@a.example</a>") == 10
    assert desk.page("/staff/mails?state=all&q=P59@").count("@a.example</a>") == 1
    assert "条件に合うメールはありません" in desk.page("/staff/mails?state=all&q=%25")
    assert desk.get("/staff/mails/000000000000").status_code == 404
