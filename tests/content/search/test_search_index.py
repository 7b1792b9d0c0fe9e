"""Nothing that stands in an article or a file of it is missed, nothing else is found, and the index never lags behind (R7-5)."""

import ast
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from base.db import db, transaction
from content.files.attachments import remove_attachment
from content.files.models import AttachmentText, Manual
from content.models import Article, Attachment
from content.reading.queries import Position
from content.search.asked import Asked
from content.search.index import index_articles, is_sqlite
from content.search.marks import kind_mark, page_mark
from content.search.models import SearchPiece
from content.search.streams import newest
from content.search.upkeep import index_some
from content.search.words import folded, search_words
from content.writing.articles import publish, save_update, withdraw
from content.writing.tags import set_tags
from tests import make
from tests.certificates import NOW
from tests.content.newsroom import Newsroom

LETTERS = "検針託送ガｶﾞのａA1１0 。%_\"'\\"
EXAMPLES = int(os.environ.get("PORTAL_EXAMPLES", "60"))
ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Shelved:
    """An article as whoever reads everything himself sees it."""

    id: int
    page_id: int
    place: tuple[datetime, int]
    texts: tuple[str, ...]

    def holds(self, word: str) -> bool:
        return any(word in each for each in self.texts)


@dataclass(frozen=True, slots=True)
class Library:
    session: Session
    shelf: list[Shelved]


def _said(dice: random.Random, length: int) -> str:
    return "".join(dice.choices(LETTERS, k=length))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def library(request: pytest.FixtureRequest, shared_engines: Callable[[str], Engine]) -> Iterator[Library]:
    """Sixty articles over two years, a third with files, one of which is longer than a piece."""
    dice, shelf = random.Random(7), []
    with shared_engines(request.param).connect().execution_options(is_write=True) as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            author = make.user(session, make.organization(session, is_operator=True))
            for number in range(60):
                title, body = _said(dice, 12) + "題", _said(dice, 40)
                at = NOW - timedelta(days=dice.choice([0, 1, 1, 2, 30, 300, 700]), seconds=dice.randrange(3))
                on = dice.choice(["common", "taxis", "johs"])
                row = make.article(session, author, on=on, title=title, source="本文", published_at=at)
                row.html = f"<p>{body.replace('<', '')}</p>"
                files = [_said(dice, 12_000 if number == 5 else 30) for _ in range(number % 3)]
                for position, words in enumerate(files):
                    _attach(session, row, words, position)
                session.flush()
                index_articles(session, [row.id])
                own = folded(f"{title}\n{body}")
                shelf.append(Shelved(row.id, row.page_id, (at, row.id), (own, *map(folded, files))))
            yield Library(session, sorted(shelf, key=lambda each: each.place, reverse=True))
        outer.rollback()


def _attach(session: Session, article: Article, words: str, position: int, **facts: object) -> Attachment:
    file = Attachment(
        article_id=article.id,
        name="検針.csv",
        kind="CSV",
        media_type="text/csv",
        size=1,
        sha256="0" * 64,
        storage_key=f"{article.id:016}{position:016}",
        position=position,
        added_at=NOW,
        **facts,
    )
    session.add(file)
    session.flush()
    session.add(AttachmentText(attachment_id=file.id, state="read", text=words, read_at=NOW))
    session.flush()
    return file


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_the_index_finds_is_what_reading_everything_finds(library: Library, data: st.DataObject) -> None:
    """R7-5, R8-6: words out of the texts and words of chance, one and several, on some pages, from a day on, from an article on."""
    pages = sorted({each.page_id for each in library.shelf})
    texts = [text for each in library.shelf for text in each.texts]
    taken = st.builds(
        lambda words, at, length: words[at % len(words) :][:length],
        st.sampled_from(texts),
        st.integers(0, 12_000),
        st.integers(1, 7),
    )
    query = " ".join(data.draw(st.lists(taken | st.text(st.sampled_from(LETTERS), max_size=3), max_size=3)))
    words = search_words(query)
    shown = data.draw(st.sampled_from([pages, pages[:1], pages[1:]]))
    before = data.draw(st.none() | st.sampled_from(library.shelf))
    from_at = data.draw(st.sampled_from([None, NOW - timedelta(days=1), NOW - timedelta(days=301)]))
    until_at = data.draw(st.sampled_from([NOW + timedelta(days=1), NOW - timedelta(days=2)]))
    start = Position(*before.place) if before else None
    asked = Asked(words, (tuple(map(page_mark, shown)),), shown, until_at, from_at, start)
    expected = [
        each.id
        for each in library.shelf
        if each.page_id in shown
        and all(map(each.holds, words))
        and (from_at is None or each.place[0] >= from_at)
        and each.place[0] < until_at
        and (before is None or each.place < before.place)
    ]
    assert list(newest(library.session, asked)) == expected


def test_a_mark_narrows_and_no_page_finds_nothing(library: Library) -> None:
    """R8-6."""
    pages = [each.page_id for each in library.shelf]
    until = NOW + timedelta(days=1)
    marks = (tuple(map(page_mark, set(pages))),)
    business = library.session.scalars(select(Article.kind_id).limit(1)).one()
    assert list(newest(library.session, Asked((), (*marks, (kind_mark(business),)), pages, until)))
    assert not list(newest(library.session, Asked((), (*marks, (kind_mark(business + 1),)), pages, until)))


# --- In step


@dataclass(frozen=True, slots=True)
class Desk:
    app: Flask

    def found(self, *words: str) -> list[str]:
        """Titles."""
        with self.app.app_context():
            session = db.session()
            pages = [make.page(session, "taxis").id]
            asked = Asked(words, (tuple(map(page_mark, pages)),), pages, NOW + timedelta(days=9))
            ids = list(newest(session, asked))
            titles = [session.get_one(Article, each).title for each in ids]
            session.close()
            return titles

    def rows(self) -> set[tuple[object, ...]]:
        with self.app.app_context():
            session = db.session()
            wanted = (SearchPiece.article_id, SearchPiece.attachment_id, SearchPiece.number, SearchPiece.marks)
            rows = session.execute(select(*wanted, SearchPiece.text, SearchPiece.published_at)).all()
            found: set[tuple[object, ...]] = {tuple(row) for row in rows}
            if is_sqlite(session):
                session.execute(text("INSERT INTO search_fts(search_fts) VALUES ('integrity-check')"))
            session.close()
            return found


def test_the_index_follows_every_step_in_its_own_transaction(any_app: Flask) -> None:
    """R7-5, R9-12, E12: published, rewritten, tagged, in English, with files, their texts, a manual's versions, withdrawn."""
    desk = Desk(any_app)

    def step(change: Callable[[Session, Newsroom, Article], object]) -> None:
        with any_app.app_context(), transaction() as session:
            change(session, room, session.scalars(select(Article)).one())

    with any_app.app_context(), transaction() as session:
        room = Newsroom(session)
        by = room.by()
        room.draft(title="題名", source="下書き")
    assert desk.found("下書") == []
    step(lambda session, _room, row: publish(session, row, revision=1, suppress_reason="不要", by=by, now=NOW))
    assert desk.found("下書") == desk.found("題名", "下書") == ["題名"]

    def rewrite(session: Session, room: Newsroom, row: Article) -> None:
        words = room.words(session, title="新題", source="改訂")
        save_update(session, row, words, revision=1, suppress_reason="不要", by=by, now=NOW)
        set_tags(session, row.id, ["料金表"])
        row.title_en, row.source_en, row.html_en = "Charges", "Changed", "<p>Changed</p>"

    step(rewrite)
    assert desk.found("下書") == []
    assert desk.found("改訂", "料金", "changed") == ["新題"]
    step(lambda session, _room, row: set_tags(session, row.id, []))
    assert desk.found("料金") == []

    def attach(session: Session, _room: Newsroom, row: Article) -> None:
        manual = Manual(article_id=row.id, name="手順書", created_at=NOW)
        session.add(manual)
        session.flush()
        _attach(session, row, "初版の託送", 1, manual_id=manual.id, version=1)
        _attach(session, row, "別紙", 2)

    step(attach)
    assert desk.found("託送", "別紙", "改訂") == ["新題"]
    step(lambda session, _room, row: _attach(session, row, "二版の検針", 3, manual_id=1, version=2))
    assert desk.found("託送") == []
    assert desk.found("検針") == ["新題"]

    def take_back(session: Session, _room: Newsroom, row: Article) -> None:
        latest = session.scalars(select(Attachment).where(Attachment.version == 2)).one()
        remove_attachment(session, latest, by=by, now=NOW)

    step(take_back)
    assert (desk.found("検針"), desk.found("託送")) == ([], ["新題"])
    before = desk.rows()
    with any_app.app_context():
        assert any_app.test_cli_runner().invoke(args=["search", "rebuild"]).output.endswith("indexed 1\n")
    assert desk.rows() == before
    step(lambda session, _room, row: withdraw(session, row, "誤り", by=by, now=NOW))
    assert desk.rows() == set()


_TABLE: Any = Article.__table__


def _fail_halfway() -> None:
    with transaction() as session:
        session.scalars(select(Article)).one().title = "消えた題"
        session.flush()
        raise ZeroDivisionError


def test_what_is_rolled_back_is_not_indexed_and_what_came_past_the_session_is_later(any_app: Flask) -> None:
    """R7-5: nothing half indexed; the worker finds what is missing."""
    desk = Desk(any_app)
    with any_app.app_context():
        with transaction() as session:
            author = make.user(session, make.organization(session, is_operator=True))
            make.article(session, author, on="taxis", title="初めの題")
        with pytest.raises(ZeroDivisionError):
            _fail_halfway()
        with transaction() as session:
            row = dict(session.execute(select(_TABLE)).mappings().one())
            session.execute(_TABLE.insert(), {**row, "id": 99, "public_id": "0" * 12, "title": "横の題"})
        assert (desk.found("初め"), desk.found("消え"), desk.found("横の")) == (["初めの題"], [], [])
        with transaction() as session:
            assert index_some(session) == 1
        assert desk.found("横の") == ["横の題"]
        with transaction() as session:
            assert index_some(session) == 0


def test_a_large_file_is_not_indexed_anew_for_a_word_in_the_title(any_app: Flask) -> None:
    with any_app.app_context():
        with transaction() as session:
            author = make.user(session, make.organization(session, is_operator=True))
            article = make.article(session, author, on="taxis")
            _attach(session, article, "検針 " * 4_000, 1)
        pieces = select(SearchPiece.id).where(SearchPiece.attachment_id.is_not(None))
        before = set(db.session().scalars(pieces))
        assert len(before) > 3
        with transaction() as session:
            session.get_one(Article, article.id).title = "別の題"
        assert set(db.session().scalars(pieces)) == before


def test_no_statement_passes_the_session_by_without_saying_so() -> None:
    """Statements are not seen by whoever listens to the session: who writes one says what it moved."""
    watched = {"Article", "Attachment", "AttachmentText", "ArticleTag"}
    found = set()
    for path in sorted((ROOT / "content").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args:
                named = ast.unparse(call.args[-1]).removesuffix(".__table__")
                if call.func.id in {"insert", "update", "delete", "dialect_insert"} and named in watched:
                    found.add((path.relative_to(ROOT / "content").as_posix(), call.func.id, named))
    # Rows of texts are begun and taken again empty, here; tags that are gone are told of.
    assert found == {
        ("files/texts.py", "dialect_insert", "AttachmentText"),
        ("files/texts.py", "update", "AttachmentText"),
        ("writing/tags.py", "delete", "ArticleTag"),
    }
