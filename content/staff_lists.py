"""The list of articles as staff see it: filters that stand in the address, pages that go on from a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, Tuple, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from auth.models import User
from base.db import Moment
from base.identifiers import is_public_id
from base.jst import start_of
from content.article_states import ArticleState
from content.models import Article, Page

LENGTH_OF_LIST = 50
YEARS = range(2000, 2100)
SHOWN_WITH = tuple(joinedload(each) for each in (Article.page, Article.kind, Article.category, Article.author))


@dataclass(frozen=True, slots=True)
class Filters:
    """What is None narrows nothing; the days are those of the last change, both included."""

    state: ArticleState | None = None
    page: str | None = None
    author: str | None = None
    since: date | None = None
    until: date | None = None

    def in_address(self) -> dict[str, str]:
        """As the names and values of a query string."""
        days = {"from": self.since, "until": self.until}
        named = {"state": self.state, "page": self.page, "author": self.author}
        return {name: str(value) for name, value in {**named, **days}.items() if value}


@dataclass(frozen=True, slots=True)
class ListedPage:
    """`older` and `newer` are the public ids from which the list goes on."""

    rows: Sequence[Article]
    older: str | None
    newer: str | None


def read_filters(address: Mapping[str, str]) -> Filters:
    """From a query string; what can't be read narrows nothing."""
    state, page, author = (address.get(name, "") for name in ("state", "page", "author"))
    return Filters(
        state=ArticleState(state) if state in set(ArticleState) else None,
        page=page if page.isascii() and page.isalpha() else None,
        author=author if is_public_id(author) else None,
        since=_day(address.get("from", "")),
        until=_day(address.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def staff_list(session: Session, filters: Filters, address: Mapping[str, str], now: datetime) -> ListedPage:
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


def _conditions(filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    found = [*_stands(filters.state, now)]
    if filters.page:
        found.append(Article.page_id == select(Page.id).where(Page.slug == filters.page).scalar_subquery())
    if filters.author:
        found.append(Article.author_id == select(User.id).where(User.public_id == filters.author).scalar_subquery())
    if filters.since:
        found.append(Article.edited_at >= start_of(filters.since))
    if filters.until:
        found.append(Article.edited_at < start_of(filters.until + timedelta(days=1)))
    return found


def _stands(state: ArticleState | None, now: datetime) -> list[ColumnElement[bool]]:
    """As `article_state` decides, in the words of the database."""
    if state is None:
        return []
    if state is ArticleState.WITHDRAWN:
        return [Article.withdrawn_at.is_not(None)]
    if state is ArticleState.DRAFT:
        return [Article.published_at.is_(None), Article.withdrawn_at.is_(None)]
    here = [Article.published_at.is_not(None), Article.withdrawn_at.is_(None)]
    if state is ArticleState.SCHEDULED:
        return [*here, Article.published_at > now]
    has_ended = Article.ends_at <= now
    is_on = or_(Article.ends_at.is_(None), Article.ends_at > now)
    return [*here, Article.published_at <= now, has_ended if state is ArticleState.ENDED else is_on]


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
