"""What the index should hold of articles: their words and those of their files, cut into pieces, with the marks that narrow (R7-5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, or_, select
from sqlalchemy.orm import Session

from base.grams import tokens
from content.files.models import AttachmentText
from content.markup import plain_text
from content.models import Article, Attachment
from content.search.marks import BRIMFUL, WHOLE, article_marks
from content.search.pieces import cuts
from content.writing.models import ArticleTag, Tag

# A vector of PostgreSQL holds a megabyte of them.
MOST_TOKEN_BYTES = 900_000

_ARTICLE, _FILE = Article.__table__.c, Attachment.__table__.c
_TEXT, _TAGGED, _TAG = AttachmentText.__table__.c, ArticleTag.__table__.c, Tag.__table__.c
_IDS: Any = bindparam("ids", expanding=True)
# Two who index the same article take turns; what one has read, the other can't have changed.
_ARTICLES = (
    select(
        *(_ARTICLE.id, _ARTICLE.page_id, _ARTICLE.category_id, _ARTICLE.kind_id, _ARTICLE.title, _ARTICLE.title_en),
        *(_ARTICLE.html, _ARTICLE.html_en, _ARTICLE.published_at, _ARTICLE.withdrawn_at),
    )
    .where(_ARTICLE.id.in_(_IDS))
    .order_by(_ARTICLE.id)
    .with_for_update(key_share=True)
)
_TAGS = (
    select(_TAGGED.article_id, _TAG.id, _TAG.name)
    .join_from(ArticleTag.__table__, Tag.__table__, _TAG.id == _TAGGED.tag_id)
    .where(_TAGGED.article_id.in_(_IDS))
    .order_by(_TAG.id)
)
_OTHER = Attachment.__table__.alias("other").c
_LATEST = (
    select(func.max(_OTHER.version)).where(_OTHER.manual_id == _FILE.manual_id, _OTHER.removed_at.is_(None))
).scalar_subquery()
# Of a manual the latest version alone (R9-12).
_FILES = (
    select(_FILE.article_id, _FILE.id, _TEXT.text)
    .join_from(Attachment.__table__, AttachmentText.__table__, _TEXT.attachment_id == _FILE.id)
    .where(_FILE.article_id.in_(_IDS), _FILE.removed_at.is_(None), _TEXT.text != "")
    .where(or_(_FILE.manual_id.is_(None), _FILE.version == _LATEST))
    .order_by(_FILE.position, _FILE.id)
)


@dataclass(frozen=True, slots=True)
class IndexRow:
    """As it should stand in the index; `attachment_id` None for the article's own words."""

    article_id: int
    attachment_id: int | None
    number: int
    starts_at: int
    published_at: datetime
    marks: str
    text: str

    @property
    def tokens(self) -> list[str]:
        return [self.marks, *tokens(self.text)]


def index_rows(session: Session, article_ids: Collection[int]) -> Iterator[IndexRow]:
    """Of those that readers see now or will see: what nobody is to find has none."""
    values = {"ids": list(article_ids)}
    articles = session.execute(_ARTICLES, values).all()
    tags, files = _by_article(session, _TAGS, values), _by_article(session, _FILES, values)
    for each in articles:
        if each.published_at is not None and each.withdrawn_at is None:
            yield from _rows_of(each, tags[each.id], [(row.id, row.text) for row in files[each.id]])


def _by_article(session: Session, statement: Any, values: Mapping[str, Any]) -> defaultdict[int, list[Row[Any]]]:
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(statement, values):
        found[row.article_id].append(row)
    return found


def _rows_of(article: Any, tags: Sequence[Row[Any]], files: Sequence[tuple[int, str]]) -> Iterator[IndexRow]:
    at = article.published_at
    marks = article_marks(article.page_id, article.category_id, article.kind_id, [row.id for row in tags], at)
    sources = [(None, _own_words(article, [row.name for row in tags])), *files]
    found = [(of, number, cut) for of, words in sources for number, cut in enumerate(cuts(words), start=1)]
    alone = [WHOLE] if len(found) == 1 else []
    for of, number, cut in found:
        yield IndexRow(article.id, of, number, cut.starts_at, at, " ".join([*marks, *alone]), cut.text)
    if not alone:
        together = _together(cut.text for _, _, cut in found)
        yield IndexRow(article.id, None, 0, 0, at, " ".join([*marks, WHOLE, *together]), "")


def _own_words(article: Any, tags: Sequence[str]) -> str:
    parts = [article.title, article.title_en, *tags, plain_text(article.html), plain_text(article.html_en or "")]
    return "\n".join(part for part in parts if part)


def _together(texts: Iterable[str]) -> list[str]:
    found: set[str] = set().union(*map(tokens, texts))
    return [BRIMFUL] if sum(len(each.encode()) for each in found) > MOST_TOKEN_BYTES else sorted(found)
