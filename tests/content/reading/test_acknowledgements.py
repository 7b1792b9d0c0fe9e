"""Acknowledging a notice through the real screens, and what the database makes of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.models import User
from base.actors import Actor
from base.audit import AuditEntry
from base.db import db, transaction
from base.refusals import Conflict
from content.models import Article, ArticleRead
from content.reading.acknowledgements import acknowledge, ask_acknowledgement, end_acknowledgement
from content.reading.readings import note_opened
from content.writing.articles import withdraw
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import Library
from tests.content.newsroom import Newsroom

Enter = Callable[[Person], Visitor]
LATER = NOW + timedelta(minutes=5)
BUTTON = "確認しました"
PC = "PC-03"


def given_by(app: Flask) -> list[tuple[int, object, str | None]]:
    with app.app_context():
        rows = db.session.scalars(select(ArticleRead).where(ArticleRead.acknowledged_at.is_not(None)))
        return [(row.user_id, row.acknowledged_at, row.acknowledged_pc) for row in rows]


def press(visitor: Visitor, article: str) -> int:
    return visitor.submit(f"/articles/{article}", f"/articles/{article}/acknowledge").status_code


def test_opening_never_acknowledges_and_the_button_does_once(
    app: Flask, cast: Cast, library: Library, enter: Enter, hands: Hands
) -> None:
    """R7-6, R9-3, G1: the first press counts, with its time and PC; the notice then leaves the home page's list."""
    article = library.publish("taxis", "検針の変更", ack_asked_at=NOW)
    reader = enter(cast.higashi_reader)
    home, todo = reader.page("/"), f'<span class="tag amber">要確認</span> <a href="/articles/{article}">'
    assert home.count(todo) == 2, "once to be done, once in the list"
    form = reader.form(f"/articles/{article}", f"/articles/{article}/acknowledge")
    assert given_by(app) == []
    assert reader.post(form.action, form.values).status_code == 303
    hands.now = LATER
    assert reader.post(form.action, form.values).status_code == 303
    assert reader.post(form.action, {**form.values, "form_key": "a" * 32}).status_code == 303
    assert given_by(app) == [(cast.higashi_reader.user_id, NOW, PC)]
    page = reader.page(f"/articles/{article}")
    assert "確認済み" in page
    assert f"/articles/{article}/acknowledge" not in page
    assert reader.page("/").count(todo) == 1


def test_the_button_and_its_state_are_each_readers_own(cast: Cast, library: Library, enter: Enter) -> None:
    """R9-3: the article is drawn once for many, contact managers and readers alike; staff have no button."""
    article = library.publish("taxis", ack_asked_at=NOW)
    reader, manager, staff = (enter(each) for each in (cast.higashi_reader, cast.higashi_manager, cast.reception))
    assert press(reader, article) == 303
    assert "確認済み" in reader.page(f"/articles/{article}")
    assert "要確認" in manager.page("/")
    assert "確認済み" not in manager.page(f"/articles/{article}")
    assert press(manager, article) == 303
    assert BUTTON not in staff.page(f"/articles/{article}")
    form = manager.form("/", "/logout").values
    assert staff.post(f"/articles/{article}/acknowledge", {**form, **staff_key(staff)}).status_code == 404


def staff_key(visitor: Visitor) -> dict[str, str]:
    """A token and a key that are the visitor's own."""
    values = visitor.form("/account", "/logout").values
    return {"csrf_token": str(values["csrf_token"]), "form_key": "b" * 32}


def test_what_nishi_cannot_see_nishi_cannot_acknowledge(app: Flask, cast: Cast, library: Library, enter: Enter) -> None:
    """R9-3, R8-6: 404 as for what isn't there, nothing on the home page, and no record."""
    article = library.publish("taxis", "検針の変更", ack_asked_at=NOW)
    nishi = enter(cast.nishi_reader)
    assert "要確認" not in nishi.page("/")
    for hidden in (article, "0000000000zz"):
        assert nishi.post(f"/articles/{hidden}/acknowledge", staff_key(nishi)).status_code == 404
    assert given_by(app) == []


@pytest.mark.parametrize("happening", ["withdrawn", "narrowed"])
def test_what_is_gone_from_sight_asks_for_nothing(
    app: Flask, cast: Cast, library: Library, enter: Enter, happening: str
) -> None:
    """R7-2, R9-3: a form that was opened before is answered with 404."""
    article = library.publish("taxis", ack_asked_at=NOW)
    reader = enter(cast.higashi_johs_only)
    form = reader.form(f"/articles/{article}", f"/articles/{article}/acknowledge")
    library.withdraw(article) if happening == "withdrawn" else library.narrow("taxis")
    assert "要確認" not in reader.page("/")
    assert reader.post(form.action, form.values).status_code == 404
    assert given_by(app) == []


def test_asked_and_taken_back_after_publication(app: Flask, cast: Cast, library: Library, enter: Enter) -> None:
    """R9-3, R8-1: readers see it with the next request, although their pages are kept; both are in the trail."""
    article = library.publish("taxis")
    reader, desk = enter(cast.higashi_reader), enter(cast.reception)
    assert "要確認" not in reader.page(f"/articles/{article}") + reader.page("/pages/taxis")
    home = f"/staff/articles/{article}"
    assert desk.submit(home, f"{home}/acknowledgement/ask").headers["Location"] == f"{home}/readers"
    assert "要確認" in reader.page("/pages/taxis")
    form = reader.form(f"/articles/{article}", f"/articles/{article}/acknowledge")
    assert desk.submit(f"{home}/readers", f"{home}/acknowledgement/end").status_code == 303
    assert "要確認" not in reader.page(f"/articles/{article}") + reader.page("/pages/taxis") + reader.page("/")
    assert reader.post(form.action, form.values).status_code == 409
    with app.app_context():
        actions = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == article)))
    assert actions == ["acknowledgement asked", "acknowledgement not asked"]


def test_only_what_is_public_can_be_asked_about(session: Session) -> None:
    """R9-3."""
    newsroom = Newsroom(session)
    draft, gone = newsroom.draft(), newsroom.published()
    withdraw(session, gone, "誤り", by=newsroom.by(), now=NOW)
    for article in (draft, gone):
        with pytest.raises(Conflict):
            ask_acknowledgement(session, article, by=newsroom.by(), now=NOW)


def test_asking_raises_the_pages_version_once(session: Session) -> None:
    """R9-3: pages that were drawn before don't fit any more; asking twice is asking once."""
    newsroom = Newsroom(session)
    article, before = newsroom.published(), newsroom.version("taxis")
    for _ in range(2):
        ask_acknowledgement(session, article, by=newsroom.by(), now=NOW)
    assert newsroom.version("taxis") == before + 1
    for _ in range(2):
        end_acknowledgement(session, article, by=newsroom.by(), now=LATER)
    assert newsroom.version("taxis") == before + 2


def test_acknowledging_keeps_the_first_opening(session: Session) -> None:
    """R7-6: and where no opening was recorded the press is one."""
    newsroom = Newsroom(session)
    article = newsroom.published()
    ask_acknowledgement(session, article, by=newsroom.by(), now=NOW)
    first, second = (Newsroom.by_id(session, each) for each in _readers(newsroom))
    assert first.user_id is not None
    note_opened(session, first.user_id, article.id, 1, "PC-01", NOW)
    for by in (first, second):
        acknowledge(session, article.id, article.public_id, "PC-02", by=by, now=LATER)
    rows = session.scalars(select(ArticleRead).order_by(ArticleRead.user_id)).all()
    assert [(row.opened_at, row.pc_name, row.acknowledged_at, row.acknowledged_pc) for row in rows] == [
        (NOW, "PC-01", LATER, "PC-02"),
        (LATER, "PC-02", LATER, "PC-02"),
    ]


def _readers(newsroom: Newsroom) -> list[int]:
    return [make.user(newsroom.session, newsroom.higashi).id for _ in range(2)]


def test_two_presses_at_once_are_one(any_app: Flask, any_cast: Cast) -> None:
    """G1, R9-3: on both databases, without a form key between them."""
    article = Library(any_app, any_cast).publish("taxis", ack_asked_at=NOW)
    both = Barrier(2)

    def go(minutes: int) -> None:
        with any_app.app_context():
            row = db.session.scalars(select(Article).where(Article.public_id == article)).one()
            about, person = row.id, db.session.get_one(User, any_cast.higashi_reader.user_id)
            by = Actor(person.login_id, person.id, person.organization_id)
            db.session.rollback()
            both.wait()
            with transaction() as session:
                acknowledge(session, about, article, PC, by=by, now=NOW + timedelta(minutes=minutes))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, (1, 2)))
    with any_app.app_context():
        told = select(func.count()).where(AuditEntry.action == "article acknowledged")
        assert db.session.scalar(told) == 1
