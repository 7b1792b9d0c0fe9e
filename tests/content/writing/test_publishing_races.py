"""Two at once, on each database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from auth.models import User
from base.actors import Actor
from base.db import db, transaction
from base.outbox import Mail
from base.refusals import Conflict
from content.models import Article, ArticleRevision, Page, Publication
from content.writing.articles import EditedMeanwhile, publish, save_draft, save_update
from content.writing.staff_lists import locked_article
from tests.browsing import logged_in
from tests.cast import Cast
from tests.certificates import NOW
from tests.content.newsroom import Newsroom

EDITORS = 6


def all_at_once(work: Callable[[int], str], count: int = EDITORS) -> list[str]:
    barrier = Barrier(count)

    def begin(number: int) -> str:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return sorted(pool.map(begin, range(count)))


def written(engine: Engine, *, count: int = 1) -> tuple[Actor, list[str]]:
    """Drafts of one author, on TAXIS."""
    with transaction(Session(engine)) as session:
        newsroom = Newsroom(session)
        return newsroom.by(), [newsroom.draft(title=f"記事{number}").public_id for number in range(count)]


def locked(session: Session, public_id: str) -> Article:
    article = locked_article(session, public_id)
    assert article is not None
    return article


def test_an_article_goes_public_once_however_many_press_at_once(engine: Engine) -> None:
    """R7-14, G2: one publication, one mail; the others are told."""
    by, (public_id,) = written(engine)

    def press(_number: int) -> str:
        try:
            with transaction(Session(engine)) as session:
                publish(session, locked(session, public_id), revision=1, suppress_reason=None, by=by, now=NOW)
        except Conflict:
            return "refused"
        return "published"

    assert all_at_once(press) == ["published"] + ["refused"] * (EDITORS - 1)
    with Session(engine) as session:
        counts = [session.scalar(select(func.count()).select_from(model)) for model in (Publication, Mail)]
        assert counts == [1, 1]


def test_of_editors_who_save_at_once_one_wins_and_the_others_are_told(engine: Engine) -> None:
    """E18: no update is lost."""
    by, (public_id,) = written(engine)

    def save(number: int) -> str:
        try:
            with transaction(Session(engine)) as session:
                text = Newsroom.words(session, title=f"件名{number}")
                save_draft(session, locked(session, public_id), text, revision=1, by=by, now=NOW)
        except EditedMeanwhile:
            return "told"
        return "saved"

    assert all_at_once(save) == ["saved"] + ["told"] * (EDITORS - 1)
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(ArticleRevision)) == 2


def test_articles_that_change_places_dont_wait_for_each_other(engine: Engine) -> None:
    """E11: both pages' versions rise by each move, in whichever direction."""
    by, ids = written(engine, count=EDITORS)
    with transaction(Session(engine)) as session:
        for number, public_id in enumerate(ids):
            article = locked(session, public_id)
            article.page = session.scalars(select(Page).where(Page.slug == ("taxis", "johs")[number % 2])).one()
            session.flush()
            publish(session, article, revision=1, suppress_reason="試験", by=by, now=NOW)
    before = versions(engine)

    def move(number: int) -> str:
        with transaction(Session(engine)) as session:
            article = locked(session, ids[number])
            text = Newsroom.words(session, on=("johs", "taxis")[number % 2])
            save_update(session, article, text, revision=1, suppress_reason="試験", by=by, now=NOW)
        return "moved"

    assert all_at_once(move) == ["moved"] * EDITORS
    assert {slug: version - before[slug] for slug, version in versions(engine).items()} == {
        "taxis": EDITORS,
        "johs": EDITORS,
    }


def versions(engine: Engine) -> dict[str, int]:
    with Session(engine) as session:
        pages = session.scalars(select(Page).where(Page.slug.in_(("taxis", "johs"))))
        return {page.slug: page.version for page in pages}


@pytest.mark.usefixtures("hands")
def test_the_whole_way_works_on_each_database(any_app: Flask, any_cast: Cast) -> None:
    """R7-4, R7-13: draft, check, publish, update, marks, withdraw, list, revisions."""
    desk = logged_in(any_app, any_cast.reception)
    words = {"page": "taxis", "title": "件名", "source": "本文", "then": "stay"}
    home = desk.submit("/staff/articles/new", **words).headers["Location"]
    assert desk.submit(f"{home}/check", f"{home}/publish").status_code == 303
    assert desk.submit(home, f"{home}/marks", is_pinned="y").status_code == 303
    assert desk.submit(home, f"{home}/check", source="改めた本文").status_code == 200
    assert "件名" in desk.page(f"/staff/articles?state=published&author={any_cast.reception.public_id}")
    assert desk.get("/staff/articles?older_than=000000000000&from=2026-01-01").status_code == 200
    assert desk.page(f"{home}/revisions?number=1")
    assert desk.submit(f"{home}/withdraw", reason="誤り").status_code == 303
    with any_app.app_context():
        (article,) = db.session.scalars(select(Article))
        assert article.withdrawn_at == NOW
        assert db.session.get_one(User, article.author_id).login_id == any_cast.reception.login_id
