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
from base.form_keys import new_form_key, once
from base.waiting import Todo
from content.navigation import Group
from content.processing_note import processing_note
from content.reading_queries import Towards, position_of
from content.reading_room import Look, ReadingRoom
from content.readings import catch_up
from content.search import LONGEST_ANSWER, search_articles
from content.search_words import LONGEST_QUERY, search_words
from content.shelf import Start
from content.viewing import KnownPage

TodoSource = Callable[[Session, Viewer, datetime], list[Todo]]


def _page_of(look: Look, slug: str) -> KnownPage:
    return look.reach.by_slug.get(slug) or abort(404)


def _start(look: Look, page: KnownPage) -> Start | None:
    """`?older=` and `?newer=` name the article from which the list goes on."""
    for towards in Towards:
        public_id = request.args.get(towards)
        if public_id is not None:
            position = position_of(look.session, public_id, (page.id,))
            return (towards, public_id, position) if position else abort(404)
    return None


def _is_unread_only() -> bool:
    return request.args.get("show") == "unread"


def _home(room: ReadingRoom, todo_sources: Sequence[TodoSource]) -> ResponseReturnValue:
    look = room.look()
    if look.viewer.is_staff:
        return redirect("/staff")
    is_unread_only, reach, session, now = _is_unread_only(), look.reach, look.session, look.now
    return render_template(
        "content/home.html",
        waiting=[todo for source in todo_sources for todo in source(session, look.viewer, now)],
        important=room.shelf.important(session, reach.pages, now),
        news=room.unread_list(reach.pages) if is_unread_only else room.shelf.news(session, reach, now),
        unread=room.unread(),
        is_unread_only=is_unread_only,
        systems=room.shelf.systems(reach.systems, now),
        processing=processing_note(session, now) if look.viewer.is_contact_manager else None,
    )


def _list(room: ReadingRoom, slug: str, category: str | None = None) -> str:
    look, is_unread_only = room.look(), _is_unread_only()
    page = _page_of(look, slug)
    if category is not None and category not in {each.slug for each in look.reach.categories}:
        abort(404)
    start = None if is_unread_only else _start(look, page)
    is_front = start is None and category is None and not is_unread_only
    shelf, session, now = room.shelf, look.session, look.now
    return render_template(
        "content/list.html",
        page=page,
        categories=look.reach.categories,
        category=category,
        is_first=start is None,
        is_unread_only=is_unread_only,
        important=shelf.important(session, (page,), now) if is_front else None,
        shown=room.unread_list((page,), category)
        if is_unread_only
        else shelf.page_list(session, page, category, start, now),
        unread=room.unread(),
        systems=shelf.systems((page,) if page in look.reach.systems else (), now),
        newest=room.newest_of(page),
        form_key=new_form_key(),
    )


def _article(room: ReadingRoom, public_id: str) -> str:
    look = room.look()
    fragment = room.shelf.article(look.session, look.reach, public_id, look.now) or abort(404)
    if request.method == "GET":
        room.note_opened(fragment.article_id)
    g.menu_path = f"/pages/{fragment.page.slug}"
    page = fragment.page
    systems = room.shelf.systems((page,) if page in look.reach.systems else (), look.now)
    return render_template("content/article.html", article=fragment, systems=systems)


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
        return room.menu(g.get("menu_path") or request.path)
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
