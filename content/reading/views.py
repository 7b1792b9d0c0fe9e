"""What readers open every morning: home, lists, articles (R7-5). What isn't theirs is 404, as if it weren't there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import Blueprint, abort, flash, g, redirect, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from auth.gate import actor
from auth.permissions import PUBLISH
from auth.viewer import Viewer
from base.audience import READER, audience
from base.form_keys import once
from base.waiting import Todo
from base.words import translated
from content.reading.acknowledgements import acknowledge
from content.reading.article_versions import asked_language
from content.reading.fragments import ListFragment, shortest
from content.reading.navigation import Group
from content.reading.own_pieces import acknowledge_piece, changed_piece, processing_piece, waiting_piece
from content.reading.processing_note import processing_note
from content.reading.queries import Towards, acknowledgement_of, full_article, position_of
from content.reading.readings import catch_up
from content.reading.room import Drawing, Look, Opening, ReadingRoom
from content.reading.shelf import Shelf, Start
from content.reading.viewing import KnownPage

HOME = "content/home.html"
LIST = "content/list.html"
ARTICLE = "content/article.html"

TodoSource = Callable[[Session, Viewer, datetime], list[Todo]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list: of a page or of a category of it, from its beginning or from an article on."""

    page: KnownPage
    category: str | None
    start: tuple[Towards, str] | None


def _page_of(look: Look, slug: str) -> KnownPage:
    return look.reach.by_slug.get(slug) or abort(404)


def _asked_start() -> tuple[Towards, str] | None:
    """`?older=` and `?newer=` name the article from which the list goes on."""
    if not request_ctx.request.query_string:
        return None
    return next(((towards, request.args[towards]) for towards in Towards if towards in request.args), None)


def _start(look: Look, asked: Asked) -> Start | None:
    if asked.start is None:
        return None
    towards, public_id = asked.start
    position = position_of(look.session, public_id, (asked.page.id,), look.now)
    return (towards, position) if position else abort(404)


def _is_unread_only() -> bool:
    return request_ctx.request.query_string == b"show=unread"


def _home_drawing(look: Look, shelf: Shelf, news: ListFragment | None) -> Drawing:
    """`news`: the reader's own instead of everybody's."""
    important = shelf.important(look.session, look.reach.pages, look.now)
    systems = shelf.systems(look.session, look.reach.systems, look.reach, look.now)
    shown = news or shelf.news(look.session, look.reach, look.now)
    words = {
        "important": important,
        "news": shown,
        "is_unread_only": news is not None,
        "systems": systems.html,
        "disturbed": systems.notices,
        "has_processing": look.viewer.is_contact_manager,
    }
    return Drawing(words, shortest(look.now, (important.span, systems.span, shown.span)), "/")


def _waiting(room: ReadingRoom, todo_sources: Sequence[TodoSource], look: Look) -> list[Todo]:
    """What anybody may be asked to acknowledge, and what only contact managers have to see to."""
    todos = list(room.acknowledgements(look))
    if look.viewer.is_contact_manager:
        session = look.session
        todos += (todo for source in todo_sources for todo in source(session, look.viewer, look.now))
    return todos


def _home(room: ReadingRoom, todo_sources: Sequence[TodoSource]) -> ResponseReturnValue:
    look = room.look()
    if look.viewer.is_staff:
        return redirect("/staff")
    waiting = _waiting(room, todo_sources, look)
    if _is_unread_only():
        sheet = room.drawn(look, HOME, _home_drawing(look, room.shelf, room.unread_list(look, look.reach.pages)))
    else:
        sheet = room.shared(look, HOME, look.reach.system_versions, lambda: _home_drawing(look, room.shelf, None)).sheet
    own = {
        "waiting": lambda _: waiting_piece(waiting),
        "processing": lambda _: processing_piece(processing_note(look.session, look.now)),
    }
    return room.filled(look, sheet, own)


def _systems_beside(look: Look, page: KnownPage) -> tuple[KnownPage, ...]:
    """Beside a system's page its own state, beside 共通 those of all the reader's systems (R2-1)."""
    return tuple(each for each in look.reach.systems if page.system in {None, each.system})


def _list_drawing(look: Look, shelf: Shelf, asked: Asked, own: ListFragment | None) -> Drawing:
    """`own`: the reader's unread instead of everybody's list."""
    session, now, page, category = look.session, look.now, asked.page, asked.category
    shown = own or shelf.page_list(session, page, category, _start(look, asked), now)
    is_front = asked.start is None and category is None and own is None
    important = shelf.important(session, (page,), now) if is_front else None
    systems = shelf.systems(session, _systems_beside(look, page), look.reach, now)
    words = {
        "page": page,
        "categories": look.reach.categories,
        "category": category,
        "is_first": asked.start is None,
        "is_unread_only": own is not None,
        "important": important,
        "shown": shown,
        "systems": systems.html,
        "disturbed": systems.lines if page.system else "",
    }
    spans = [shown.span, systems.span, *([important.span] if important else [])]
    return Drawing(words, shortest(now, spans), f"/pages/{page.slug}")


def _list(room: ReadingRoom, slug: str, category: str | None = None) -> ResponseReturnValue:
    look = room.look()
    page = _page_of(look, slug)
    if category is not None and category not in look.reach.category_slugs:
        abort(404)
    if _is_unread_only():
        own = room.unread_list(look, (page,), category)
        drawing = _list_drawing(look, room.shelf, Asked(page, category, None), own)
        return room.filled(look, room.drawn(look, LIST, drawing))
    asked = Asked(page, category, _asked_start())
    shared = room.shared(
        look, LIST, (asked.start, look.reach.system_versions), lambda: _list_drawing(look, room.shelf, asked, None)
    )
    return room.filled(look, shared.sheet)


def _article_drawing(look: Look, shelf: Shelf, public_id: str, language: str) -> Drawing:
    article = shelf.article(look.session, look.reach, public_id, language, look.now) or abort(404)
    page = article.page
    systems = shelf.systems(look.session, _systems_beside(look, page), look.reach, look.now)
    disturbed = systems.bare_lines if page.system else ""
    words = {"article": article, "systems": systems.html, "disturbed": disturbed}
    return Drawing(
        words,
        shortest(look.now, (article.span, systems.span)),
        f"/pages/{page.slug}",
        article.article_id,
        article.revision,
    )


def _article(room: ReadingRoom, public_id: str) -> ResponseReturnValue:
    look = room.look()
    asked = request_ctx.request
    language = asked_language(asked.args.get("lang", "") if asked.query_string else "", look.viewer.language)
    draw = partial(_article_drawing, look, room.shelf, public_id, language)
    shared = room.shared(look, ARTICLE, (public_id, language, look.reach.system_versions), draw)
    is_get = asked.method == "GET"
    opening = room.note_opened(look, shared.article_id, shared.revision) if is_get else Opening(look)
    seen = opening.look
    own = {
        "edit": lambda _: room.edit_piece(look, public_id) if look.viewer.may(PUBLISH) else "",
        "changed": lambda _: changed_piece(public_id) if opening.is_changed else "",
        "acknowledge": lambda article_id: _acknowledge_box(seen, public_id, article_id),
    }
    return room.filled(seen, shared.sheet, own)


def _acknowledge_box(look: Look, public_id: str, article_id: int) -> str:
    """The reader's own: a button until it was pressed, then when and where (R9-3)."""
    if look.viewer.is_staff:
        return ""
    return acknowledge_piece(public_id, acknowledgement_of(look.session, look.viewer.user_id, article_id))


def _acknowledge(room: ReadingRoom, public_id: str) -> ResponseReturnValue:
    look = room.look()
    article = full_article(look.session, public_id, look.reach.by_id, look.now)
    if article is None or look.viewer.is_staff:
        abort(404)

    def operation(session: Session, now: datetime) -> str:
        acknowledge(session, article.listed.id, public_id, look.viewer.pc_name, by=actor(), now=now)
        flash(_("確認を記録しました。"), "success")
        return f"/articles/{public_id}"

    return once(look.viewer.user_id, operation)


def _catch_up(room: ReadingRoom, slug: str) -> ResponseReturnValue:
    """Up to what was the newest when the list was shown, so that nothing is caught up with unseen."""
    look = room.look()
    page = _page_of(look, slug)
    newest = request.form.get("newest", "")

    def operation(session: Session, now: datetime) -> str:
        position = position_of(session, newest, (page.id,), now) or abort(404)
        catch_up(session, look.viewer.user_id, page.id, position.published_at)
        flash(_("%(page)sの記事を、すべて既読にしました。", page=translated(page.name)), "success")
        return f"/pages/{page.slug}"

    return once(look.viewer.user_id, operation)


def _menu(room: ReadingRoom) -> list[Group]:
    """Empty where nobody is logged in, or where the database is what the error page is about."""
    if not isinstance(g.get("viewer"), Viewer):
        return []
    try:
        return room.menu(request.path)
    except SQLAlchemyError:
        return []


def reading_blueprint(room: ReadingRoom, todo_sources: Sequence[TodoSource]) -> Blueprint:
    """`todo_sources`: what the floors and neighbours know to be waiting for a contact manager."""
    blueprint = Blueprint("reading", __name__)
    blueprint.app_context_processor(lambda: {"nav": _menu(room)})

    @blueprint.get("/")
    @audience(READER)
    def home() -> ResponseReturnValue:
        return _home(room, todo_sources)

    @blueprint.get("/pages/<slug>")
    @audience(READER)
    def show_page(slug: str) -> ResponseReturnValue:
        return _list(room, slug)

    @blueprint.get("/pages/<slug>/<category>")
    @audience(READER)
    def show_category(slug: str, category: str) -> ResponseReturnValue:
        return _list(room, slug, category)

    @blueprint.post("/pages/<slug>/read")
    @audience(READER)
    def read_all(slug: str) -> ResponseReturnValue:
        return _catch_up(room, slug)

    @blueprint.get("/articles/<public_id>")
    @audience(READER)
    def show_article(public_id: str) -> ResponseReturnValue:
        return _article(room, public_id)

    @blueprint.post("/articles/<public_id>/acknowledge")
    @audience(READER)
    def acknowledge_article(public_id: str) -> ResponseReturnValue:
        return _acknowledge(room, public_id)

    return blueprint
