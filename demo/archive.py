"""`SIZE=large`: the notices of five years, before those that the demo tells its story with."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from base.identifiers import public_id
from base.jst import show_day
from content.markup import render
from content.models import Article, ArticleKind, ArticleRevision, Page
from content.search.upkeep import count_to_index, index_some, settle
from demo.crowd import Progress

ARTICLES = 20_000
BATCH = 500
SPAN = timedelta(days=5 * 365)
# The demo's own notices are the newest.
LATEST = timedelta(days=120)

SUBJECTS = (
    ("business", "検針結果の配信日の変更", "検針結果のダウンロードは、変更後の配信日の午前9時からご利用いただけます。"),
    ("business", "託送供給の申込み受付の期限", "期限を過ぎた申込みは、翌営業日の受付として扱います。"),
    ("system-change", "画面の改修", "照会画面の並び順を選べるようにしました。操作手順は変わりません。"),
    ("planned-stop", "計画停止", "停止中はログインできません。終わり次第、この記事でお知らせします。"),
    ("manual", "操作マニュアルの改訂", "改訂した章に印を付けています。印刷してお使いの方は差し替えてください。"),
    ("form", "申請様式の更新", "これまでの様式も、年度末までは受け付けます。"),
)
BODY = """## {subject}

{system}をご利用の皆さまへ、第{number}号のお知らせです。{words}

| 項目 | 内容 |
| --- | --- |
| 対象 | {system} |
| 実施日 | {day} |
| お問い合わせ番号 | {number:05} |

ご不明な点は、窓口責任者の方がまとめて託送受付センターへお問い合わせください。
"""


def add_archive(
    session: Session, authors: Sequence[int], progress: Progress, now: datetime, count: int = ARTICLES
) -> None:
    rows, done = _rows(session, authors, now, count), 0
    while batch := list(islice(rows, BATCH)):
        session.execute(insert(Article), batch)
        done += len(batch)
        progress("articles", done, count)
    _note_first_revisions(session)


def index_archive(session: Session, progress: Progress) -> None:
    done, total = 0, count_to_index(session)
    while found := index_some(session, BATCH):
        done += found
        progress("articles indexed", done, total)
    settle(session)


def _rows(session: Session, authors: Sequence[int], now: datetime, count: int) -> Iterator[dict[str, Any]]:
    pages = session.scalars(select(Page).order_by(Page.position)).all()
    kinds = {kind.slug: kind for kind in session.scalars(select(ArticleKind))}
    for number in range(count):
        published_at = now - LATEST - SPAN * (1 - number / count)
        yield _row(number, pages[number % len(pages)], kinds, authors[number % len(authors)], published_at)


def _row(number: int, page: Page, kinds: dict[str, ArticleKind], author_id: int, at: datetime) -> dict[str, Any]:
    slug, subject, words = SUBJECTS[number // 7 % len(SUBJECTS)]
    source = BODY.format(subject=subject, system=page.name, number=number + 1, words=words, day=show_day(at))
    return {
        "public_id": public_id(),
        "page_id": page.id,
        "category_id": kinds[slug].category_id,
        "kind_id": kinds[slug].id,
        "title": f"{subject}について(第{number + 1}号)",
        "source": source,
        "html": render(source),
        "revision": 1,
        "is_pinned": False,
        "author_id": author_id,
        "editor_id": author_id,
        "created_at": at,
        "edited_at": at,
        "published_at": at,
    }


def _note_first_revisions(session: Session) -> None:
    """Those that came in past the operations have none yet."""
    known = select(ArticleRevision.article_id)
    columns = (Article.id, Article.revision, Article.title, Article.source, Article.edited_at, Article.editor_id)
    names = ["article_id", "number", "title", "source", "saved_at", "saved_by_id"]
    session.execute(insert(ArticleRevision).from_select(names, select(*columns).where(Article.id.not_in(known))))
