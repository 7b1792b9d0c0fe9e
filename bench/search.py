"""Search over 100 000 articles for words of every kind against the list of the newest, on both databases; the index against the text.

usage: python -m bench.search [ARTICLES]
"""

import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from app import create_app
from auth.models import Organization, User
from base.clock import system_time
from base.db import db, transaction
from base.identifiers import public_id
from base.settings import read_settings
from bench.both import AS_INSTALLED
from bench.installation import CHECKOUT, install, unread_logs
from bench.rounds import Figures, interleaved, per
from content.files.models import AttachmentText
from content.models import Article, ArticleKind, Attachment, Page
from content.reading.queries import listed
from content.search.asked import Asked
from content.search.finding import LENGTH_OF_LIST, found_articles
from content.search.marks import page_mark
from content.search.upkeep import AT_ONCE, index_some, settle
from content.search.words import folded, search_words
from tests.databases import running_cluster

ARTICLES = 100_000
YEARS = timedelta(days=5 * 365)
LETTERS = 400
FILE_EVERY, FILE_LETTERS = 50, 6_000
ROUNDS = 9
TIMES = 10
SEEN = ("common", "taxis", "johs")
SHARED_BUFFERS = f"{AS_INSTALLED} -c shared_buffers=512MB"
# What a search is for, and in which articles its words stand; `at` from 0, the oldest, to 1.
PLANTED: Mapping[str, Callable[[int, float], bool]] = {
    "中継導管": lambda number, _at: number % 100 == 7,
    "旧式名称": lambda number, at: 0.2 < at < 0.5 and number % 2 == 0,
    "珍語鰐鮫": lambda number, _at: number % 20_000 == 11,
    "甲案": lambda number, _at: number % 10 == 0,
    "乙案": lambda number, _at: number % 10 == 5,
    "併記": lambda number, _at: number % 10 == 0 and number % 3 == 0,
}
IN_FILES = "附属書類"
QUERIES = (
    ("in every article", "停止"),
    ("in many", "検針"),
    ("one letter", "針"),
    ("in one of 100", "中継導管"),
    ("in a few", "珍語鰐鮫"),
    ("in none", "無鰐語"),
    ("in half of those 3 to 4 years old", "旧式名称"),
    ("in files alone", IN_FILES),
    ("two that often meet", "甲案 併記"),
    ("two that never meet", "甲案 乙案"),
    ("a number", "第12345号"),
    ("digits", "12345"),
    ("half-width", "taxis"),
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was written, to compare with: page, and the folded texts of each article, the newest first."""

    now: datetime
    pages: Mapping[str, int]
    texts: Sequence[tuple[int, str]]

    def expected(self, words: Sequence[str], page_ids: Sequence[int]) -> list[int]:
        """Places on the shelf of the first of a list."""
        fitting = (
            at
            for at, (page_id, said) in enumerate(self.texts)
            if page_id in page_ids and all(word in said for word in words)
        )
        return list(islice(fitting, LENGTH_OF_LIST))


def _sentences() -> list[str]:
    """Of the demo's articles."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((CHECKOUT / "demo" / "texts").glob("*.md")))
    return [each.strip() for said in texts for each in re.split(r"[。\n]", said) if 8 < len(each.strip()) < 120]


class Author:
    """Writes texts in which sentences come again and words change places."""

    def __init__(self) -> None:
        self._dice = random.Random(1)
        self._sentences = _sentences()
        self._words = sorted(set(re.findall(r"[一-龥]{2,6}|[ァ-ヴー]{3,10}|[A-Za-z0-9]{4,}", "".join(self._sentences))))

    def written(self, letters: int) -> str:
        said, length = [], 0
        while length < letters:
            said.append(re.sub(r"[一-龥]{2,4}", self._other, self._dice.choice(self._sentences)))
            length += len(said[-1])
        return re.sub("|".join(PLANTED), "", "。".join(said).replace("<", ""))

    def _other(self, found: re.Match[str]) -> str:
        return self._dice.choice(self._words) if self._dice.random() < 0.25 else found.group()


def _rows(
    count: int, pages: Sequence[int], kind: ArticleKind, author_id: int, now: datetime
) -> Iterator[dict[str, Any]]:
    author = Author()
    for number in range(count):
        at, published_at = number / count, now - YEARS * ((count - 1 - number) / count)
        planted = "".join(f" {word}。" for word, stands in PLANTED.items() if stands(number, at))
        body = author.written(LETTERS) + planted
        yield {
            "id": number + 1,
            "public_id": public_id(),
            "page_id": pages[number % len(pages)],
            "category_id": kind.category_id,
            "kind_id": kind.id,
            "title": f"画面停止と再配信のお知らせ 第{number}号",
            "source": body,
            "html": f"<p>{body}</p>",
            "revision": 1,
            "is_pinned": False,
            "author_id": author_id,
            "editor_id": author_id,
            "created_at": published_at,
            "edited_at": published_at,
            "published_at": published_at,
        }


def _file(article_id: int, words: str, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    facts = {
        "kind": "PDF",
        "media_type": "application/pdf",
        "size": 1,
        "sha256": "0" * 64,
        "position": 1,
        "added_at": now,
    }
    names = {"public_id": public_id(), "name": "手順書.pdf", "storage_key": f"{article_id:032}"}
    file = {"id": article_id, "article_id": article_id, **names, **facts}
    return file, {"attachment_id": article_id, "state": "read", "text": words, "read_at": now, "tries": 0}


def _fill(session: Session, count: int) -> Shelf:
    now, author = system_time() - timedelta(minutes=1), Author()
    of = Organization(name="bench", created_at=now, is_operator=True)
    session.add(of)
    session.flush()
    login_id = "bench@bench.example"
    names = {"name_kanji": "計測 太郎", "name_kana": "ケイソク タロウ", "login_id_folded": login_id}
    user = User(organization_id=of.id, login_id=login_id, created_at=now, **names)
    session.add(user)
    session.flush()
    pages = dict(session.execute(select(Page.slug, Page.id).order_by(Page.id)).tuples().all())
    kind = session.scalars(select(ArticleKind).where(ArticleKind.slug == "business")).one()
    rows, texts = _rows(count, list(pages.values()), kind, user.id, now), []
    while batch := list(islice(rows, 2_000)):
        session.execute(insert(Article), batch)
        said = {row["id"]: author.written(FILE_LETTERS) + IN_FILES for row in batch if row["id"] % FILE_EVERY == 0}
        files = [_file(article_id, words, now) for article_id, words in said.items()]
        session.execute(insert(Attachment), [file for file, _ in files])
        session.execute(insert(AttachmentText), [words for _, words in files])
        texts += [
            (row["page_id"], folded(f"{row['title']}\n{row['source']}\n{said.get(row['id'], '')}")) for row in batch
        ]
    return Shelf(now, pages, texts[::-1])


def _index(count: int) -> float:
    """Nine tenths at once, PostgreSQL's index made afterwards; then the rest as it comes. Milliseconds an article of the rest."""
    definition = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_search_piece_fts'"
    is_server = db.engine.dialect.name == "postgresql"
    with transaction() as session:
        made = session.execute(text(definition)).scalar_one() if is_server else ""
        if made:
            session.execute(text("DROP INDEX ix_search_piece_fts"))
    for _ in range(count * 9 // 10 // AT_ONCE):
        with transaction() as session:
            index_some(session)
    with transaction() as session:
        session.execute(text(made)) if made else settle(session)
    began, found = time.monotonic(), AT_ONCE
    while found == AT_ONCE:
        with transaction() as session:
            found = index_some(session)
    return (time.monotonic() - began) / (count // 10) * 1000


_SIZES = {
    "sqlite": "SELECT (SELECT sum(length(block)) FROM search_fts_data), sum(length(CAST(text AS BLOB))) FROM search_piece",
    "postgresql": "SELECT pg_relation_size('ix_search_piece_fts'), sum(octet_length(text)) FROM search_piece",
}


def _megabytes(session: Session) -> tuple[float, float]:
    """Of the index, of the text."""
    index, words = session.execute(text(_SIZES[session.get_bind().dialect.name])).one()
    return index / 1e6, words / 1e6


def _spent(session: Session) -> float:
    """Milliseconds of CPU so far, of this process and of the server's that works for it."""
    ours = time.process_time() * 1000
    if session.get_bind().dialect.name == "sqlite":
        return ours
    server = session.connection().connection.driver_connection
    assert server is not None
    on_cpu = Path(f"/proc/{server.info.backend_pid}/schedstat").read_text(encoding="ascii").split()[0]
    return ours + int(on_cpu) / 1e6


def _milliseconds(session: Session, ask: Callable[[], object]) -> float:
    """Each time; the pages that it needs are in memory."""
    began = _spent(session)
    for _ in range(TIMES):
        ask()
    return (_spent(session) - began) / TIMES


def _print(name: str, found: Figures, newest: Figures, shown: int) -> None:
    print(f"  {name:36} {found:6.2f} ms  {per(found, newest).median:5.1f} x  {shown:3d} articles")


def compare(session: Session, shelf: Shelf) -> None:
    now, page_ids = shelf.now + timedelta(minutes=1), [shelf.pages[slug] for slug in SEEN]
    newest = partial(listed, session, page_ids, now, LENGTH_OF_LIST + 1)
    count = len(shelf.texts)
    for name, query in QUERIES:
        words = search_words(query)
        asked = Asked(words, (tuple(map(page_mark, page_ids)),), page_ids, now)
        ask = partial(found_articles, session, asked, now)
        shown = [count - each.id for each in ask().articles]
        if shown != shelf.expected(words, page_ids):
            raise SystemExit(f"{query}: found {shown} instead of {shelf.expected(words, page_ids)}")
        sides = {"search": partial(_milliseconds, session, ask), "list": partial(_milliseconds, session, newest)}
        figures = interleaved(sides, ROUNDS)
        _print(f"{name} ({query})", figures["search"], figures["list"], len(shown))


def measure(name: str, root: Path, url: str, articles: int) -> None:
    app = create_app(read_settings(install(root).environment | {"PORTAL_DATABASE_URL": url}))
    with app.app_context():
        upgrade()
        with transaction() as session:
            shelf = _fill(session, articles)
        spent, session = _index(articles), db.session()
        session.execute(text("ANALYZE"))
        index, words = _megabytes(session)
        print(f"{name}: {spent:.1f} ms to index an article", end="; ")
        print(f"index {index:.1f} MB, text {words:.1f} MB, {index / words:.2f} x")
        compare(session, shelf)
        session.close()
        db.engine.dispose()


def main(articles: int = ARTICLES) -> None:
    print(
        f"\nsearch: {articles} articles, against the list of the newest; CPU, the server's included, median (range) of {ROUNDS} rounds"
    )
    with unread_logs(), ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(running_cluster(SHARED_BUFFERS))
        cluster.run("CREATE DATABASE bench")
        measure("SQLite", folder / "sqlite", f"sqlite:///{folder}/portal.db", articles)
        measure("PostgreSQL", folder / "postgresql", cluster.url("bench"), articles)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
