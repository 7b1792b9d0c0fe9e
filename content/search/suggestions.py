"""What the search field offers while somebody types: tags and titles that exist for this viewer, and no other (R7-5, E10)."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from content.models import Article
from content.reading.queries import PUBLIC, Listed
from content.search.asked import Asked
from content.search.finding import public
from content.search.words import folded
from content.writing.models import ArticleTag, Tag

MOST_TAGS = 3
MOST_TITLES = 6
# A word that stands in many texts and in no title isn't worth more.
MOST_LOOKED_AT = 120

_ARTICLE = Article.__table__.c
_ON_PAGES = (
    select(ArticleTag.article_id)
    .join(Article, Article.id == ArticleTag.article_id)
    .where(ArticleTag.tag_id == Tag.id, _ARTICLE.page_id.in_(bindparam("page_ids", expanding=True)), *PUBLIC)
)


@dataclass(frozen=True, slots=True)
class Suggestions:
    tags: tuple[str, ...]
    titles: tuple[Listed, ...]


def suggested(session: Session, asked: Asked, now: datetime) -> Suggestions:
    """For the words as far as they are typed; titles are the newest ones."""
    if not asked.words or not asked.page_ids:
        return Suggestions((), ())
    looked_at = islice(public(session, asked, now, MOST_TITLES * 2), MOST_LOOKED_AT)
    titles = islice((each for each in looked_at if _says(each, asked.words)), MOST_TITLES)
    return Suggestions(_tags(session, asked, now), tuple(titles))


def _says(article: Listed, words: tuple[str, ...]) -> bool:
    title = folded(f"{article.title}\n{article.title_en or ''}")
    return all(word in title for word in words)


def _tags(session: Session, asked: Asked, now: datetime) -> tuple[str, ...]:
    """A tag that only hidden articles have isn't there."""
    word = " ".join(asked.words)
    wanted = select(Tag.name).where(Tag.folded.contains(word, autoescape=True), exists(_ON_PAGES))
    values = {"page_ids": list(asked.page_ids), "now": now}
    return tuple(session.scalars(wanted.order_by(Tag.folded).limit(MOST_TAGS), values))
