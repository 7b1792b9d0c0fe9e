"""Search over titles and texts of the articles that exist for the viewer (R7-5, E10): every word has to stand in one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from content.languages import JAPANESE, Words
from content.markup import plain_text
from content.models import Article
from content.reading_queries import PUBLIC, Listed, listed_by_id
from content.search_words import Piece, excerpt_around, marked

LONGEST_ANSWER = 50

_ARTICLE = Article.__table__.c
_ON_PAGE = (
    select(_ARTICLE.id, _ARTICLE.published_at, _ARTICLE.html)
    .where(_ARTICLE.page_id == bindparam("page_id"), *PUBLIC)
    .order_by(_ARTICLE.published_at.desc(), _ARTICLE.id.desc())
    .limit(LONGEST_ANSWER)
)


@dataclass(frozen=True, slots=True)
class Hit:
    article: Listed
    words: Words
    title: Sequence[Piece]
    excerpt: Sequence[Piece]


def search_articles(
    session: Session, words: Sequence[str], page_ids: Iterable[int], now: datetime, language: str = JAPANESE
) -> list[Hit]:
    """The newest articles with all of the words, at most `LONGEST_ANSWER`; none for no words. `language`: of their titles."""
    if not words:
        return []
    pages = list(page_ids)
    found = _ON_PAGE.where(*(_ARTICLE.search_text.contains(word, autoescape=True) for word in words))
    per_page = [session.connection().execute(found, {"page_id": page_id, "now": now}).all() for page_id in pages]
    newest = list(merge(*per_page, key=lambda row: (row.published_at, row.id), reverse=True))[:LONGEST_ANSWER]
    texts = {row.id: plain_text(row.html) for row in newest}
    articles = listed_by_id(session, list(texts), pages, now)
    return [_hit(article, article.title_in(language), texts[article.id], words) for article in articles]


def _hit(article: Listed, title: Words, text: str, words: Sequence[str]) -> Hit:
    return Hit(article, title, marked(title.text, words), excerpt_around(text, words))
