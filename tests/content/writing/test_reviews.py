"""The second pair of eyes (R7-4): who may approve what, and until when an approval holds."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from base.refusals import Conflict, Refused
from content.models import Article, Attachment
from content.writing.articles import EditedMeanwhile, save_draft, save_update, withdraw
from content.writing.review_queries import awaiting_among, count_open, files_seen, last_review, state_of_review
from content.writing.review_states import LastReview, ReviewState, review_state
from content.writing.reviews import (
    approve,
    approved_words,
    ask_review,
    give_back,
    note_saved,
    refuse_unapproved,
    take_review_back,
)
from tests.certificates import NOW
from tests.content.newsroom import Newsroom

LATER = NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, ReviewState.NONE),
        (LastReview(None, is_as_seen=False), ReviewState.ASKED),
        (LastReview(is_approved=False, is_as_seen=False), ReviewState.RETURNED),
        (LastReview(is_approved=True, is_as_seen=True), ReviewState.APPROVED),
        (LastReview(is_approved=True, is_as_seen=False), ReviewState.NONE),
    ],
)
def test_an_approval_is_of_what_was_seen(last: LastReview | None, expected: ReviewState) -> None:
    """R7-4."""
    assert review_state(last) is expected


class ReviewedRoom(Newsroom):
    def asked(self) -> Article:
        article = self.draft()
        ask_review(self.session, article, revision=1, words=None, by=self.by(), now=NOW)
        return article

    def approved(self) -> Article:
        article = self.asked()
        self.approve(article)
        return article

    def approve(self, article: Article, files: str = "") -> None:
        approve(self.session, article, revision=article.revision, files=files, by=self.by(self.second), now=LATER)

    def edit(self, article: Article, title: str = "改めた件名", *, second: bool = False) -> None:
        by = self.by(self.second if second else self.author)
        save_draft(self.session, article, self.text(title=title), revision=article.revision, by=by, now=NOW)

    def attach(self, article: Article) -> None:
        facts = {"kind": "csv", "media_type": "text/csv", "size": 1, "sha256": "0", "storage_key": "k", "position": 1}
        row = Attachment(article_id=article.id, name="a.csv", added_at=LATER, added_by_id=self.second.id, **facts)
        self.session.add(row)
        self.session.flush()

    def state(self, article: Article) -> ReviewState:
        return state_of_review(self.session, article, last_review(self.session, article))


@pytest.fixture
def room(session: Session) -> ReviewedRoom:
    return ReviewedRoom(session)


def test_nothing_goes_public_before_another_has_approved(room: ReviewedRoom) -> None:
    """R7-4: not whoever wrote it."""
    article = room.draft()
    for step in ("nothing asked", "asked"):
        with pytest.raises(Conflict):
            refuse_unapproved(room.session, article)
        if step == "nothing asked":
            ask_review(room.session, article, revision=1, words=None, by=room.by(), now=NOW)
    with pytest.raises(Conflict, match="ほかの担当者"):
        approve(room.session, article, revision=1, files="", by=room.by(), now=LATER)
    assert (room.state(article), count_open(room.session)) == (ReviewState.ASKED, 1)
    room.approve(article)
    refuse_unapproved(room.session, article)
    assert count_open(room.session) == 0


def test_any_edit_after_it_needs_a_new_approval(room: ReviewedRoom) -> None:
    """R7-4: of the words or of the files; saving what is the same is no edit."""
    article = room.approved()
    room.edit(article, title=article.title)
    refuse_unapproved(room.session, article)
    room.attach(article)
    assert room.state(article) is ReviewState.NONE
    ask_review(room.session, article, revision=1, words=None, by=room.by(), now=LATER)
    with pytest.raises(Conflict, match="ほかの担当者"):
        room.approve(article, files_seen(room.session, article))
    room.edit(article, second=True)
    with pytest.raises(Conflict, match="ほかの担当者"):
        room.approve(article, files_seen(room.session, article))
    approve(room.session, article, revision=2, files=files_seen(room.session, article), by=room.by(), now=LATER)
    refuse_unapproved(room.session, article)
    room.edit(article, title="また改めた件名")
    with pytest.raises(Conflict):
        refuse_unapproved(room.session, article)


def test_what_changed_behind_the_sheet_is_not_approved_unseen(room: ReviewedRoom) -> None:
    """E18."""
    article = room.asked()
    room.edit(article)
    with pytest.raises(EditedMeanwhile):
        approve(room.session, article, revision=1, files="", by=room.by(room.second), now=LATER)
    room.attach(article)
    with pytest.raises(Conflict, match="添付ファイル"):
        approve(room.session, article, revision=2, files="", by=room.by(room.second), now=LATER)
    assert room.state(article) is ReviewState.ASKED


def test_it_comes_back_with_a_word_or_is_taken_back(room: ReviewedRoom) -> None:
    """R7-4: one request at a time, decided once."""
    article = room.asked()
    with pytest.raises(Conflict, match="すでに承認を依頼"):
        ask_review(room.session, article, revision=1, words=None, by=room.by(room.second), now=NOW)
    with pytest.raises(Refused, match="理由"):
        give_back(room.session, article, " \n", by=room.by(room.second), now=LATER)
    give_back(room.session, article, "日付が\n違います", by=room.by(room.second), now=LATER)
    review = last_review(room.session, article)
    assert review is not None
    assert (review.return_word, room.state(article)) == ("日付が 違います", ReviewState.RETURNED)
    with pytest.raises(Conflict, match="承認の依頼はありません"):
        room.approve(article)
    with pytest.raises(Conflict, match="承認の依頼はありません"):
        take_review_back(room.session, article, by=room.by(), now=NOW)
    ask_review(room.session, article, revision=1, words=None, by=room.by(), now=LATER)
    take_review_back(room.session, article, by=room.by(), now=LATER)
    assert room.state(article) is ReviewState.RETURNED


def test_an_update_is_approved_as_it_was_typed_and_then_is_the_articles_own(room: ReviewedRoom) -> None:
    """R7-4: what is public stays as it is until then; another's update that came first makes it void."""
    article = room.published(suppress_reason="試験")
    ask_review(room.session, article, revision=1, words="{}", by=room.by(), now=NOW)
    with pytest.raises(Conflict, match="まだ承認されていません"):
        approved_words(room.session, article)
    room.approve(article)
    with pytest.raises(Conflict):
        refuse_unapproved(room.session, article)
    review = approved_words(room.session, article)
    save_update(
        room.session, article, room.text(title="改"), revision=1, suppress_reason="試験", by=room.by(), now=LATER
    )
    with pytest.raises(Conflict):
        approved_words(room.session, article)
    note_saved(room.session, article, review)
    refuse_unapproved(room.session, article)


def test_what_is_gone_is_sent_to_nobody(room: ReviewedRoom) -> None:
    article = room.published(suppress_reason="試験")
    withdraw(room.session, article, "誤り", by=room.by(), now=NOW)
    with pytest.raises(EditedMeanwhile):
        ask_review(room.session, article, revision=1, words="{}", by=room.by(), now=NOW)


def test_what_is_withdrawn_waits_for_nobody(room: ReviewedRoom) -> None:
    article = room.published(suppress_reason="試験")
    ask_review(room.session, article, revision=1, words="{}", by=room.by(), now=NOW)
    withdraw(room.session, article, "誤り", by=room.by(), now=NOW)
    assert (count_open(room.session), awaiting_among(room.session, [article.id])) == (0, frozenset())
    with pytest.raises(Conflict):
        room.approve(article)
