"""What the demo's staff have planned: notices that go public by themselves, one of them while somebody looks, and ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.business_days import BusinessCalendar
from base.jst import day_of, start_of
from content.article_text import ArticleText, article_text
from content.models import ArticleKind, Page
from content.writing.articles import draft_article, publish
from content.writing.plan_rules import Decision
from content.writing.plans import go_public
from demo.enrolment import Enrolled
from demo.newsroom import AUTHORS

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SOON = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Words:
    page: str
    title: str
    source: str


BRIEFING = Words(
    "common",
    "託送業務オンライン説明会の受付を始めました",
    "来年度の託送業務の変更点を、オンラインでご説明します。\n\n"
    "| 回 | 対象 | 内容 |\n|---|---|---|\n| 第1回 | はじめて参加する方 | 手続きの流れ、画面の使い方 |\n"
    "| 第2回 | すべての方 | 来年度の変更点、質疑 |\n\n"
    "参加を希望される方は、託送受付センターへメールでお申し込みください。1事業者から何名でも参加できます。",
)
NEW_YEAR = Words(
    "common",
    "年末年始の託送受付センターの受付について",
    "年末年始の受付は、次のとおりです。\n\n"
    "- 年内の受付は 12/30 まで、年始は 1/5 からです。\n"
    "- 休業中にいただいたメールには、1/5 以降、順にお返事します。\n\n"
    "システムの障害は、休業中も託送システム障害受付窓口へお電話ください。",
)
LAYOUT = Words(
    "taxis",
    "検針結果CSVの項目追加について",
    "検針結果のCSVの末尾に、項目を二つ加えます。\n\n"
    "1. 検針の方法(自動・目視・推定)\n2. 前回の検針からの日数\n\n"
    "末尾への追加のため、これまでの項目の位置は変わりません。取り込みの設定をご確認ください。",
)
SURVEY = Words(
    "common",
    "情報共有サイトについてのアンケートのお願い",
    "よりよいサイトにするため、アンケートへのご協力をお願いします。所要時間は5分ほどです。",
)


def plan_articles(session: Session, enrolled: Enrolled, calendar: BusinessCalendar, now: datetime) -> None:
    by, today = enrolled.actor(AUTHORS[1]), day_of(now)
    tomorrow = start_of(calendar.next_business_day(today))
    soon = (now + SOON).replace(second=0, microsecond=0)
    plans = (
        (BRIEFING, soon, soon + 21 * DAY),
        (NEW_YEAR, tomorrow + 9 * HOUR, start_of(today) + 40 * DAY),
        (LAYOUT, tomorrow + 5 * DAY + 10 * HOUR, None),
    )
    for words, go_live_at, ends_at in plans:
        draft = draft_article(session, _text(session, words), by=by, now=now - HOUR)
        go_public(session, draft, Decision(1, go_live_at=go_live_at, ends_at=ends_at), by=by, now=now - HOUR)
    begun = start_of(today) - 20 * DAY + 10 * HOUR
    survey = draft_article(session, _text(session, SURVEY), by=by, now=begun - HOUR)
    ends_at, reason = start_of(today) - 3 * DAY, "画面での案内だけで足りるため"
    publish(session, survey, revision=1, suppress_reason=reason, ends_at=ends_at, by=by, now=begun)


def _text(session: Session, words: Words) -> ArticleText:
    page_id = session.scalars(select(Page.id).where(Page.slug == words.page)).one()
    kind_id = session.scalars(select(ArticleKind.id).where(ArticleKind.slug == "business")).one()
    return article_text(page_id=page_id, kind_id=kind_id, title=words.title, source=words.source)
