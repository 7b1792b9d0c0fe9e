"""A typed update on its way through an approval: kept as the form had it, and put back into the form (R7-4)."""

import json

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from base.refusals import Refused
from content.article_forms import ArticleForm
from content.article_text import ArticleText
from content.articles import with_marks_of
from content.models import Article
from content.review_models import Review

# What an update changes; marks and files of what is public or planned have buttons of their own.
NOT_TYPED = {"article", "revision", "files", "is_pinned", "important_until"}


def typed_words(form: ArticleForm) -> str:
    typed = {field.name: str(field.data or "") for field in form if field.name not in NOT_TYPED}
    return json.dumps(typed, ensure_ascii=False, sort_keys=True)


def form_with(session: Session, article: Article, review: Review) -> ArticleForm:
    """As it was sent for approval."""
    typed = json.loads(review.words or "{}")
    form = ArticleForm(formdata=MultiDict({**typed, "article": article.public_id, "revision": str(review.revision)}))
    form.offer(session)
    return form


def text_with(session: Session, article: Article, review: Review) -> ArticleText | None:
    """None where it no longer fits the site: a page or kind that is gone."""
    try:
        return with_marks_of(article, form_with(session, article, review).text(session))
    except Refused:
        return None
