"""The search of readers, and what its field offers while somebody types (R7-5, R8-6)."""

from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from base.audience import READER, audience
from base.words import locale, translated
from content.models import ArticleKind, Category
from content.reading.queries import Position, position_of
from content.reading.room import Look, ReadingRoom
from content.search.filters import SearchFilters, read_search_filters
from content.search.finding import NOTHING, Found, asked_of, found_articles
from content.search.hits import hits_of
from content.search.suggestions import suggested


def _found(look: Look, filters: SearchFilters) -> Found:
    if not filters.in_address:
        return NOTHING
    asked = asked_of(look.session, filters, look.reach.by_id, look.now, _start(look, filters))
    return found_articles(look.session, asked, look.now) if asked else NOTHING


def _start(look: Look, filters: SearchFilters) -> Position | None:
    if not filters.older:
        return None
    return position_of(look.session, filters.older, look.reach.by_id, look.now) or abort(404)


def _kinds(session: Session) -> dict[str, list[tuple[str, str]]]:
    """By the names of their categories."""
    kinds = select(Category.name, ArticleKind.slug, ArticleKind.name).join_from(ArticleKind, Category)
    found: dict[str, list[tuple[str, str]]] = {}
    for category, slug, name in session.execute(kinds.order_by(Category.position, ArticleKind.position)):
        found.setdefault(category, []).append((slug, name))
    return found


def _search(room: ReadingRoom) -> str:
    look, filters = room.look(), read_search_filters(request.args)
    found = _found(look, filters)
    return render_template(
        "content/search.html",
        search_words=filters.query,
        filters=filters,
        words=filters.words,
        hits=hits_of(look.session, found.articles, filters.words, look.viewer.language),
        older=found.articles[-1].public_id if found.is_longer else "",
        pages=look.reach.by_id,
        categories=look.reach.categories,
        kinds=_kinds(look.session),
        unread=room.unread(look).ids,
        changed=room.unread(look).since.articles,
    )


def _suggest(room: ReadingRoom) -> Response:
    look = room.look()
    filters = SearchFilters(query=read_search_filters(request.args).query)
    asked = asked_of(look.session, filters, look.reach.by_id, look.now)
    items: list[dict[str, Any]] = []
    if asked:
        found = suggested(look.session, asked, look.now)
        items += [{"kind": _("タグ"), "label": name, "href": SearchFilters(tag=name).address()} for name in found.tags]
        items += [
            {
                "kind": translated(look.reach.by_id[each.page_id].name),
                "label": title.text,
                "lang": title.language,
                "href": href,
            }
            for each in found.titles
            for title, href in [(each.title_in(look.viewer.language, locale()), f"/articles/{each.public_id}")]
        ]
    return jsonify(items)


def search_blueprint(room: ReadingRoom) -> Blueprint:
    blueprint = Blueprint("search", __name__)

    @blueprint.get("/search")
    @audience(READER)
    def search() -> str:
        return _search(room)

    @blueprint.get("/search/suggest")
    @audience(READER)
    def suggest() -> Response:
        return _suggest(room)

    return blueprint
