"""Whether a second pair of eyes is asked for here, and what the screens show of it (R7-4)."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from auth.gate import viewer
from base.refusals import Conflict
from base.sentences import say
from content.article_queries import state_of
from content.article_states import ArticleState
from content.article_text import ArticleText
from content.models import Article
from content.writing.review_forms import ReturnForm
from content.writing.review_models import Review
from content.writing.review_queries import editors_of, files_seen, last_review, state_of_review
from content.writing.review_states import ReviewState
from content.writing.reviews import approved_words, refuse_unapproved
from content.writing.typed_updates import text_with


@dataclass(frozen=True, slots=True)
class ShownReview:
    """`last` speaks of what is shown unless `is_other`: then another update stands in its way."""

    state: ReviewState
    last: Review | None
    files: str
    may_decide: bool
    is_other: bool
    form: ReturnForm


def is_second_reader_needed() -> bool:
    is_needed = current_app.config["PORTAL"].is_second_reader_needed
    assert isinstance(is_needed, bool)
    return is_needed


def shown_review(
    session: Session, article: Article, update: ArticleText | None, form: ReturnForm | None = None
) -> ShownReview | None:
    """Of the article as it is saved, or of a typed update. None where one reader is enough."""
    if not is_second_reader_needed():
        return None
    last = last_review(session, article)
    is_same = last is None or (text_with(session, article, last) == update if last.words else update is None)
    state = state_of_review(session, article, last) if is_same else ReviewState.NONE
    may_decide = last is not None and viewer().user_id not in editors_of(session, article, last)
    is_other = not is_same and last is not None and last.decided_at is None
    return ShownReview(
        state, last, files_seen(session, article), may_decide, is_other, form or ReturnForm(formdata=None)
    )


def standing_review(session: Session, article: Article) -> ShownReview | None:
    """Whatever was last sent for approval of the article, for its own screen."""
    if not is_second_reader_needed():
        return None
    last = last_review(session, article)
    state = state_of_review(session, article, last)
    return ShownReview(state, last, "", may_decide=False, is_other=False, form=ReturnForm(formdata=None))


def require_second_reader(session: Session, article: Article) -> None:
    """In the transaction that publishes or plans what is saved."""
    if is_second_reader_needed():
        refuse_unapproved(session, article)


def refuse_files_of_planned(article: Article, now: datetime) -> None:
    """What goes public by itself has the files that were approved; those of what is public change at once, as its marks do."""
    if is_second_reader_needed() and state_of(article, now) is ArticleState.SCHEDULED:
        told = say(
            "承認を受けて公開を予定した記事のファイルは変えられません。予定を取りやめて下書きに戻してから変えてください。"
        )
        raise Conflict(told, field="files")


def required_review(session: Session, article: Article, text: ArticleText) -> Review | None:
    """In the transaction that saves a typed update: it has to be the approved one. None where one reader is enough."""
    if not is_second_reader_needed():
        return None
    review = approved_words(session, article)
    if text_with(session, article, review) != text:
        raise Conflict(say("承認された内容と違います。もう一度承認を依頼してください。"))
    return review
