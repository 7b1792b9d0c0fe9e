"""One request of a reader: who looks, when, at which pages; and all that is kept between requests."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Response, g, render_template
from flask.globals import app_ctx, request_ctx
from sqlalchemy.orm import Session

from auth.gate import viewer
from auth.viewer import Viewer
from base import clock
from base.db import UNWRITTEN, db, transaction
from base.logs import log
from base.waiting import Todo
from content.manuals.states import in_hand
from content.reading.acknowledgement_todos import WaitingAcknowledgements
from content.reading.blanks import Blanks, Filling, Sheet
from content.reading.fragments import Kept, ListFragment, Span
from content.reading.navigation import Group, Navigation, blank_menu, drawn_menu, menu_key
from content.reading.own_pieces import OwnPieces
from content.reading.queries import listed_by_id, opened_revision
from content.reading.readings import note_fetched, note_opened
from content.reading.shelf import Shelf
from content.reading.since_read_queries import fetched_versions
from content.reading.unread import NONE_UNREAD, Unread, UnreadMarks
from content.reading.viewing import KnownPage, Reach, Viewing

KEPT_LETTERS = 2_000_000
KEPT_OPENINGS = 10_000
MOST_UNREAD = 100
HTML = "text/html; charset=utf-8"


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
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    sheet: Sheet
    span: Span
    article_id: int
    revision: int


@dataclass(frozen=True, slots=True)
class Opening:
    """`look` with what opening has changed; `is_changed`: the person had opened an earlier revision before."""

    look: Look
    is_changed: bool = False


def _page(html: bytes) -> Response:
    """Type and length are known: nothing has to be looked for."""
    return Response([html], headers=[("Content-Type", HTML), ("Content-Length", str(len(html)))])


class ReadingRoom:
    """Belongs to one application: what is kept here never meets another database."""

    def __init__(self, password_days: int) -> None:
        self._blanks = Blanks()
        self.shelf = Shelf(self._blanks)
        self._pieces = OwnPieces(self._blanks, password_days)
        self._viewing = Viewing()
        self._unread = UnreadMarks()
        self._acknowledgements = WaitingAcknowledgements()
        self._navigation = Navigation()
        self._opened: Kept[tuple[int, int], int] = Kept(KEPT_OPENINGS)
        self._sheets: Kept[Hashable, Drawn] = Kept(KEPT_LETTERS)

    def look(self) -> Look:
        own = app_ctx.g
        found = own.get("look")
        if isinstance(found, Look):
            return found
        someone = own.get("viewer") or viewer()
        look = own.look = Look(someone, clock.now(), self._viewing.reach(db.session, someone))
        return look

    def unread(self, look: Look) -> Unread:
        """Staff write the articles: nothing is unread for them."""
        return NONE_UNREAD if look.viewer.is_staff else self._unread.of(db.session, look.viewer, look.reach, look.now)

    def acknowledgements(self, look: Look) -> tuple[Todo, ...]:
        return self._acknowledgements.of(db.session, look.viewer, look.reach, look.now)

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
        asked = request_ctx.request
        whole = (template, key, asked.environ.get("HTTP_HOST"), asked.path, menu_key(look.viewer, look.reach))
        found = self._sheets.get(whole)
        if found is None or not found.span.holds(look.now):
            drawing = draw()
            sheet = self.drawn(look, template, drawing)
            found = Drawn(sheet, drawing.span, drawing.article_id, drawing.revision)
            self._sheets.keep(whole, found, found.sheet.weight)
        return found

    def edit_piece(self, look: Look, public_id: str) -> str:
        return self._pieces.edit(public_id, look.viewer.language)

    def drawn(self, look: Look, template: str, drawing: Drawing) -> Sheet:
        blank = self._blanks.blank
        menu = blank_menu(self._navigation.menu(look.viewer, look.reach), drawing.menu_path, self._blanks)
        own = {"viewer": self._pieces.stand_in(look.viewer), "nav": menu, "csrf_token": lambda: blank("csrf")}
        html = render_template(template, **drawing.words, **own, blank=blank)
        return self._blanks.cut(html, self._pieces.usual(look.viewer.language))

    def filled(self, look: Look, sheet: Sheet, own: Mapping[str, Filling] | None = None) -> Response:
        def newest_of(page_id: int) -> tuple[KnownPage, str]:
            page = look.reach.by_id[page_id]
            return page, self._unread.newest(db.session, page, look.now).articles[0].public_id

        unread = self.unread(look)
        fillings = self._pieces.fillings(look.viewer, unread, newest_of, look.now)
        fillings["revised"] = lambda _: self._pieces.revised(unread.since, look.reach.by_id, look.viewer.language)
        return _page(sheet.filled({**fillings, **own} if own else fillings))

    def note_opened(self, look: Look, article_id: int, revision: int) -> Opening:
        """The record of opening a revision for the first time (R7-6, R9-12)."""
        key = (look.viewer.user_id, article_id)
        if look.viewer.is_staff or self._opened.get(key) == revision:
            return Opening(look)
        before = opened_revision(look.session, *key)
        is_news, pc_name = before is None or before < revision, look.viewer.pc_name
        if not is_news or self._noted(look, lambda session: note_opened(session, *key, revision, pc_name, look.now)):
            self._opened.keep(key, revision)
        return Opening(self.look(), is_changed=0 < (before or 0) < revision)

    def note_fetched(self, look: Look, manual_id: int, version: int) -> None:
        """The record of which version of a manual a person has in hand (R9-12)."""
        viewer = look.viewer
        if viewer.is_staff:
            return
        fetched = fetched_versions(look.session, viewer.user_id, [manual_id]).get(manual_id, {})
        if in_hand(fetched) != version:
            key = (viewer.user_id, manual_id, version)
            self._noted(look, lambda session: note_fetched(session, *key, viewer.pc_name, look.now))

    def _noted(self, look: Look, note: Callable[[Session], int | None]) -> bool:
        """Reading goes on where it can't be written just now; answers whether it was."""
        try:
            with transaction() as session:
                reads = note(session)
        except UNWRITTEN as fault:
            log.warning("reading not recorded", reference=g.reference, why=type(fault).__name__)
            return False
        if reads is not None:
            g.look = replace(look, viewer=replace(look.viewer, reads=reads))
        return True
