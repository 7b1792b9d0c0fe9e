"""What is a reader's own on pages that were drawn for many: name, marks, counts, keys of forms."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import get_flashed_messages, get_template_attribute
from flask import session as cookie
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from auth.password_expiry import password_due
from auth.viewer import Viewer
from base.form_keys import new_form_key
from base.jst import show_time
from base.waiting import Todo
from content.reading.blanks import Blanks, Filling, Sheet
from content.reading.fragments import Kept
from content.reading.processing_note import ProcessingNote
from content.reading.queries import Acknowledgement
from content.reading.since_read import SinceRead
from content.reading.unread import Unread
from content.reading.viewing import KnownPage

OWN = "content/own.html"
KEPT_PIECES = 2_000
MOST_MATERIALS = 5


@dataclass(frozen=True, slots=True)
class StandIn:
    """In the viewer's place while a page is drawn for many; what isn't here must not show on such a page."""

    name: Markup
    organization_name: Markup
    is_staff: bool


def _drawn(name: str, *words: object) -> str:
    return str(get_template_attribute(OWN, name)(*words))


class OwnPieces:
    """Pieces repeat: each is kept by all that it depends on."""

    def __init__(self, blanks: Blanks, password_days: int) -> None:
        self._blanks = blanks
        self._password_days = password_days
        self._kept: Kept[Hashable, str] = Kept(KEPT_PIECES)
        self._buttons: Kept[Hashable, Sheet] = Kept(KEPT_PIECES)

    def stand_in(self, viewer: Viewer) -> StandIn:
        return StandIn(self._blanks.blank("name"), self._blanks.blank("organization"), viewer.is_staff)

    def _piece(self, key: tuple[Hashable, ...], name: str, *words: object) -> str:
        found = self._kept.get(key)
        if found is None:
            found = _drawn(name, *words)
            self._kept.keep(key, found)
        return found

    def _token(self) -> str:
        """The same for a whole login: it lives as long as the session's secret, so signing it once is enough (B7)."""
        key = ("csrf", cookie.get("csrf_token"))
        found = self._kept.get(key) if key[1] else None
        if found is None:
            found = str(generate_csrf())
            self._kept.keep(("csrf", cookie["csrf_token"]), found)
        return found

    def _plain(self, name: str, language: str) -> str:
        return self._piece((name, language), name)

    def _numbered(self, name: str, number: int, language: str) -> str:
        return self._piece((name, number, language), name, number) if number else ""

    def _read_all(self, page: KnownPage, newest: str, language: str) -> Sheet:
        key = (page.slug, newest, language)
        found = self._buttons.get(key)
        if found is None:
            blank = self._blanks.blank
            found = self._blanks.cut(_drawn("read_all", page.slug, newest, blank("csrf"), blank("form_key")))
            self._buttons.keep(key, found)
        return found

    def _last_login(self, viewer: Viewer) -> str:
        key = (viewer.previous_login_at, viewer.previous_login_pc, viewer.language)
        return self._piece(key, "last_login", viewer)

    def _password_due(self, viewer: Viewer, now: datetime) -> str:
        due = password_due(viewer.password_set_at, self._password_days, now)
        return self._piece((due, viewer.language), "password_due", due) if due else ""

    def revised(self, since: SinceRead, pages: Mapping[int, KnownPage], language: str) -> str:
        """What to look up has changed since the reader read it (R9-12)."""
        if not since.materials:
            return ""
        shown = since.materials[:MOST_MATERIALS]
        rows = tuple((each, each.title_in(language).text, pages[each.page_id].name) for each in shown)
        return self._piece((rows, len(since.materials), language), "revised", rows, len(since.materials))

    def fillings(
        self, viewer: Viewer, unread: Unread, newest_of: Callable[[int], tuple[KnownPage, str]], now: datetime
    ) -> dict[str, Filling]:
        """`newest_of`: a page by its id, and the public id of its newest article."""
        language, counts, ids, changed = viewer.language, unread.counts, unread.ids, unread.since.articles
        read, not_read = self._plain("start_read", language), self._plain("start_unread", language)
        since, manuals = self._plain("since", language), unread.since.manuals

        def read_all(page_id: int) -> str:
            return self._read_all(*newest_of(page_id), language).filled(keys) if counts.get(page_id) else ""

        token = self._token()
        keys: dict[str, Filling] = {"csrf": lambda _: token, "form_key": lambda _: new_form_key()}
        return keys | {
            "name": lambda _: escape(viewer.name),
            "organization": lambda _: escape(viewer.organization_name),
            "login": lambda _: self._last_login(viewer),
            "printed": lambda _: show_time(now, language),
            "told": _told,
            "password_due": lambda _: self._password_due(viewer, now),
            "count": lambda page_id: self._numbered("count", counts.get(page_id, 0), language),
            "note": lambda page_id: self._numbered("note", counts.get(page_id, 0), language),
            "read_all": read_all,
            "row": lambda article_id: not_read if article_id in ids else read,
            "since": lambda article_id: since if article_id in changed else "",
            "manual": lambda manual_id: self._plain("revised_manual", language) if manual_id in manuals else "",
        }


def _told(_number: int) -> str:
    if "_flashes" not in cookie:
        return ""
    return _drawn("told", get_flashed_messages(with_categories=True))


def waiting_piece(todos: list[Todo]) -> str:
    return _drawn("waiting", todos) if todos else ""


def processing_piece(note: ProcessingNote) -> str:
    return _drawn("processing", note)


def acknowledge_piece(public_id: str, given: Acknowledgement | None) -> str:
    return _drawn("acknowledge", public_id, given, new_form_key())


def changed_piece(public_id: str) -> str:
    return _drawn("changed", public_id)


def edit_piece(public_id: str) -> str:
    return _drawn("edit", public_id)
