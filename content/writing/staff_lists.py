"""The list of articles as staff see it: narrowed, in pages that go on from a row, or whole for a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Tuple, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from auth.models import User
from base.db import Moment
from base.identifiers import is_public_id
from base.jst import start_of
from content.article_states import ArticleState
from content.models import Article, ArticleKind, Category, Page
from content.writing.article_filters import AWAITING, ArticleFilters
from content.writing.review_queries import awaiting_ids

LENGTH_OF_LIST = 50
SHOWN_WITH = tuple(joinedload(each) for each in (Article.page, Article.kind, Article.category, Article.author))


@dataclass(frozen=True, slots=True)
class ListedPage:
    """`older` and `newer` are the public ids from which the list goes on."""

    rows: Sequence[Article]
    older: str | None
    newer: str | None


def staff_list(session: Session, filters: ArticleFilters, address: Mapping[str, str], now: datetime) -> ListedPage:
    """Last changed first, going on from the `older_than` or `newer_than` of the address."""
    found = select(Article).where(*_conditions(filters, now)).options(*SHOWN_WITH)
    start = article_by(session, address.get("newer_than", ""))
    if start is not None:
        return _newer(session, found, start)
    start = article_by(session, address.get("older_than", ""))
    rows = _some(session, found.where(_place() < _place_of(start)) if start else found, is_rising=False)
    shown = rows[:LENGTH_OF_LIST]
    is_longer = len(rows) > LENGTH_OF_LIST
    return ListedPage(
        shown, shown[-1].public_id if is_longer else None, shown[0].public_id if start and shown else None
    )


def _newer(session: Session, found: Select[Article], start: Article) -> ListedPage:
    rows = _some(session, found.where(_place() > _place_of(start)), is_rising=True)
    shown = rows[:LENGTH_OF_LIST][::-1]
    is_longer = len(rows) > LENGTH_OF_LIST
    return ListedPage(
        shown, shown[-1].public_id if shown else None, shown[0].public_id if is_longer and shown else None
    )


def _place() -> Tuple:
    return tuple_(Article.edited_at, Article.id)


def _place_of(article: Article) -> Tuple:
    return tuple_(literal(article.edited_at, Moment()), literal(article.id))


def _some(session: Session, found: Select[Article], *, is_rising: bool) -> Sequence[Article]:
    order = (Article.edited_at, Article.id) if is_rising else (Article.edited_at.desc(), Article.id.desc())
    return session.scalars(found.order_by(*order).limit(LENGTH_OF_LIST + 1)).all()


def every_article(session: Session, filters: ArticleFilters, now: datetime) -> Iterator[Article]:
    """The whole list in the same order, read piece by piece."""
    found = select(Article).where(*_conditions(filters, now)).options(*SHOWN_WITH, joinedload(Article.editor))
    rows = _some(session, found, is_rising=False)
    while rows:
        yield from rows[:LENGTH_OF_LIST]
        last = rows[LENGTH_OF_LIST - 1] if len(rows) > LENGTH_OF_LIST else None
        session.expunge_all()
        rows = _some(session, found.where(_place() < _place_of(last)), is_rising=False) if last else []


def _conditions(filters: ArticleFilters, now: datetime) -> list[ColumnElement[bool]]:
    found = [*_stands(filters.state, now), *_belongs(filters)]
    if filters.author:
        found.append(Article.author_id == select(User.id).where(User.public_id == filters.author).scalar_subquery())
    if filters.words:
        found.append(Article.title.icontains(filters.words, autoescape=True))
    if filters.since:
        found.append(Article.edited_at >= start_of(filters.since))
    if filters.until:
        found.append(Article.edited_at < start_of(filters.until + timedelta(days=1)))
    return found


def _belongs(filters: ArticleFilters) -> Iterator[ColumnElement[bool]]:
    if filters.page:
        yield Article.page_id == select(Page.id).where(Page.slug == filters.page).scalar_subquery()
    if filters.category:
        yield Article.category_id == select(Category.id).where(Category.slug == filters.category).scalar_subquery()
    if filters.kind:
        yield Article.kind_id == select(ArticleKind.id).where(ArticleKind.slug == filters.kind).scalar_subquery()


def _stands(state: str, now: datetime) -> list[ColumnElement[bool]]:
    """As `article_state` decides, in the words of the database."""
    if not state:
        return []
    if state == AWAITING:
        return [Article.id.in_(awaiting_ids())]
    if state == ArticleState.WITHDRAWN:
        return [Article.withdrawn_at.is_not(None)]
    if state == ArticleState.DRAFT:
        return [Article.published_at.is_(None), Article.withdrawn_at.is_(None)]
    here = [Article.published_at.is_not(None), Article.withdrawn_at.is_(None)]
    if state == ArticleState.SCHEDULED:
        return [*here, Article.published_at > now]
    is_on = or_(Article.ends_at.is_(None), Article.ends_at > now)
    return [*here, Article.published_at <= now, Article.ends_at <= now if state == ArticleState.ENDED else is_on]


def article_by(session: Session, public_id: str) -> Article | None:
    if not is_public_id(public_id):
        return None
    return session.scalars(select(Article).where(Article.public_id == public_id)).one_or_none()


def locked_article(session: Session, public_id: str) -> Article | None:
    """The same, for no other editor until the transaction ends; readers go on noting that they have read it."""
    if not is_public_id(public_id):
        return None
    return session.scalars(
        select(Article).where(Article.public_id == public_id).with_for_update(key_share=True)
    ).one_or_none()


def authors(session: Session) -> list[tuple[str, str]]:
    """Public id and name of everybody who has written something."""
    wrote = select(User.public_id, User.name_kanji).where(User.id.in_(select(Article.author_id)))
    return [(public_id, name) for public_id, name in session.execute(wrote.order_by(User.name_kana))]
