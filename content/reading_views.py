"""What readers open every morning: home, lists, articles, search (R7-5). What isn't theirs is 404, as if it weren't there."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Blueprint, abort, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from base.audience import READER, audience
from base.form_keys import once
from base.waiting import Todo
from content.fragments import ListFragment, shortest
from content.navigation import Group
from content.own_pieces import processing_piece, waiting_piece
from content.processing_note import processing_note
from content.reading_queries import Towards, position_of
from content.reading_room import Drawing, Look, ReadingRoom
from content.readings import catch_up
from content.search import LONGEST_ANSWER, search_articles
from content.search_words import LONGEST_QUERY, search_words
from content.shelf import Start
from content.viewing import KnownPage

HOME = "content/home.html"
LIST = "content/list.html"
ARTICLE = "content/article.html"

TodoSource = Callable[[Session, Viewer, datetime], list[Todo]]


def _page_of(look: Look, slug: str) -> KnownPage:
    return look.reach.by_slug.get(slug) or abort(404)


def _asked_start() -> tuple[Towards, str] | None:
    """`?older=` and `?newer=` name the article from which the list goes on."""
    return next(((towards, request.args[towards]) for towards in Towards if towards in request.args), None)


def _start(look: Look, page: KnownPage, asked: tuple[Towards, str] | None) -> Start | None:
    if asked is None:
        return None
    position = position_of(look.session, asked[1], (page.id,))
    return (asked[0], position) if position else abort(404)


def _is_unread_only() -> bool:
    return request.args.get("show") == "unread"


def _home_drawing(room: ReadingRoom, news: ListFragment | None) -> Drawing:
    """`news`: the reader's own instead of everybody's."""
    look, shelf = room.look(), room.shelf
    important = shelf.important(look.session, look.reach.pages, look.now)
    systems = shelf.systems(look.reach.systems, look.now)
    shown = news or shelf.news(look.session, look.reach, look.now)
    words = {
        "important": important,
        "news": shown,
        "is_unread_only": news is not None,
        "systems": systems.html,
        "has_processing": look.viewer.is_contact_manager,
    }
    return Drawing(words, shortest(look.now, (important.span, systems.span, shown.span)), "/")


def _home(room: ReadingRoom, todo_sources: Sequence[TodoSource]) -> ResponseReturnValue:
    look = room.look()
    if look.viewer.is_staff:
        return redirect("/staff")
    waiting = [todo for source in todo_sources for todo in source(look.session, look.viewer, look.now)]
    if _is_unread_only():
        sheet = room.drawn(HOME, _home_drawing(room, room.unread_list(look.reach.pages)))
    else:
        systems = tuple((page.id, page.version) for page in look.reach.systems)
        sheet = room.shared(HOME, systems, lambda: _home_drawing(room, None)).sheet
    own = {
        "waiting": lambda _: waiting_piece(waiting),
        "processing": lambda _: processing_piece(processing_note(look.session, look.now)),
    }
    return room.filled(sheet, own)


def _list_drawing(
    room: ReadingRoom,
    page: KnownPage,
    category: str | None,
    asked: tuple[Towards, str] | None,
    own: ListFragment | None,
) -> Drawing:
    """`own`: the reader's unread instead of everybody's list."""
    look, shelf = room.look(), room.shelf
    session, now = look.session, look.now
    shown = own or shelf.page_list(session, page, category, _start(look, page, asked), now)
    is_front = asked is None and category is None and own is None
    important = shelf.important(session, (page,), now) if is_front else None
    systems = shelf.systems((page,) if page in look.reach.systems else (), now)
    words = {
        "page": page,
        "categories": look.reach.categories,
        "category": category,
        "is_first": asked is None,
        "is_unread_only": own is not None,
        "important": important,
        "shown": shown,
        "systems": systems.html,
    }
    spans = [shown.span, systems.span, *([important.span] if important else [])]
    return Drawing(words, shortest(now, spans), f"/pages/{page.slug}")


def _list(room: ReadingRoom, slug: str, category: str | None = None) -> str:
    look = room.look()
    page = _page_of(look, slug)
    if category is not None and category not in {each.slug for each in look.reach.categories}:
        abort(404)
    if _is_unread_only():
        own = room.unread_list((page,), category)
        return room.filled(room.drawn(LIST, _list_drawing(room, page, category, None, own)))
    asked = _asked_start()
    shared = room.shared(LIST, asked, lambda: _list_drawing(room, page, category, asked, None))
    return room.filled(shared.sheet)


def _article_drawing(room: ReadingRoom, public_id: str) -> Drawing:
    look = room.look()
    article = room.shelf.article(look.session, look.reach, public_id, look.now) or abort(404)
    page = article.page
    systems = room.shelf.systems((page,) if page in look.reach.systems else (), look.now)
    words = {"article": article, "systems": systems.html}
    return Drawing(words, shortest(look.now, (article.span, systems.span)), f"/pages/{page.slug}", article.article_id)


def _article(room: ReadingRoom, public_id: str) -> str:
    shared = room.shared(ARTICLE, public_id, lambda: _article_drawing(room, public_id))
    if request.method == "GET":
        room.note_opened(shared.article_id)
    return room.filled(shared.sheet)


def _catch_up(room: ReadingRoom, slug: str) -> ResponseReturnValue:
    """Up to what was the newest when the list was shown, so that nothing is caught up with unseen."""
    look = room.look()
    page = _page_of(look, slug)
    newest = request.form.get("newest", "")

    def operation(session: Session, _now: datetime) -> str:
        position = position_of(session, newest, (page.id,)) or abort(404)
        catch_up(session, look.viewer.user_id, page.id, position.published_at)
        flash(_("%(page)sの記事を、すべて既読にしました。", page=page.name), "success")
        return f"/pages/{page.slug}"

    return once(look.viewer.user_id, operation)


def _search(room: ReadingRoom) -> str:
    look = room.look()
    query = request.args.get("q", "")[:LONGEST_QUERY]
    words = search_words(query)
    hits = search_articles(look.session, words, look.reach.by_id, look.now)
    return render_template(
        "content/search.html",
        search_words=query,
        words=words,
        hits=hits,
        pages=look.reach.by_id,
        unread=room.unread().ids,
        is_cut=len(hits) == LONGEST_ANSWER,
    )


def _menu(room: ReadingRoom) -> list[Group]:
    """Empty where nobody is logged in, or where the database is what the error page is about."""
    if not isinstance(g.get("viewer"), Viewer):
        return []
    try:
        return room.menu(request.path)
    except SQLAlchemyError:
        return []


def reading_blueprint(room: ReadingRoom, todo_sources: Sequence[TodoSource]) -> Blueprint:
    """`todo_sources`: what the floors and neighbours know to be waiting for a viewer."""
    blueprint = Blueprint("reading", __name__)
    blueprint.app_context_processor(lambda: {"nav": _menu(room)})

    @blueprint.get("/")
    @audience(READER)
    def home() -> ResponseReturnValue:
        return _home(room, todo_sources)

    @blueprint.get("/pages/<slug>")
    @audience(READER)
    def show_page(slug: str) -> str:
        return _list(room, slug)

    @blueprint.get("/pages/<slug>/<category>")
    @audience(READER)
    def show_category(slug: str, category: str) -> str:
        return _list(room, slug, category)

    @blueprint.post("/pages/<slug>/read")
    @audience(READER)
    def read_all(slug: str) -> ResponseReturnValue:
        return _catch_up(room, slug)

    @blueprint.get("/articles/<public_id>")
    @audience(READER)
    def show_article(public_id: str) -> str:
        return _article(room, public_id)

    @blueprint.get("/search")
    @audience(READER)
    def search() -> str:
        return _search(room)

    return blueprint
