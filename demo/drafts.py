"""What lies half written on the reception center's desk: a draft with a past, and words that nobody has saved yet."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.article_text import ArticleText, article_text
from content.models import Article, ArticleKind, Page
from content.writing.articles import draft_article, save_draft
from content.writing.autosaves import NEW, Place, keep_typed
from content.writing.form_words import written
from demo.enrolment import Enrolled
from demo.newsroom import AUTHORS

TITLE = "検針結果データの項目の並びの変更について"
FIRST = """検針結果データの項目の並びを変えます。

| 項目 | これまで | 変更後 |
| --- | --- | --- |
| 供給地点特定番号 | 1列目 | 1列目 |
| 検針日 | 5列目 | 2列目 |

取り込みの設定をご確認ください。
"""
SECOND = FIRST.replace("並びを変えます。", "並びを、来月の第1営業日の配信分から変えます。")
THIRD = SECOND.replace("設定をご確認ください。", "設定を、配信の前日までにご変更ください。")
TYPED = THIRD.replace("| 検針日 | 5列目 | 2列目 |", "| 検針日 | 5列目 | 2列目 |\n| 指示数 | 6列目 | 3列目 |")
NOT_SAVED = {
    "page": "common",
    "kind": "business",
    "title": "来月の説明会のご案内",
    "source": "来月、託送供給料金の説明会を開きます。会場は",
}


def leave_drafts(session: Session, enrolled: Enrolled, now: datetime) -> None:
    author, second = enrolled.actor(AUTHORS[0]), enrolled.actor(AUTHORS[1])
    draft = draft_article(session, _text(session, FIRST), by=author, now=now - timedelta(hours=5))
    for number, (source, by, age) in enumerate(((SECOND, second, 3), (THIRD, author, 1)), start=1):
        save_draft(session, draft, _text(session, source), revision=number, by=by, now=now - timedelta(hours=age))
    typed = {"page": "taxis", "kind": "system-change", "title": TITLE, "source": TYPED, "tags": "検針、データ連携"}
    _keep(session, enrolled, AUTHORS[1], draft, typed, now - timedelta(minutes=4))
    _keep(session, enrolled, AUTHORS[0], None, NOT_SAVED, now - timedelta(hours=20))


def _text(session: Session, source: str) -> ArticleText:
    kind = session.scalars(select(ArticleKind).where(ArticleKind.slug == "system-change")).one()
    page = session.scalars(select(Page).where(Page.slug == "taxis")).one()
    return article_text(page_id=page.id, kind_id=kind.id, title=TITLE, source=source, tags=("検針", "データ連携"))


def _keep(
    session: Session, enrolled: Enrolled, login_id: str, draft: Article | None, typed: dict[str, str], at: datetime
) -> None:
    """As the browser would have done."""
    key, article_id, revision = (draft.public_id, draft.id, draft.revision) if draft else (f"{NEW}{'0' * 12}", None, 0)
    place = Place(enrolled.people[login_id].id, key, article_id)
    keep_typed(session, place, written(typed), revision=revision, known=0, now=at)
