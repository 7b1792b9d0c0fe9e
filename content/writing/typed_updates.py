"""A typed update on its way through an approval: kept as the form had it, and put back into the form (R7-4)."""

from sqlalchemy.orm import Session

from base.refusals import Refused
from content.article_text import ArticleText
from content.models import Article
from content.writing.article_forms import ArticleForm
from content.writing.articles import with_marks_of
from content.writing.form_words import read_again, words_of, written
from content.writing.review_models import Review
from content.writing.typed_forms import MARKS, filled_form


def update_words(form: ArticleForm) -> str:
    """What an update changes: marks and files of what is public or planned have buttons of their own."""
    return written({name: words for name, words in words_of(form).items() if name not in MARKS})


def form_with(session: Session, article: Article, review: Review) -> ArticleForm:
    """As it was sent for approval."""
    return filled_form(session, read_again(review.words or ""), article, revision=review.revision)


def text_with(session: Session, article: Article, review: Review) -> ArticleText | None:
    """None where it no longer fits the site: a page or kind that is gone."""
    try:
        return with_marks_of(article, form_with(session, article, review).text(session))
    except Refused:
        return None
