"""What has changed in an article since the reader read it, on a page of its own (R9-12)."""

from flask import Blueprint, abort, render_template

from base.audience import READER, audience
from content.article_changes import since_revision, told_of
from content.reading_queries import full_article
from content.reading_room import ReadingRoom


def _changes(room: ReadingRoom, public_id: str) -> str:
    look = room.look()
    session, viewer = look.session, look.viewer
    full = full_article(session, public_id, look.reach.by_id, look.now) or abort(404)
    told = told_of(session, full.listed.id, look.now)
    page = look.reach.by_id[full.listed.page_id]
    return render_template(
        "content/changes.html",
        nav=room.menu(f"/pages/{page.slug}"),
        article=full.listed,
        title=full.listed.title_in(viewer.language),
        category_name=full.category_name,
        page=page,
        since=since_revision(session, viewer.user_id, full, viewer.language, told),
        told=told,
    )


def change_blueprint(room: ReadingRoom) -> Blueprint:
    blueprint = Blueprint("changes", __name__)

    @blueprint.get("/articles/<public_id>/changes")
    @audience(READER)
    def show_changes(public_id: str) -> str:
        return _changes(room, public_id)

    return blueprint
