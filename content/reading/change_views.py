"""What has changed in an article since the reader read it, on a page of its own (R9-12)."""

from collections.abc import Sequence

from flask import Blueprint, abort, render_template

from base.audience import READER, audience
from content.reading.article_changes import SinceRevision, Told, revision_before, since_revision, told_of
from content.reading.fragments import Kept
from content.reading.queries import FullArticle, full_article
from content.reading.room import Look, ReadingRoom

KEPT_PASSAGES = 5_000


class Comparisons:
    """Two revisions differ for ever in the same way: kept, since drawing an old text anew costs."""

    def __init__(self) -> None:
        self._kept: Kept[tuple[int, int, int, str], SinceRevision] = Kept(KEPT_PASSAGES)

    def of(self, look: Look, full: FullArticle, told: Sequence[Told]) -> SinceRevision | None:
        """Against what the viewer himself has read; None where there is nothing of the kind."""
        language, number = look.viewer.language, revision_before(look.session, look.viewer.user_id, full)
        if number is None:
            return None
        key = (full.listed.id, number, full.revision, language)
        found = self._kept.get(key) or since_revision(look.session, number, full, language, told)
        if found is not None:
            self._kept.keep(key, found, len(found.passages) + 1)
        return found


def _changes(room: ReadingRoom, comparisons: Comparisons, public_id: str) -> str:
    look = room.look()
    full = full_article(look.session, public_id, look.reach.by_id, look.now) or abort(404)
    told, page = told_of(look.session, full.listed.id, look.now), look.reach.by_id[full.listed.page_id]
    return render_template(
        "content/changes.html",
        nav=room.menu(f"/pages/{page.slug}"),
        article=full.listed,
        title=full.listed.title_in(look.viewer.language),
        category_name=full.category_name,
        page=page,
        since=comparisons.of(look, full, told),
        told=told,
    )


def change_blueprint(room: ReadingRoom) -> Blueprint:
    blueprint, comparisons = Blueprint("changes", __name__), Comparisons()

    @blueprint.get("/articles/<public_id>/changes")
    @audience(READER)
    def show_changes(public_id: str) -> str:
        return _changes(room, comparisons, public_id)

    return blueprint
