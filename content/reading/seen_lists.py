"""The lists of a reader as they would be with an article that isn't public yet, or not as it was just typed (R9-2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask import get_template_attribute
from markupsafe import Markup
from sqlalchemy.orm import Session

from content.reading.blanks import Blanks
from content.reading.importance import is_important
from content.reading.own_pieces import OWN
from content.reading.queries import Listed, important, listed
from content.reading.shelf import HOME_LENGTH, LIST_LENGTH, MOST_IMPORTANT, Shelf
from content.reading.viewing import Reach

# Where the screen itself shows the article.
ITS_PREVIEW = "#preview-ja"


@dataclass(frozen=True, slots=True)
class SeenLists:
    """Those of the home page, and that of the article's own page; empty where the page doesn't exist for the reader."""

    disturbed: Markup
    notices: Markup
    important: Markup
    news: Markup
    on_page: Markup


def seen_lists(session: Session, ours: Listed, reach: Reach, now: datetime) -> SeenLists:
    """Drawn by the same hand as readers' own; the article itself is all that is unread."""
    blanks = Blanks()
    shelf = Shelf(blanks)
    emphasized = _merged(important(session, reach.by_id, now, MOST_IMPORTANT + 1), ours, reach.by_id)
    first = [each for each in emphasized if is_important(each.emphasis, now)][:MOST_IMPORTANT]
    above = shelf.above(session, first, reach.by_id, now)
    newest = _merged(listed(session, reach.by_id, now, HOME_LENGTH + len(above.in_rows) + 1), ours, reach.by_id)
    news = [each for each in newest if each.id not in above.in_rows][:HOME_LENGTH]
    own = {ours.page_id} & set(reach.by_id)
    on_page = _merged(listed(session, own, now, LIST_LENGTH + 1), ours, own)[:LIST_LENGTH]
    disturbed = shelf.systems(session, reach.systems, reach, now).notices
    drawn = (disturbed, above.notices, above.rows, shelf.rows(news, reach.by_id), shelf.rows(on_page, None))
    return SeenLists(*(_filled(blanks, rows, ours) for rows in drawn))


def _merged(found: list[Listed], ours: Listed, page_ids: Collection[int]) -> list[Listed]:
    """`ours` in the place of what is public of it."""
    others = [each for each in found if each.id != ours.id]
    with_ours = [*others, ours] if ours.page_id in page_ids else others
    return sorted(with_ours, key=lambda each: each.position, reverse=True)


def _filled(blanks: Blanks, rows: Markup, ours: Listed) -> Markup:
    read, unread = (str(get_template_attribute(OWN, name)()) for name in ("start_read", "start_unread"))
    own = {"row": lambda article_id: unread if article_id == ours.id else read, "since": lambda _: ""}
    html = blanks.cut(rows).filled(own).decode()
    return Markup(html.replace(f'href="/articles/{ours.public_id}"', f'href="{ITS_PREVIEW}"'))  # noqa: S704 - templates' own answers
