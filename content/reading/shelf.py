"""Draws what readers share, once for all who see the same pages, and keeps it until a page's version or the time says otherwise."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import get_template_attribute
from markupsafe import Markup
from sqlalchemy.orm import Session

from base.words import locale
from content.files.shown_files import shown_file
from content.languages import Words
from content.manuals.shown_manuals import shown_manuals
from content.reading.article_versions import version_of
from content.reading.blanks import Blanks
from content.reading.fragments import Kept, ListFragment, Span
from content.reading.importance import DISTURBANCE, important_until, is_important
from content.reading.queries import (
    FullArticle,
    Listed,
    Position,
    Towards,
    files_of,
    full_article,
    important,
    listed,
    next_change,
)
from content.reading.viewing import KnownPage, Reach
from content.systems.hours_queries import timetable
from content.systems.queries import current_stops, running_since, stop_of, times_of
from content.systems.states import states_hold, system_states
from content.systems.stop_states import is_word_due
from content.writing.tags import tags_of

LIST_LENGTH = 20
HOME_LENGTH = 10
MOST_IMPORTANT = 5
KEPT_LETTERS = 1_000_000
KEPT_SYSTEMS = 256
ROWS = "content/rows.html"
PIECES = "content/article_pieces.html"

Start = tuple[Towards, Position]


@dataclass(frozen=True, slots=True)
class Important:
    """What stands above everything: disturbances as notices, the rest as rows; `in_rows` are the latter's ids."""

    notices: Markup
    rows: Markup
    in_rows: frozenset[int]
    span: Span


@dataclass(frozen=True, slots=True)
class SystemsFragment:
    """The column, and what is disturbed just now: as notices, or each in a line above something else (R9-7).

    Notices and lines lead to the article about it; `bare_lines`, above articles, don't.
    """

    html: Markup
    notices: Markup
    lines: Markup
    bare_lines: Markup
    span: Span


@dataclass(frozen=True, slots=True)
class ArticleFragment:
    """One article as all its readers see it; `aside` are its neighbours."""

    article_id: int
    title: str
    page: KnownPage
    main: Markup
    aside: Markup
    span: Span
    revision: int
    is_ack_asked: bool = False


def first_of(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _neighbouring(found: list[Listed], start: Start | None) -> tuple[list[Listed], str, str]:
    """One more than a list holds was read: it says whether the list goes on."""
    towards = start[0] if start else None
    goes_on = len(found) > LIST_LENGTH
    shown = found[-LIST_LENGTH:] if towards is Towards.NEWER else found[:LIST_LENGTH]
    if not shown:
        return shown, "", ""
    has_newer = goes_on if towards is Towards.NEWER else start is not None
    has_older = goes_on if towards is not Towards.NEWER else True
    return shown, shown[0].public_id if has_newer else "", shown[-1].public_id if has_older else ""


class Shelf:
    """A key names all that a fragment depends on: the versions of its pages, what is asked for, the language."""

    def __init__(self, blanks: Blanks) -> None:
        self._blanks = blanks
        self._lists: Kept[object, ListFragment] = Kept(KEPT_LETTERS)
        self._important: Kept[object, Important] = Kept(KEPT_LETTERS)
        self._systems: Kept[object, SystemsFragment] = Kept(KEPT_SYSTEMS)
        self._articles: Kept[tuple[str, str, str], ArticleFragment] = Kept(KEPT_LETTERS)

    def rows(self, articles: Iterable[Listed], pages: Mapping[int, KnownPage] | None) -> Markup:
        """With `pages` each row names its page; each has blanks for the reader's marks."""
        draw, language = get_template_attribute(ROWS, "row"), locale()
        blank = self._blanks.blank
        return Markup().join(
            draw(
                each,
                each.title_in(language),
                pages[each.page_id] if pages else None,
                blank("row", each.id),
                blank("since", each.id),
            )
            for each in articles
        )

    def page_list(
        self, session: Session, page: KnownPage, category: str | None, start: Start | None, now: datetime
    ) -> ListFragment:
        key = (page.id, page.version, category, start, locale())
        found = self._lists.get(key)
        if found is None or not found.span.holds(now):
            articles = listed(session, [page.id], now, LIST_LENGTH + 1, category=category, start=start)
            shown, newer, older = _neighbouring(articles, start)
            span = Span(now, next_change(session, [page.id], now))
            found = ListFragment(self.rows(shown, None), span, newer, older)
            self._lists.keep(key, found, found.weight)
        return found

    def news(self, session: Session, reach: Reach, now: datetime) -> ListFragment:
        """The newest, without the rows that stand above them as important."""
        key = (reach.versions, locale())
        found = self._lists.get(key)
        if found is None or not found.span.holds(now):
            above = self.important(session, reach.pages, now)
            newest = listed(session, reach.by_id, now, HOME_LENGTH + len(above.in_rows))
            articles = [each for each in newest if each.id not in above.in_rows][:HOME_LENGTH]
            found = ListFragment(self.rows(articles, reach.by_id), Span(now, above.span.until_at))
            self._lists.keep(key, found, found.weight)
        return found

    def important(self, session: Session, pages: tuple[KnownPage, ...], now: datetime) -> Important:
        key = (tuple((page.id, page.version) for page in pages), locale())
        found = self._important.get(key)
        if found is None or not found.span.holds(now):
            found = self._important_of(session, {page.id: page for page in pages}, now)
            self._important.keep(key, found, len(found.rows) + len(found.notices) + 1)
        return found

    def _important_of(self, session: Session, pages: dict[int, KnownPage], now: datetime) -> Important:
        return self.above(session, important(session, pages, now, MOST_IMPORTANT), pages, now)

    def above(
        self, session: Session, articles: list[Listed], pages: Mapping[int, KnownPage], now: datetime
    ) -> Important:
        """`articles`: those that are important. Of a system that is disturbed that is the one notice."""
        ends = (important_until(each.emphasis) for each in articles)
        span = Span(now, first_of(next_change(session, pages, now), *ends))
        running = running_since(session, [page.system for page in pages.values() if page.system])
        since = {page.id: running[page.system] for page in pages.values() if page.system in running}
        draw, language = get_template_attribute(ROWS, "disturbance"), locale()
        shown = [each for each in articles if not _is_told(each, since)]
        above = [each for each in shown if each.kind == DISTURBANCE and each.page_id not in since]
        notices = Markup().join(draw(each, each.title_in(language), pages[each.page_id]) for each in above)
        others = [each for each in shown if each not in above]
        in_rows = frozenset(each.id for each in others)
        return Important(notices, self.rows(others, pages if len(pages) > 1 else None), in_rows, span)

    def systems(self, session: Session, pages: tuple[KnownPage, ...], reach: Reach, now: datetime) -> SystemsFragment:
        """Empty where none of the pages is a system's. Articles are named of those pages alone that are in reach (R7-2)."""
        key = (tuple((page.id, page.version, page.id in reach.by_id) for page in pages), locale())
        found = self._systems.get(key)
        if found is None or not found.span.holds(now):
            found = _systems_of(session, pages, reach, now)
            self._systems.keep(key, found)
        return found

    def article(
        self, session: Session, reach: Reach, public_id: str, language: str, now: datetime
    ) -> ArticleFragment | None:
        """None for what doesn't exist for the viewer: a kept article is shown to nobody who can't see its page as it is."""
        key = (public_id, language, locale())
        found = self._articles.get(key)
        if found is None or reach.by_id.get(found.page.id) != found.page or not found.span.holds(now):
            article = full_article(session, public_id, reach.by_id, now)
            if article is None:
                return None
            page, mark = reach.by_id[article.listed.page_id], partial(self._blanks.blank, "manual")
            found = _article_of(session, article, page, language, now, mark)
            self._articles.keep(key, found, len(found.main) + len(found.aside))
        return found


def _is_told(article: Listed, since: Mapping[int, datetime]) -> bool:
    """It is about what is disturbed just now: the notice of that leads to it."""
    begun = since.get(article.page_id) if article.kind == DISTURBANCE else None
    return begun is not None and article.published_at >= begun


def _systems_of(session: Session, pages: tuple[KnownPage, ...], reach: Reach, now: datetime) -> SystemsFragment:
    by_system = {page.system: page for page in pages if page.system}
    hours, rows = timetable(session), current_stops(session, by_system, now)
    stops = [stop_of(row) for row in rows]
    card = get_template_attribute(ROWS, "systems_card")(system_states(pages, hours, stops, now), pages)
    disturbed = [row for row in rows if row.until_at is None and stop_of(row).is_on(now)]
    told = _told(session, {by_system[row.system].id: row.from_at for row in disturbed}, reach, now) if disturbed else {}

    def drawn(name: str, articles: Mapping[int, Listed]) -> Markup:
        draw = get_template_attribute(ROWS, name)
        pairs = [(row, by_system[row.system]) for row in disturbed]
        return Markup().join(
            draw(row, page, is_word_due(times_of(row), now), articles.get(page.id)) for row, page in pairs
        )

    span = states_hold(pages, hours, stops, now)
    if disturbed:
        turn = next_change(session, [page.id for page in pages], now)
        span = Span(now, first_of(span.until_at, turn, *(important_until(each.emphasis) for each in told.values())))
    lines = (drawn("disturbed_line", told), drawn("disturbed_line", {}))
    return SystemsFragment(card, drawn("disturbed", told), *lines, span)


def _told(session: Session, since: Mapping[int, datetime], reach: Reach, now: datetime) -> dict[int, Listed]:
    """The newest article about what is disturbed just now, by its page; of pages in reach alone."""
    found = important(session, [page_id for page_id in since if page_id in reach.by_id], now, MOST_IMPORTANT)
    return {each.page_id: each for each in reversed(found) if _is_told(each, since)}


def _link(neighbour: list[Listed]) -> tuple[Words | str, ...]:
    return (neighbour[0].title_in(locale()), f"/articles/{neighbour[0].public_id}") if neighbour else ()


def _article_of(
    session: Session, article: FullArticle, page: KnownPage, language: str, now: datetime, mark: Callable[[int], Markup]
) -> ArticleFragment:
    """`mark`: the blank for a manual's."""
    here = Position(*article.listed.position)
    older = listed(session, [page.id], now, 1, start=(Towards.OLDER, here))
    newer = listed(session, [page.id], now, 1, start=(Towards.NEWER, here))
    files = shown_manuals(session, article.listed.id, mark)
    files += [shown_file(file) for file in files_of(session, article.listed.id)]
    emphasis = article.listed.emphasis
    version, tags = version_of(article, language, locale()), tags_of(session, article.listed.id)
    main = get_template_attribute(PIECES, "article")(article, version, page, files, is_important(emphasis, now), tags)
    aside = get_template_attribute(PIECES, "beside")(_link(older), _link(newer))
    span = Span(now, first_of(next_change(session, [page.id], now), important_until(emphasis)))
    is_ack_asked = article.listed.ack_asked_at is not None
    return ArticleFragment(
        article.listed.id, version.title.text, page, main, aside, span, article.revision, is_ack_asked
    )
