"""What is a reader's own on pages that were drawn for many: name, marks, counts, keys of forms."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from flask import get_flashed_messages, get_template_attribute
from flask.globals import request_ctx
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from auth.password_expiry import password_due
from auth.viewer import Viewer
from base.form_keys import new_form_key
from base.jst import day_of, show_time, start_of
from base.waiting import Todo
from content.reading.blanks import Blanks, Filling, Marks
from content.reading.fragments import Kept, Span
from content.reading.processing_note import ProcessingNote
from content.reading.queries import Acknowledgement
from content.reading.since_read import SinceRead
from content.reading.unread import Unread
from content.reading.viewing import KnownPage

OWN = "content/own.html"
KEPT_PIECES = 2_000
MOST_MATERIALS = 5


@dataclass(frozen=True, slots=True)
class _Login:
    """What fills the blanks of one login: the same on every page until its viewer, his marks or the day are others."""

    viewer: Viewer
    unread: Unread
    secret: str
    token: str
    span: Span
    fillings: Mapping[str, Filling]

    def holds(self, viewer: Viewer, unread: Unread, secret: str | None, now: datetime) -> bool:
        is_same = self.viewer is viewer and self.unread is unread and self.secret == secret
        return is_same and self.span.holds(now)


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
        self._buttons: Kept[Hashable, tuple[str, str]] = Kept(KEPT_PIECES)
        self._logins: Kept[str, _Login] = Kept(KEPT_PIECES)

    def stand_in(self, viewer: Viewer) -> StandIn:
        return StandIn(self._blanks.blank("name"), self._blanks.blank("organization"), viewer.is_staff)

    def _piece(self, key: tuple[Hashable, ...], name: str, *words: object) -> str:
        found = self._kept.get(key)
        if found is None:
            found = _drawn(name, *words)
            self._kept.keep(key, found)
        return found

    def _plain(self, name: str, language: str) -> str:
        return self._piece((name, language), name)

    def _numbers(self, name: str, counts: Mapping[int, int], language: str) -> Filling:
        texts = {key: self._piece((name, each, language), name, each) for key, each in counts.items() if each}
        return lambda key: texts.get(key, "")

    def _read_all(self, page: KnownPage, newest: str, token: str, language: str) -> tuple[str, str]:
        """What stands before and behind the form's key."""
        key = (page.slug, newest, token, language)
        found = self._buttons.get(key)
        if found is None:
            sheet = self._blanks.cut(_drawn("read_all", page.slug, newest, token, self._blanks.blank("form_key")))
            found = (sheet.parts[0][0].decode(), sheet.end.decode())
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

    def usual(self, language: str) -> dict[str, str]:
        """How rows begin that aren't marked."""
        return {"row": self._plain("start_read", language)}

    def edit(self, public_id: str, language: str) -> str:
        return self._piece(("edit", public_id, language), "edit", public_id)

    def fillings(
        self, viewer: Viewer, unread: Unread, newest_of: Callable[[int], tuple[KnownPage, str]], now: datetime
    ) -> dict[str, Filling]:
        """`newest_of`: a page by its id, and the public id of its newest article."""
        login = self._login(viewer, unread, now)
        counts, language, token = unread.counts, viewer.language, login.token

        def read_all(page_id: int) -> str:
            if not counts.get(page_id):
                return ""
            before, behind = self._read_all(*newest_of(page_id), token, language)
            return f"{before}{new_form_key()}{behind}"

        return {
            **login.fillings,
            "form_key": _form_key,
            "told": _told,
            "printed": _minute(int(now.timestamp()) // 60, language),
            "read_all": read_all,
        }

    def _login(self, viewer: Viewer, unread: Unread, now: datetime) -> _Login:
        """The token lives as long as the session's secret, so signing it once is enough (B7)."""
        secret = request_ctx.session.get("csrf_token")
        found = self._logins.get(viewer.session_hash)
        if found is None or not found.holds(viewer, unread, secret, now):
            token, span = str(generate_csrf()), Span(now, start_of(day_of(now) + timedelta(days=1)))
            fillings = {**self._of_login(viewer, unread, now), "csrf": token}
            found = _Login(viewer, unread, request_ctx.session["csrf_token"], token, span, fillings)
            self._logins.keep(viewer.session_hash, found)
        return found

    def _of_login(self, viewer: Viewer, unread: Unread, now: datetime) -> dict[str, Filling]:
        language, since = viewer.language, unread.since
        return {
            "name": escape(viewer.name),
            "organization": escape(viewer.organization_name),
            "login": self._last_login(viewer),
            "password_due": self._password_due(viewer, now),
            "count": self._numbers("count", unread.counts, language),
            "note": self._numbers("note", unread.counts, language),
            "row": Marks(self._plain("start_unread", language), unread.ids),
            "since": Marks(self._plain("since", language), since.articles),
            "manual": Marks(self._plain("revised_manual", language), since.manuals),
        }


@lru_cache(maxsize=16)
def _minute(number: int, language: str) -> str:
    """Counted from 1970, as it stands below every page."""
    return show_time(datetime.fromtimestamp(number * 60, UTC), language)


def _form_key(_number: int) -> str:
    return new_form_key()


def _told(_number: int) -> str:
    if "_flashes" not in request_ctx.session:
        return ""
    return _drawn("told", get_flashed_messages(with_categories=True))


def waiting_piece(todos: Sequence[Todo]) -> str:
    return _drawn("waiting", todos) if todos else ""


def processing_piece(note: ProcessingNote) -> str:
    return _drawn("processing", note)


def acknowledge_piece(public_id: str, given: Acknowledgement | None) -> str:
    return _drawn("acknowledge", public_id, given, new_form_key())


def changed_piece(public_id: str) -> str:
    return _drawn("changed", public_id)
