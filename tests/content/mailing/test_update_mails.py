from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from auth.models import OrganizationSystem
from base.mail_text import Composed, Held, Letterhead, Skipped, build_message
from base.outbox import Mail
from content.mailing.publications import ENDED, REPLACED, WITHDRAWN
from content.mailing.update_mails import NOT_VERIFIED, OUT_OF_SIGHT, update_mail_composer
from content.models import Article, ContactAddress, Publication
from content.writing.articles import save_update, withdraw
from tests import make
from tests.certificates import NOW
from tests.content.newsroom import Newsroom
from tests.settings import BASE_URL, OPERATOR

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def newsroom(session: Session) -> Newsroom:
    return Newsroom(session)


def composed_for(newsroom: Newsroom, address: str = "contact@higashi-gas.example") -> list[Composed | Skipped | Held]:
    """What each mail of this address becomes if it is sent now, in the order of the publications."""
    newsroom.session.flush()
    newsroom.session.expire_all()
    newsroom.session.info.clear()
    compose = update_mail_composer(BASE_URL, OPERATOR)
    mails = newsroom.session.scalars(select(Mail).where(Mail.address_folded == address).order_by(Mail.id))
    return [compose(newsroom.session, mail, LATER) for mail in mails]


def only(found: list[Composed | Skipped | Held]) -> Composed | Skipped | Held:
    assert len(found) == 1
    return found[0]


def update(newsroom: Newsroom, article: Article, suppress_reason: str | None = None, **facts: Any) -> Publication:
    text = newsroom.text(**facts)
    return save_update(
        newsroom.session,
        article,
        text,
        revision=article.revision,
        suppress_reason=suppress_reason,
        by=newsroom.by(),
        now=LATER,
    )


def address_row(newsroom: Newsroom, address: str = "contact@higashi-gas.example") -> ContactAddress:
    return newsroom.session.scalars(select(ContactAddress).where(ContactAddress.address == address)).one()


def test_the_mail_names_page_title_and_time_and_leads_to_the_article(newsroom: Newsroom) -> None:
    """R7-13, R7-16, E16: the address is built from the configured base."""
    article = newsroom.published()
    mail = only(composed_for(newsroom))
    assert isinstance(mail, Composed)
    assert mail.subject == "【託送情報共有サイト】TAXIS お知らせ:検針結果の再配信(掲載)"
    assert f"\n{BASE_URL}/articles/{article.public_id}\n" in mail.body
    assert "掲載日時:2026/" in mail.body
    assert "本文です" not in mail.body
    assert mail.list_id == "taxis.notices"


def test_an_update_says_that_it_is_one(newsroom: Newsroom) -> None:
    """R7-13."""
    update(newsroom, newsroom.published(suppress_reason="試験"), title="検針結果の再配信(続報)")
    mail = only(composed_for(newsroom))
    assert isinstance(mail, Composed)
    assert mail.subject.endswith("検針結果の再配信(続報)(更新)")
    assert "情報を更新しました" in mail.body


def test_a_hostile_title_stays_in_one_header(newsroom: Newsroom) -> None:
    """F1: exactly the recipient that the row names."""
    newsroom.published(title="停止\r\nBcc: everyone@evil.example =?utf-8?q?x?= \u2028" + "長" * 150)
    mail = only(composed_for(newsroom))
    assert isinstance(mail, Composed)
    head = Letterhead("みなみ", "info@minami-network.example", "portal.example")
    wire = build_message(public_id="x", address="contact@higashi-gas.example", composed=mail, head=head, now=NOW)
    headers = wire.split(b"\r\n\r\n", 1)[0]
    assert b"everyone@evil" not in headers
    assert not [line for line in headers.split(b"\r\n") if line.lower().startswith((b"bcc", b"cc"))]
    assert max(map(len, wire.split(b"\r\n"))) < 998


def removed(newsroom: Newsroom) -> None:
    address_row(newsroom).removed_at = LATER


def registered_anew(newsroom: Newsroom) -> None:
    removed(newsroom)
    facts = {"verified_at": None, "link_sent_at": LATER}
    newsroom.session.flush()
    make.address(newsroom.session, newsroom.higashi, newsroom.author, "contact@higashi-gas.example", **facts)


def ended(newsroom: Newsroom) -> None:
    newsroom.higashi.ended_at = LATER


def out_of_the_system(newsroom: Newsroom) -> None:
    newsroom.higashi.systems = [OrganizationSystem(system="JOHS")]


@pytest.mark.parametrize(
    ("happening", "reason"),
    [
        (removed, NOT_VERIFIED),
        (registered_anew, NOT_VERIFIED),
        (ended, OUT_OF_SIGHT),
        (out_of_the_system, OUT_OF_SIGHT),
    ],
)
def test_what_happened_between_queueing_and_sending_counts(newsroom: Newsroom, happening: Any, reason: str) -> None:
    """F9, R7-15: removed, verified no more, ended, out of the system."""
    newsroom.published()
    happening(newsroom)
    assert only(composed_for(newsroom)) == Skipped(reason)


def test_a_mailbox_of_two_organizations_gets_its_mail_while_one_of_them_may_have_it(newsroom: Newsroom) -> None:
    """R7-14, F9."""
    asahi = make.organization(newsroom.session, systems=("TAXIS",))
    make.address(newsroom.session, asahi, newsroom.author, "Contact@higashi-gas.example")
    newsroom.published()
    removed(newsroom)
    assert isinstance(only(composed_for(newsroom)), Composed)
    asahi.ended_at = LATER
    assert isinstance(only(composed_for(newsroom)), Skipped)


def test_a_withdrawn_article_is_not_announced_even_where_a_failed_mail_is_sent_again(newsroom: Newsroom) -> None:
    """F10."""
    article = newsroom.published()
    newsroom.session.scalars(select(Mail)).one().state = "failed"
    withdraw(newsroom.session, article, "誤り", by=newsroom.by(), now=LATER)
    assert only(composed_for(newsroom)) == Skipped(WITHDRAWN)


def test_an_article_that_has_ended_is_not_announced(newsroom: Newsroom) -> None:
    """E12, F10: at the second at which its readers no longer see it."""
    article = newsroom.published()
    article.ends_at = LATER + timedelta(seconds=1)
    assert isinstance(only(composed_for(newsroom)), Composed)
    article.ends_at = LATER
    assert only(composed_for(newsroom)) == Skipped(ENDED)


def test_of_two_revisions_only_the_newer_mailed_one_is_announced(newsroom: Newsroom) -> None:
    """F10."""
    update(newsroom, newsroom.published(), title="改めた件名")
    first, second = composed_for(newsroom)
    assert first == Skipped(REPLACED)
    assert isinstance(second, Composed)


def test_a_later_suppressed_update_takes_nobody_the_first_announcement(newsroom: Newsroom) -> None:
    """R7-13, R7-14."""
    update(newsroom, newsroom.published(), suppress_reason="誤字の訂正のみ", title="改めた件名")
    mail = only(composed_for(newsroom))
    assert isinstance(mail, Composed)
    assert "検針結果の再配信" in mail.subject


def test_all_recipients_of_a_batch_get_one_text(newsroom: Newsroom) -> None:
    """Rendered once: what differs between recipients is not in it."""
    make.address(newsroom.session, newsroom.higashi, newsroom.author, "second@higashi-gas.example")
    newsroom.published()
    compose = update_mail_composer(BASE_URL, OPERATOR)
    mails = newsroom.session.scalars(select(Mail)).all()
    first, second = compose.compose(newsroom.session, mails, datetime.max.replace(tzinfo=NOW.tzinfo))
    assert first is second


def test_the_desk_to_ask_stands_below(newsroom: Newsroom) -> None:
    """R2-6."""
    newsroom.published()
    other = replace(OPERATOR, name="きた都市ガスネットワーク")
    mail = newsroom.session.scalars(select(Mail)).one()
    composed = update_mail_composer(BASE_URL, other)(newsroom.session, mail, LATER)
    assert isinstance(composed, Composed)
    assert composed.body.rstrip().endswith(
        "きた都市ガスネットワーク\n託送受付センター 0570-000-111 desk@minami-network.example"
    )


def test_a_batch_asks_the_database_as_often_as_a_single_mail(newsroom: Newsroom) -> None:
    """R7-14: ten thousand recipients are ten thousand mails, not ten thousand times the questions."""
    for number in range(8):
        organization = make.organization(newsroom.session, systems=("TAXIS",))
        make.address(newsroom.session, organization, newsroom.author, f"contact{number}@kita-gas.example")
    newsroom.published()
    mails = newsroom.session.scalars(select(Mail).order_by(Mail.id)).all()
    assert len(mails) == 9
    asked: list[str] = []
    listener = lambda *facts: asked.append(facts[2])  # noqa: E731 - SQLAlchemy tells listeners apart by identity
    connection = newsroom.session.connection()
    event.listen(connection, "before_cursor_execute", listener)
    counts = []
    for batch in (mails[:1], mails):
        newsroom.session.expunge_all()
        newsroom.session.info.clear()
        asked.clear()
        composed = update_mail_composer(BASE_URL, OPERATOR).compose(newsroom.session, batch, LATER)
        assert len(composed) == len(batch)
        assert all(isinstance(each, Composed) for each in composed)
        counts.append(len(asked))
    event.remove(connection, "before_cursor_execute", listener)
    assert counts[0] == counts[1] > 0
