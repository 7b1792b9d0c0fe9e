"""What would go past the second pair of eyes: readers see nothing that nobody but its author has read (R7-4)."""

import io

from flask import Flask
from sqlalchemy import select

from content.files.models import Manual
from content.models import Publication
from tests import hostile_files
from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.content.writing.test_plan_views import GO_LIVE
from tests.content.writing.test_publishing_views import draft, rows
from tests.content.writing.test_review_views import people, reviewed, second, writer

__all__ = ["people", "reviewed", "second", "writer"]


def manual_of(writer: Visitor, home: str) -> str:
    """The screen of a manual that a draft's file became."""
    begin = next(part for part in writer.page(home).split('"') if part.endswith("/manual"))
    return writer.submit(begin, begin, what_changed="初版").headers["Location"]


def test_the_words_of_a_manual_are_approved_too(
    reviewed: Flask, people: Cast, writer: Visitor, second: Visitor
) -> None:
    """R7-4, R9-12: its name and what changed; after the approval they can't be others, before the go-live neither."""
    home = draft(writer, files=[(io.BytesIO(hostile_files.pdf(1)), "操作マニュアル.pdf")])
    manual = manual_of(writer, home)
    correct = next(part for part in writer.page(manual).split('"') if "/versions/" in part)
    correct = correct.removesuffix("/back")
    file = correct.rpartition("/")[2]

    def approved() -> None:
        writer.submit(f"{home}/check", f"{home}/review/ask")
        assert second.submit(f"{home}/check", f"{home}/review/approve").status_code == 303

    approved()
    decided = writer.form(f"{home}/check", f"{home}/publish").values
    changes = (
        (f"{manual}/name", {"name": "承認されていない名前"}),
        (correct, {f"{file}-what_changed": "承認されていない"}),
    )
    for action, typed in changes:
        assert writer.submit(manual, action, **typed).status_code == 303
        assert writer.post(f"{home}/publish", decided).status_code == 409
        assert rows(reviewed, select(Publication)) == []
        approved()
        decided = writer.form(f"{home}/check", f"{home}/publish").values
    planned = writer.post(f"{home}/publish", decided | {"when": "later", "go_live_at": GO_LIVE})
    assert planned.status_code == 303
    for action, typed in changes:
        assert writer.submit(manual, action, **dict.fromkeys(typed, "すりかえ")).status_code == 409
    assert rows(reviewed, select(Manual.name)) == ["承認されていない名前"]
    assert logged_in(reviewed, people.nishi_manager).get(manual).status_code == 404


def test_whoever_approves_takes_nothing_away_before(
    reviewed: Flask, people: Cast, writer: Visitor, second: Visitor
) -> None:
    """R7-4: neither a file nor the name of a manual; asked again by its author, the rest goes its way."""
    home = draft(writer, files=[(io.BytesIO(hostile_files.pdf(1)), "操作マニュアル.pdf")])
    manual = manual_of(writer, home)
    writer.submit(f"{home}/check", f"{home}/review/ask")
    assert second.submit(manual, f"{manual}/name", name="別の名前").status_code == 303
    assert second.submit(f"{home}/check", f"{home}/review/approve").status_code == 409
    back = next(part for part in second.page(manual).split('"') if part.endswith("/back"))
    assert second.submit(manual, back).status_code == 303
    assert second.submit(f"{home}/check", f"{home}/review/approve").status_code == 409
    writer.submit(f"{home}/check", f"{home}/review/take-back")
    writer.submit(f"{home}/check", f"{home}/review/ask")
    assert second.submit(f"{home}/check", f"{home}/review/approve").status_code == 303
    assert logged_in(reviewed, people.nishi_manager).get(f"{home}/check").status_code == 404
