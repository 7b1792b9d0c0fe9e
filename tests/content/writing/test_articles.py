from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.outbox import Mail
from base.refusals import Conflict, Refused
from content.models import Article, ArticleRevision, Publication
from content.writing.articles import (
    EditedMeanwhile,
    change_marks,
    publish,
    save_draft,
    save_update,
    withdraw,
)
from tests import make
from tests.certificates import NOW
from tests.content.newsroom import Newsroom

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def newsroom(session: Session) -> Newsroom:
    return Newsroom(session)


def test_a_draft_mails_nobody_and_changes_no_page(newsroom: Newsroom) -> None:
    """R7-13."""
    before = newsroom.version("taxis")
    article = newsroom.draft()
    save_draft(newsroom.session, article, newsroom.text(title="改めた件名"), revision=1, by=newsroom.by(), now=LATER)
    assert (article.title, article.revision, article.published_at) == ("改めた件名", 2, None)
    assert newsroom.mails() == []
    assert newsroom.version("taxis") == before


def test_publishing_mails_the_verified_addresses_of_those_who_see_the_page(newsroom: Newsroom) -> None:
    """R7-13, F3: rows of the same transaction; Nishi, who doesn't use TAXIS, gets nothing."""
    article = newsroom.published()
    publication = newsroom.session.scalars(select(Publication)).one()
    assert newsroom.mails() == [("contact@higashi-gas.example", "waiting")]
    assert (publication.article_id, publication.revision, publication.mail_count) == (article.id, 1, 1)
    assert (publication.is_mailed, publication.suppress_reason) == (True, None)


def test_a_suppressed_publication_mails_nobody_and_keeps_why(newsroom: Newsroom) -> None:
    """R7-13."""
    newsroom.published(suppress_reason="誤字の訂正のみ")
    publication = newsroom.session.scalars(select(Publication)).one()
    assert (publication.is_mailed, publication.suppress_reason) == (False, "誤字の訂正のみ")
    assert newsroom.mails() == []


def test_suppressing_needs_a_reason(newsroom: Newsroom) -> None:
    """R7-13."""
    with pytest.raises(Refused) as refusal:
        newsroom.published(suppress_reason=" \r\n　")
    assert refusal.value.field == "suppress_reason"


def test_every_state_of_an_address_but_verified_gets_no_mail(newsroom: Newsroom) -> None:
    """R7-13, R7-15: provisional, held, expired, removed; and those of an organization that ended."""
    ended = make.organization(newsroom.session, systems=("TAXIS",), ended_at=NOW - timedelta(days=1))
    make.address(newsroom.session, ended, newsroom.author)
    for facts in (
        {"verified_at": None, "link_sent_at": NOW},
        {"verified_at": None, "hold_reason": "証明書がありません"},
        {"verified_at": None, "link_sent_at": NOW - timedelta(days=8)},
        {"removed_at": NOW},
    ):
        make.address(newsroom.session, newsroom.higashi, newsroom.author, **facts)
    newsroom.published()
    assert newsroom.mails() == [("contact@higashi-gas.example", "waiting")]


def test_publishing_twice_is_refused(newsroom: Newsroom) -> None:
    """R7-14."""
    article = newsroom.published()
    with pytest.raises(Conflict):
        publish(newsroom.session, article, revision=1, suppress_reason=None, by=newsroom.by(), now=LATER)
    assert len(newsroom.mails()) == 1


def test_a_published_article_is_not_saved_as_a_draft(newsroom: Newsroom) -> None:
    """R7-13: a way around the mails is none."""
    article = newsroom.published()
    with pytest.raises(Conflict):
        save_draft(newsroom.session, article, newsroom.text(title="別"), revision=1, by=newsroom.by(), now=LATER)
    assert article.title == "検針結果の再配信"


def update(newsroom: Newsroom, article: Article, suppress_reason: str | None = None, **facts: str) -> Publication:
    return save_update(
        newsroom.session,
        article,
        newsroom.text(**facts),
        revision=article.revision,
        suppress_reason=suppress_reason,
        by=newsroom.by(newsroom.second),
        now=LATER,
    )


def test_an_update_mails_again_and_recalls_what_still_waits_of_the_earlier_one(newsroom: Newsroom) -> None:
    """R7-13, F10: one mail for each revision; nobody hears of the older one after the newer."""
    article = newsroom.published()
    publication = update(newsroom, article, source="改めた本文です。")
    assert (article.revision, article.updated_at, article.editor_id) == (2, LATER, newsroom.second.id)
    assert publication.mail_count == 1
    assert [state for _, state in newsroom.mails()] == ["skipped", "waiting"]


def test_a_suppressed_update_leaves_the_earlier_mails_on_their_way(newsroom: Newsroom) -> None:
    """R7-13, R7-14: they would otherwise be lost."""
    update(newsroom, newsroom.published(), suppress_reason="誤字の訂正のみ", title="検針結果の再配信について")
    assert newsroom.mails() == [("contact@higashi-gas.example", "waiting")]


def test_an_update_of_unchanged_words_is_an_update_too(newsroom: Newsroom) -> None:
    """R7-13: its attachments may have changed."""
    article = newsroom.published()
    assert update(newsroom, article).revision == article.revision == 2


def test_moving_an_article_changes_both_pages_and_mails_those_of_the_new_one(newsroom: Newsroom) -> None:
    """R7-13, E11: fragments that were cached for either page are out of date."""
    article = newsroom.published()
    before = {slug: newsroom.version(slug) for slug in ("taxis", "johs", "loacus")}
    update(newsroom, article, on="johs")
    after = {slug: newsroom.version(slug) - version for slug, version in before.items()}
    assert after == {"taxis": 1, "johs": 1, "loacus": 0}
    waiting = {address for address, state in newsroom.mails() if state == "waiting"}
    assert waiting == {"contact@higashi-gas.example", "contact@nishi-gas.example"}


def test_publishing_withdrawing_and_marking_each_change_the_page(newsroom: Newsroom) -> None:
    """E11, E12."""
    seen = [newsroom.version("taxis")]
    article = newsroom.published()
    seen.append(newsroom.version("taxis"))
    change_marks(newsroom.session, article, is_pinned=True, important_until=LATER, by=newsroom.by(), now=LATER)
    seen.append(newsroom.version("taxis"))
    withdraw(newsroom.session, article, "内容に誤りがあったため", by=newsroom.by(), now=LATER)
    seen.append(newsroom.version("taxis"))
    assert seen == list(range(seen[0], seen[0] + 4))


def test_a_mark_is_no_revision_and_mails_nobody(newsroom: Newsroom) -> None:
    """R7-4."""
    article = newsroom.published(suppress_reason="試験")
    change_marks(newsroom.session, article, is_pinned=True, important_until=LATER, by=newsroom.by(), now=LATER)
    assert (article.is_pinned, article.important_until, article.revision) == (True, LATER, 1)
    assert newsroom.mails() == []


def test_an_update_leaves_the_marks_that_somebody_set(newsroom: Newsroom) -> None:
    """E18: marks are changed at once, by nobody's update."""
    article = newsroom.published()
    change_marks(newsroom.session, article, is_pinned=True, important_until=LATER, by=newsroom.by(), now=LATER)
    update(newsroom, article, title="改めた件名")
    assert (article.is_pinned, article.important_until) == (True, LATER)


def test_withdrawing_recalls_the_mails_that_wait(newsroom: Newsroom) -> None:
    """F10."""
    article = newsroom.published()
    withdraw(newsroom.session, article, "内容に誤りがあったため\r\nX: y", by=newsroom.by(), now=LATER)
    assert article.withdraw_reason == "内容に誤りがあったため  X: y"
    assert [state for _, state in newsroom.mails()] == ["skipped"]


@pytest.mark.parametrize("reason", ["", "  ", "\x00\n"])
def test_withdrawing_needs_a_reason(newsroom: Newsroom, reason: str) -> None:
    article = newsroom.published()
    with pytest.raises(Refused):
        withdraw(newsroom.session, article, reason, by=newsroom.by(), now=LATER)
    assert article.withdrawn_at is None


def test_what_is_withdrawn_or_a_draft_takes_no_update_no_mark_and_no_withdrawal(newsroom: Newsroom) -> None:
    withdrawn, draft = newsroom.published(), newsroom.draft()
    withdraw(newsroom.session, withdrawn, "誤り", by=newsroom.by(), now=LATER)
    for article in (withdrawn, draft):
        with pytest.raises(Conflict):
            update(newsroom, article)
        with pytest.raises(Conflict):
            withdraw(newsroom.session, article, "誤り", by=newsroom.by(), now=LATER)
        with pytest.raises(Conflict):
            change_marks(newsroom.session, article, is_pinned=True, important_until=None, by=newsroom.by(), now=LATER)


def test_whoever_saves_second_is_told_who_was_first(newsroom: Newsroom) -> None:
    """E18: of two editors none loses words silently."""
    article = newsroom.draft()
    save_draft(
        newsroom.session, article, newsroom.text(title="先の件名"), revision=1, by=newsroom.by(newsroom.second), now=NOW
    )
    newsroom.session.flush()
    newsroom.session.expire_all()
    with pytest.raises(EditedMeanwhile, match="受付 進"):
        save_draft(newsroom.session, article, newsroom.text(title="後の件名"), revision=1, by=newsroom.by(), now=LATER)
    with pytest.raises(EditedMeanwhile):
        publish(newsroom.session, article, revision=1, suppress_reason=None, by=newsroom.by(), now=LATER)
    assert (article.title, article.published_at) == ("先の件名", None)


def test_each_saved_change_is_a_revision_and_saving_nothing_new_is_none(newsroom: Newsroom) -> None:
    """R7-4."""
    article = newsroom.draft(title="一")
    save_draft(newsroom.session, article, newsroom.text(title="二"), revision=1, by=newsroom.by(), now=NOW)
    save_draft(newsroom.session, article, newsroom.text(title="二"), revision=2, by=newsroom.by(), now=LATER)
    publish(newsroom.session, article, revision=2, suppress_reason=None, by=newsroom.by(), now=LATER)
    update(newsroom, article, title="三")
    rows = newsroom.session.scalars(select(ArticleRevision).order_by(ArticleRevision.id))
    author, second = newsroom.author.id, newsroom.second.id
    assert [(row.number, row.title, row.saved_by_id) for row in rows] == [
        (1, "一", author),
        (2, "二", author),
        (3, "三", second),
    ]


def test_everything_that_happens_to_an_article_is_in_the_trail(newsroom: Newsroom) -> None:
    """R8-1."""
    article = newsroom.draft(title="一")
    save_draft(newsroom.session, article, newsroom.text(title="二"), revision=1, by=newsroom.by(), now=NOW)
    publish(newsroom.session, article, revision=2, suppress_reason=None, by=newsroom.by(), now=NOW)
    update(newsroom, article, suppress_reason="誤字の訂正のみ")
    change_marks(newsroom.session, article, is_pinned=True, important_until=None, by=newsroom.by(), now=LATER)
    withdraw(newsroom.session, article, "誤り", by=newsroom.by(), now=LATER)
    here = select(AuditEntry.action).where(AuditEntry.subject == article.public_id).order_by(AuditEntry.id)
    actions = ["drafted", "saved", "published", "updated", "marked", "withdrawn"]
    assert list(newsroom.session.scalars(here)) == [f"article {action}" for action in actions]


def test_an_address_hears_of_each_publication_once(newsroom: Newsroom) -> None:
    """R7-14: the same mailbox under two spellings in two organizations."""
    make.address(newsroom.session, newsroom.nishi, newsroom.author, "Contact@Higashi-gas.example")
    newsroom.published(on="johs")
    assert newsroom.session.scalar(select(func.count()).select_from(Mail)) == 2
