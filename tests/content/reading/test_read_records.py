"""Who has opened and acknowledged a notice, as staff see it, and the reminders to the rest."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization, OrganizationSystem, User
from base.business_days import BusinessCalendar
from base.db import db, transaction
from base.mail_text import Composed, Held, Skipped
from base.outbox import Mail
from base.refusals import Conflict, Refused
from content.mailing.chase_mails import ACKNOWLEDGED, CLOSED, NOT_ASKED, reminder_composer
from content.mailing.chases import chase
from content.mailing.publications import WITHDRAWN
from content.mailing.update_mails import NOT_VERIFIED, OUT_OF_SIGHT
from content.models import Article, ContactAddress
from content.reading.acknowledgements import acknowledge, ask_acknowledgement, end_acknowledgement
from content.reading.read_records import OrganizationRecord
from content.reading.record_queries import records_of
from content.writing.articles import withdraw
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import Library
from tests.content.newsroom import Newsroom
from tests.settings import BASE_URL, OPERATOR

Enter = Callable[[Person], Visitor]
CALENDAR = BusinessCalendar()
# NOW is a Sunday before a public holiday.
TUESDAY, SATURDAY = NOW + timedelta(days=2), NOW + timedelta(days=6)


def row_of(page: str, organization: str) -> str:
    rows = [row for row in page.split("<tr>") if f">{organization}" in row]
    assert len(rows) == 1, rows
    return rows[0]


def numbers(row: str) -> list[int]:
    return [int(piece.split("<")[0]) for piece in row.split('class="num">')[1:]]


def test_staff_see_who_opened_and_acknowledged_by_organization(
    app: Flask, cast: Cast, library: Library, enter: Enter
) -> None:
    """R7-6, R9-3: with name, time and PC; Nishi, who can't see the page, isn't counted, nor are staff."""
    article = library.publish("taxis", ack_asked_at=NOW)
    enter(cast.higashi_manager).page(f"/articles/{article}")
    reader = enter(cast.higashi_reader)
    reader.submit(f"/articles/{article}", f"/articles/{article}/acknowledge")
    assert enter(cast.nishi_reader).get(f"/articles/{article}").status_code == 404
    desk = enter(cast.reception)
    desk.page(f"/articles/{article}")
    page = desk.page(f"/staff/articles/{article}/readers")
    assert "にしガス株式会社" not in page
    row = row_of(page, "ひがしガス株式会社")
    assert numbers(row) == [5, 2, 1]
    assert 'class="opened" width="40"' in row
    assert 'class="acknowledged" width="20"' in row
    people = row.split("<li>")
    assert [("確認した" in each, "(PC-03)" in each) for each in people if "南 次郎" in each] == [(True, True)]
    assert [("確認した" in each, "開いた" in each) for each in people if "東野 花子" in each] == [(False, True)]
    assert ["まだ開いていません" in each for each in people if "北 三郎" in each] == [True]
    csv = desk.get(f"/staff/articles/{article}/readers.csv").text
    assert "にしガス" not in csv
    assert len([line for line in csv.splitlines() if '"ひがしガス株式会社"' in line]) == 5


def test_the_filter_leaves_those_in_which_nobody_has_acknowledged(cast: Cast, library: Library, enter: Enter) -> None:
    """R9-3: and the file follows it."""
    article = library.publish("loacus", ack_asked_at=NOW)
    enter(cast.higashi_reader).submit(f"/articles/{article}", f"/articles/{article}/acknowledge")
    enter(cast.minato_manager).page(f"/articles/{article}")
    desk, path = enter(cast.reception), f"/staff/articles/{article}/readers"
    for narrowed in (f"{path}?show=unacknowledged", f"{path}.csv?show=unacknowledged"):
        text = desk.page(narrowed)
        assert ("みなと製造" in text, "ひがしガス" in text) == (True, False)
    assert "ひがしガス" in desk.page(f"{path}?show=nonsense&page=0")
    assert "みなと製造" not in desk.page(f"{path}?page=2")


def test_what_was_never_published_has_no_records(app: Flask, cast: Cast, enter: Enter, library: Library) -> None:
    """R7-6: the screen of a draft is 404; that of a withdrawn notice goes on telling, without buttons."""
    draft, gone = library.publish(published_at=None), library.publish("taxis", ack_asked_at=NOW)
    enter(cast.higashi_reader).submit(f"/articles/{gone}", f"/articles/{gone}/acknowledge")
    library.withdraw(gone)
    desk = enter(cast.reception)
    assert desk.get(f"/staff/articles/{draft}/readers").status_code == 404
    page = desk.page(f"/staff/articles/{gone}/readers")
    assert numbers(row_of(page, "ひがしガス株式会社")) == [5, 1, 1]
    assert f"{gone}/acknowledgement/" not in page
    assert enter(cast.nishi_reader).get(f"/staff/articles/{gone}/readers").status_code == 404


def address_of(app: Flask, person: Person, mail: str) -> None:
    with app.app_context(), transaction() as session:
        of, by = session.get_one(Organization, person.organization_id), session.scalars(select(User)).first()
        assert by is not None
        make.address(session, of, by, mail)


def test_reminders_go_from_the_screen_to_the_rest_once_a_day(
    app: Flask, cast: Cast, library: Library, enter: Enter, hands: Hands
) -> None:
    """R9-3, G1: not to who has acknowledged, not to who can't see it, twice a day to nobody, on closed days not at all."""
    for person, mail in (
        (cast.higashi_manager, "contact@higashi-gas.example"),
        (cast.nishi_manager, "contact@nishi-gas.example"),
        (cast.minato_manager, "contact@minato.example"),
    ):
        address_of(app, person, mail)
    article = library.publish("loacus", ack_asked_at=NOW)
    enter(cast.higashi_reader).submit(f"/articles/{article}", f"/articles/{article}/acknowledge")
    home = f"/staff/articles/{article}"
    hands.now = TUESDAY
    desk = enter(cast.reception)
    form = desk.form(f"{home}/readers", f"{home}/acknowledgement/chase")
    for key in ("a" * 32, "a" * 32, "b" * 32):
        assert desk.post(form.action, {**form.values, "form_key": key}).status_code == 303
    with app.app_context():
        assert list(db.session.scalars(select(Mail.address))) == ["contact@minato.example"]
    hands.now = SATURDAY
    desk = enter(cast.reception)
    page = desk.page(f"{home}/readers")
    assert "次の営業日" in page
    assert f"{home}/acknowledgement/chase" not in page
    with app.app_context():
        assert len(list(db.session.scalars(select(Mail.id)))) == 1


@pytest.fixture
def newsroom(session: Session) -> Newsroom:
    return Newsroom(session)


def asked(newsroom: Newsroom, on: str = "taxis") -> Article:
    article = newsroom.published(suppress_reason="試験", on=on)
    ask_acknowledgement(newsroom.session, article, by=newsroom.by(), now=NOW)
    return article


def chase_now(newsroom: Newsroom, article: Article) -> int:
    return chase(newsroom.session, article, CALENDAR, by=newsroom.by(), now=TUESDAY)


def acknowledged_by(newsroom: Newsroom, article: Article, of: Organization) -> User:
    person = make.user(newsroom.session, of, rights={"TAXIS": "1011"})
    acknowledge(newsroom.session, article.id, article.public_id, "PC-01", by=newsroom.by(person), now=NOW)
    return person


def outcome(newsroom: Newsroom, now: datetime = TUESDAY) -> list[Composed | Skipped | Held]:
    newsroom.session.flush()
    newsroom.session.expire_all()
    newsroom.session.info.clear()
    compose = reminder_composer(BASE_URL, OPERATOR)
    return [compose(newsroom.session, mail, now) for mail in newsroom.session.scalars(select(Mail).order_by(Mail.id))]


def test_a_reminder_names_the_notice_and_leads_to_it(newsroom: Newsroom) -> None:
    """R9-3, R7-16."""
    article = asked(newsroom)
    assert chase_now(newsroom, article) == 1
    assert chase_now(newsroom, article) == 0
    (mail,) = outcome(newsroom)
    assert isinstance(mail, Composed)
    assert mail.subject.endswith("確認のお願い:検針結果の再配信")
    assert f"\n{BASE_URL}/articles/{article.public_id}\n" in mail.body
    assert "本文です" not in mail.body


def withdrawn(newsroom: Newsroom, article: Article) -> None:
    withdraw(newsroom.session, article, "誤り", by=newsroom.by(), now=NOW)


def taken_back(newsroom: Newsroom, article: Article) -> None:
    end_acknowledgement(newsroom.session, article, by=newsroom.by(), now=NOW)


def acknowledged(newsroom: Newsroom, article: Article) -> None:
    acknowledged_by(newsroom, article, newsroom.higashi)


def address_removed(newsroom: Newsroom, _article: Article) -> None:
    row = select(ContactAddress).where(ContactAddress.organization_id == newsroom.higashi.id)
    newsroom.session.scalars(row).one().removed_at = NOW


def out_of_sight(newsroom: Newsroom, _article: Article) -> None:
    newsroom.higashi.systems = [OrganizationSystem(system="JOHS")]


@pytest.mark.parametrize(
    ("happening", "reason"),
    [
        (withdrawn, WITHDRAWN),
        (taken_back, NOT_ASKED),
        (acknowledged, ACKNOWLEDGED),
        (address_removed, NOT_VERIFIED),
        (out_of_sight, OUT_OF_SIGHT),
    ],
)
def test_a_reminder_without_a_point_is_not_sent(
    newsroom: Newsroom, happening: Callable[[Newsroom, Article], None], reason: str
) -> None:
    """R9-3, F9, F10: judged again as it leaves."""
    article = asked(newsroom)
    chase_now(newsroom, article)
    happening(newsroom, article)
    assert outcome(newsroom) == [Skipped(reason)]


def test_reminders_are_for_business_days_alone(newsroom: Newsroom) -> None:
    """R9-3: neither queued on a closed day nor sent on one."""
    article = asked(newsroom)
    with pytest.raises(Refused):
        chase(newsroom.session, article, CALENDAR, by=newsroom.by(), now=SATURDAY)
    chase_now(newsroom, article)
    assert outcome(newsroom, SATURDAY) == [Skipped(CLOSED)]


def test_a_mailbox_of_two_organizations_is_reminded_for_the_one_that_waits(newsroom: Newsroom) -> None:
    """R9-3: that the first of them has acknowledged silences nothing for the second."""
    make.address(newsroom.session, newsroom.nishi, newsroom.author, "contact@higashi-gas.example")
    article = asked(newsroom, on="johs")
    acknowledged_by(newsroom, article, newsroom.higashi)
    assert chase_now(newsroom, article) == 2
    found = outcome(newsroom)
    assert [type(each) for each in found] == [Composed, Composed]
    assert {mail.organization_id for mail in newsroom.session.scalars(select(Mail))} == {newsroom.nishi.id}


def test_nobody_is_reminded_of_what_is_not_asked(newsroom: Newsroom) -> None:
    """R9-3."""
    article = newsroom.published(suppress_reason="試験")
    with pytest.raises(Conflict):
        chase_now(newsroom, article)
    assert newsroom.mails() == []


def only(records: tuple[OrganizationRecord, ...], of: Organization) -> OrganizationRecord:
    return next(each for each in records if each.id == of.id)


def test_a_record_stays_when_its_reader_cannot_see_the_notice_any_more(newsroom: Newsroom) -> None:
    """R7-6, R7-2: on a narrowed page only holders and contact managers count; what was read before is still told."""
    article = asked(newsroom)
    person = acknowledged_by(newsroom, article, newsroom.higashi)
    make.user(newsroom.session, newsroom.higashi, rights={"JOHS": "J1010"})
    make.user(newsroom.session, newsroom.higashi, contact_role="primary")
    records = records_of(newsroom.session, article, NOW)
    assert newsroom.nishi.id not in {each.id for each in records}
    assert len(only(records, newsroom.higashi).people) == 3
    make.page(newsroom.session, "taxis").is_narrowed = True
    newsroom.session.flush()
    assert len(only(records_of(newsroom.session, article, NOW), newsroom.higashi).people) == 2
    person.deleted_at = NOW
    newsroom.session.flush()
    record = only(records_of(newsroom.session, article, NOW), newsroom.higashi)
    assert sorted(each.is_seeing for each in record.people) == [False, True]
    assert (record.acknowledged, record.is_unacknowledged) == (1, False)
