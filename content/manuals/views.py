"""A manual's own page: its latest version under an address that stays, what changed, and what came before (R9-12)."""

from flask import Blueprint, abort, render_template

from base.audience import READER, audience
from content.files.access import may_open
from content.manuals.queries import manual_with_place
from content.manuals.shown_manuals import shown_manual
from content.manuals.states import in_hand, is_revised
from content.reading.room import ReadingRoom
from content.reading.since_read_queries import fetched_versions


def _manual(room: ReadingRoom, public_id: str) -> str:
    look = room.look()
    found = manual_with_place(look.session, public_id)
    if found is None or not may_open(look, found[1].page_id, found[1].times):
        abort(404)
    manual, place = found
    fetched = fetched_versions(look.session, look.viewer.user_id, [manual.id]).get(manual.id, {})
    page = look.reach.by_id[place.page_id]
    return render_template(
        "content/manual.html",
        nav=room.menu(f"/pages/{page.slug}"),
        manual=shown_manual(manual),
        place=place,
        title=place.title_in(look.viewer.language),
        page=page,
        held=in_hand(fetched),
        is_revised=is_revised(fetched, manual.latest.number),
    )


def manual_blueprint(room: ReadingRoom) -> Blueprint:
    blueprint = Blueprint("manuals", __name__)

    @blueprint.get("/manuals/<public_id>")
    @audience(READER)
    def show_manual(public_id: str) -> str:
        return _manual(room, public_id)

    return blueprint
