import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from auth.models import Organization, User
from base.db import db, transaction
from base.outbox import Mail, queue_mail
from base.waiting import Todo
from content.addresses.todos import todos
from content.mailing.publications import announce
from content.models import Publication
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.content.addresses.test_addresses import as_viewer

Enter = Callable[[Person], Visitor]


def publish(app: Flask, cast: Cast, recipients: int) -> None:
    with app.app_context(), transaction() as session:
        author = session.get_one(User, cast.reception.user_id)
        higashi = session.get_one(Organization, cast.higashi_manager.organization_id)
        for number in range(recipients):
            make.address(session, higashi, author, f"p{number}@higashi-gas.example")
        article = make.article(session, author, title="12月の計画停止のお知らせ")
        announce(session, article, suppress_reason=None, by_id=author.id, now=NOW)


def test_the_desk_shows_what_waits_and_leads_there(app: Flask, cast: Cast, enter: Enter) -> None:
    """R7-10, R7-14."""
    with app.app_context(), transaction() as session:
        mail = queue_mail(session, kind="publication", occasion="publication/a", address="x@a.example", now=NOW)
        assert mail is not None
        mail.state, mail.failure = "failed", "550"
    page = enter(cast.reception).page("/staff")
    assert '<a href="/staff/mails"><strong>1</strong> 届いていないメール</a>' in page
    assert '<a href="/staff/addresses?state=unreached"><strong>3</strong> 本登録のない事業者</a>' in page
    assert "受付を待っている申請はありません" in page


def test_a_mail_run_shows_how_far_it_is_and_goes_when_it_is_done(app: Flask, cast: Cast, enter: Enter) -> None:
    """R7-14: sent, failed, left; and why nothing moves."""
    publish(app, cast, 4)
    desk = enter(cast.reception)
    with app.app_context(), transaction() as session:
        mails = session.scalars(select(Mail).order_by(Mail.id)).all()
        mails[0].state, mails[1].state, mails[2].failure = "sent", "failed", "the server is away"
    page = desk.page("/staff")
    assert "更新通知メール:12月の計画停止のお知らせ" in page
    assert "送信 1 / 4 ・ 失敗 1 ・ 残り 2" in page
    assert '<progress max="4" value="2"' in page
    assert "the server is away" in page
    with app.app_context(), transaction() as session:
        for mail in session.scalars(select(Mail)):
            mail.state = "sent"
        assert session.scalars(select(Publication)).one().mail_count == 4
    assert "12月の計画停止のお知らせ" not in desk.page("/staff")


def test_the_list_of_mails_as_a_file(app: Flask, cast: Cast, enter: Enter) -> None:
    """R2-3, R7-14, E9: narrowed like the list; not for whom the list isn't."""
    publish(app, cast, 3)
    with app.app_context(), transaction() as session:
        mail = session.scalars(select(Mail).order_by(Mail.id)).first()
        assert mail is not None
        mail.state, mail.failure, mail.tries = "failed", "550 =no such user", 1
        address = mail.address
    desk = enter(cast.reception)
    rows = list(csv.reader(io.StringIO(desk.get("/staff/mails.csv").get_data().decode("utf-8-sig"))))
    assert [(row[1], row[4], row[5], row[7]) for row in rows[1:]] == [(address, "送信失敗", "550 =no such user", "1")]
    rows = list(csv.reader(io.StringIO(desk.get("/staff/mails.csv?state=all").get_data().decode("utf-8-sig"))))
    assert len(rows) == 4
    assert enter(cast.higashi_manager).get("/staff/mails.csv").status_code == 404


@pytest.mark.parametrize("who", ["operations", "administrator"])
def test_staff_see_only_what_they_may_open(app: Flask, cast: Cast, enter: Enter, who: str) -> None:
    """R8-6: no tile leads where its reader gets 404."""
    publish(app, cast, 1)
    page = enter(getattr(cast, who)).page("/staff")
    for hidden in ("/staff/mails", "/staff/addresses", "/staff/requests", "12月の計画停止"):
        assert hidden not in page
    sees_certificates = who == "administrator"
    assert ("/staff/certificates/expiring" in page) is sees_certificates
    assert ("いま対応を待っているものはありません" in page) is not sees_certificates


@pytest.mark.parametrize("who", ["higashi_manager", "higashi_reader", "nishi_manager"])
def test_the_desk_is_for_staff(app: Flask, cast: Cast, enter: Enter, who: str) -> None:
    """E9."""
    assert enter(getattr(cast, who)).get("/staff").status_code == 404


def todos_of(app: Flask, cast: Cast, person: Person) -> list[Todo]:
    """As the home page asks for them."""
    with app.test_request_context("/"):
        return todos(db.session(), as_viewer(db.session.get_one(User, person.user_id)), NOW)


def test_a_contact_manager_s_home_names_each_address_that_isn_t_verified_and_until_when(app: Flask, cast: Cast) -> None:
    """R7-12, R8-4."""
    with app.app_context(), transaction() as session:
        staff = session.get_one(User, cast.reception.user_id)
        higashi = session.get_one(Organization, cast.higashi_manager.organization_id)
        fresh: dict[str, Any] = {"verified_at": None, "link_sent_at": NOW, "person_name": "東 健"}
        make.address(session, higashi, staff, **fresh)
        make.address(session, higashi, staff, **(fresh | {"link_sent_at": NOW - timedelta(days=8)}))
        make.address(session, higashi, staff, **(fresh | {"link_sent_at": None, "hold_reason": "まだ"}))
        make.address(session, higashi, staff)
        make.address(session, higashi, staff, **(fresh | {"removed_at": NOW}))
    lines = todos_of(app, cast, cast.higashi_manager)
    assert [line.title for line in lines] == ["東 健さんのメールアドレスが本登録されていません"] * 3
    assert [line.note for line in lines] == [
        "リンクの期限 2026/11/29(日) 12:00 まで",
        "リンクの期限が切れました。託送受付センターへ再送をご依頼ください",
        "まもなくメールが届きます",
    ]
    assert [line.colour for line in lines] == ["blue", "red", "blue"]
    for other in (cast.nishi_manager, cast.higashi_reader, cast.reception):
        assert todos_of(app, cast, other) == []
