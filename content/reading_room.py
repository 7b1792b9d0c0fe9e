"""One request of a reader: who looks, when, at which pages; and all that is kept between requests."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import g, render_template, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from auth.gate import viewer
from auth.viewer import Viewer
from base import clock
from base.db import db, transaction
from base.logs import log
from content.blanks import Blanks, Filling, Sheet
from content.fragments import Kept, ListFragment, Span
from content.navigation import Group, Navigation, blank_menu, drawn_menu, menu_key
from content.own_pieces import OwnPieces
from content.reading_queries import is_opened, listed_by_id
from content.readings import note_opened
from content.shelf import Shelf
from content.unread import NONE_UNREAD, Unread, UnreadMarks
from content.viewing import KnownPage, Reach, Viewing

KEPT_LETTERS = 2_000_000
KEPT_OPENINGS = 10_000
MOST_UNREAD = 100


@dataclass(frozen=True, slots=True)
class Look:
    """`viewer` is taken once: each touch of its proxy costs. Most pages are kept: a session comes to be only where one isn't."""

    viewer: Viewer
    now: datetime
    reach: Reach

    @property
    def session(self) -> Session:
        return db.session()


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a template is given, and how long that holds."""

    words: dict[str, Any]
    span: Span
    menu_path: str
    article_id: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    sheet: Sheet
    span: Span
    article_id: int


class ReadingRoom:
    """Belongs to one application: what is kept here never meets another database."""

    def __init__(self, password_days: int) -> None:
        self._blanks = Blanks()
        self.shelf = Shelf(self._blanks)
        self._pieces = OwnPieces(self._blanks, password_days)
        self._viewing = Viewing()
        self._unread = UnreadMarks()
        self._navigation = Navigation()
        self._opened: Kept[tuple[int, int], bool] = Kept(KEPT_OPENINGS)
        self._sheets: Kept[Hashable, Drawn] = Kept(KEPT_LETTERS)

    def look(self) -> Look:
        found = g.get("look")
        if isinstance(found, Look):
            return found
        someone = viewer()
        look = g.look = Look(someone, clock.now(), self._viewing.reach(db.session, someone))
        return look

    def unread(self, look: Look) -> Unread:
        """Staff write the articles: nothing is unread for them."""
        return NONE_UNREAD if look.viewer.is_staff else self._unread.of(db.session, look.viewer, look.reach, look.now)

    def unread_list(self, look: Look, pages: tuple[KnownPage, ...], category: str | None = None) -> ListFragment:
        """Its pages are named where there are several."""
        unread = self.unread(look)
        found = listed_by_id(look.session, unread.ids, [page.id for page in pages], look.now)
        shown = [each for each in found if category is None or each.category == category][:MOST_UNREAD]
        return ListFragment(self.shelf.rows(shown, look.reach.by_id if len(pages) > 1 else None), unread.span)

    def menu(self, path: str) -> list[Group]:
        look = self.look()
        return drawn_menu(self._navigation.menu(look.viewer, look.reach), path, self.unread(look).counts)

    def shared(self, look: Look, template: str, key: Hashable, draw: Callable[[], Drawing]) -> Drawn:
        """The page for all who see the same pages through the same menu; `key` names what else it depends on."""
        whole = (template, key, request.environ.get("HTTP_HOST"), request.path, menu_key(look.viewer, look.reach))
        found = self._sheets.get(whole)
        if found is None or not found.span.holds(look.now):
            drawing = draw()
            found = Drawn(self.drawn(look, template, drawing), drawing.span, drawing.article_id)
            self._sheets.keep(whole, found, found.sheet.weight)
        return found

    def drawn(self, look: Look, template: str, drawing: Drawing) -> Sheet:
        blank = self._blanks.blank
        menu = blank_menu(self._navigation.menu(look.viewer, look.reach), drawing.menu_path, self._blanks)
        own = {"viewer": self._pieces.stand_in(look.viewer), "nav": menu, "csrf_token": lambda: blank("csrf")}
        return self._blanks.cut(render_template(template, **drawing.words, **own, blank=blank))

    def filled(self, look: Look, sheet: Sheet, own: Mapping[str, Filling] | None = None) -> str:
        def newest_of(page_id: int) -> tuple[KnownPage, str]:
            page = look.reach.by_id[page_id]
            return page, self._unread.newest(db.session, page, look.now).articles[0].public_id

        fillings = self._pieces.fillings(look.viewer, self.unread(look), newest_of, look.now)
        return sheet.filled({**fillings, **own} if own else fillings)

    def note_opened(self, look: Look, article_id: int) -> Look:
        """The record of the first opening (R7-6). Reading goes on where it can't be written just now."""
        key = (look.viewer.user_id, article_id)
        if look.viewer.is_staff or self._opened.get(key) or self._was_opened(look, article_id):
            return look
        try:
            with transaction() as session:
                reads = note_opened(session, look.viewer.user_id, article_id, look.viewer.pc_name, look.now)
        except DBAPIError as fault:
            log.warning("reading not recorded", reference=g.reference, why=type(fault).__name__)
            return look
        self._opened.keep(key, True)
        if reads is not None:
            g.look = replace(look, viewer=replace(look.viewer, reads=reads))
        return self.look()

    def _was_opened(self, look: Look, article_id: int) -> bool:
        found = is_opened(look.session, look.viewer.user_id, article_id)
        if found:
            self._opened.keep((look.viewer.user_id, article_id), True)
        return found
