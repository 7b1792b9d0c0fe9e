"""One request of a reader: who looks, when, at which pages; and all that is kept between requests."""

from dataclasses import dataclass, replace
from datetime import datetime

from flask import g
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from auth.gate import viewer
from auth.viewer import Viewer
from base import clock
from base.db import db, transaction
from base.logs import log
from content.fragments import Kept, ListFragment
from content.navigation import Group, Navigation, drawn_menu
from content.reading_queries import is_opened, listed_by_id
from content.readings import note_opened
from content.shelf import Shelf, list_fragment
from content.unread import NONE_UNREAD, Unread, UnreadMarks
from content.viewing import KnownPage, Reach, Viewing

KEPT_OPENINGS = 10_000
MOST_UNREAD = 100


@dataclass(frozen=True, slots=True)
class Look:
    """`viewer` is taken once: each touch of its proxy costs."""

    viewer: Viewer
    session: Session
    now: datetime
    reach: Reach

    def page(self, slug: str) -> KnownPage | None:
        return self.reach.by_slug.get(slug)


class ReadingRoom:
    """Belongs to one application: what is kept here never meets another database."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self._viewing = Viewing()
        self._unread = UnreadMarks()
        self._navigation = Navigation()
        self._opened: Kept[tuple[int, int], bool] = Kept(KEPT_OPENINGS)

    def look(self) -> Look:
        found = g.get("look")
        if isinstance(found, Look):
            return found
        session, someone = db.session(), viewer()
        look = g.look = Look(someone, session, clock.now(), self._viewing.reach(session, someone))
        return look

    def unread(self) -> Unread:
        """Staff write the articles: nothing is unread for them."""
        look = self.look()
        return NONE_UNREAD if look.viewer.is_staff else self._unread.of(look.session, look.viewer, look.reach, look.now)

    def unread_list(self, pages: tuple[KnownPage, ...], category: str | None = None) -> ListFragment:
        """The viewer's own, so drawn for him alone; its pages are named where there are several."""
        look, unread = self.look(), self.unread()
        found = listed_by_id(look.session, unread.ids, [page.id for page in pages], look.now)
        shown = [each for each in found if category is None or each.category == category][:MOST_UNREAD]
        return list_fragment(shown, look.reach.by_id if len(pages) > 1 else None, unread.span)

    def newest_of(self, page: KnownPage) -> str:
        """Public id of the page's newest article, empty where there is none."""
        look = self.look()
        articles = self._unread.newest(look.session, page, look.now).articles
        return articles[0].public_id if articles else ""

    def menu(self, path: str) -> list[Group]:
        look = self.look()
        return drawn_menu(self._navigation.menu(look.viewer, look.reach), path, self.unread().counts)

    def note_opened(self, article_id: int) -> None:
        """The record of the first opening (R7-6). Reading goes on where it can't be written just now."""
        look = self.look()
        key = (look.viewer.user_id, article_id)
        if look.viewer.is_staff or self._opened.get(key) or self._was_opened(look, article_id):
            return
        try:
            with transaction(look.session) as session:
                reads = note_opened(session, look.viewer.user_id, article_id, look.viewer.pc_name, look.now)
        except DBAPIError as fault:
            log.warning("reading not recorded", reference=g.reference, why=type(fault).__name__)
            return
        self._opened.keep(key, True)
        if reads is not None:
            g.look = replace(look, viewer=replace(look.viewer, reads=reads))

    def _was_opened(self, look: Look, article_id: int) -> bool:
        found = is_opened(look.session, look.viewer.user_id, article_id)
        if found:
            self._opened.keep((look.viewer.user_id, article_id), True)
        return found
