"""The reminder of a notice that nobody of an organization has acknowledged, judged again as it leaves (R9-3, F9)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.closing_days import business_calendar
from base.jst import day_of, show_time
from base.mail_claims import Composer, once_a_batch
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from base.settings import Operator
from base.words import SITE_NAME
from content.mailing.chases import REMINDER
from content.mailing.publications import why_not_told
from content.mailing.queries import organization_facts, page_facts
from content.mailing.update_mails import addresses_at, refusal_among
from content.models import Article
from content.reading.record_queries import acknowledged_organizations

NOT_ASKED = "確認の依頼が取りやめになりました。"
CLOSED = "営業日のうちに送れませんでした。"
ACKNOWLEDGED = "送信する時点で、この事業者の方が確認を済ませていました。"


def reminder_composer(base_url: str, operator: Operator) -> Composer:
    """For mails of kind `acknowledgement-reminder`; their `about` is the article."""

    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        def shared() -> tuple[Article, str | None, frozenset[int]]:
            article = session.scalars(select(Article).where(Article.public_id == mail.about)).one()
            return article, _needless(session, article, now), acknowledged_organizations(session, article.id)

        article, needless, done = once_a_batch(session, (REMINDER, mail.about), shared)
        if needless:
            return Skipped(needless)
        return _refusal(session, mail, article, done, now) or _letter(article, base_url, operator)

    return compose


def _needless(session: Session, article: Article, now: datetime) -> str | None:
    """What holds for all its recipients."""
    if needless := why_not_told(article, now):
        return needless
    if article.ack_asked_at is None:
        return NOT_ASKED
    return None if business_calendar(session).is_business_day(day_of(now)) else CLOSED


def _refusal(session: Session, mail: Mail, article: Article, done: frozenset[int], now: datetime) -> Skipped | None:
    """A mailbox of several organizations is still reminded for those that haven't acknowledged."""
    rows = addresses_at(session, mail.address_folded, now)
    waiting = [row for row in rows if row.organization_id not in done]
    if rows and not waiting:
        return Skipped(ACKNOWLEDGED)
    organizations = once_a_batch(session, "organizations", lambda: organization_facts(session))
    return refusal_among(organizations, waiting, page_facts(article.page))


def _letter(article: Article, base_url: str, operator: Operator) -> Composed:
    place, desk = f"{article.page.name} {article.category.name}", operator.desks[0]
    at = show_time(article.published_at) if article.published_at else ""
    body = f"""システム窓口責任者 各位

{SITE_NAME}に掲載した次のお知らせは、確認のお返事をお願いしていますが、
貴社からの確認をまだいただいていません。

ページ:{place}({article.kind.name})
件名:{article.title}
掲載日時:{at}

次のアドレスを開いてログインし、内容をお読みのうえ「確認しました」を押してください。
{base_url}/articles/{article.public_id}

行き違いで確認がお済みの場合は、ご容赦ください。

このメールは、{SITE_NAME}に登録されたシステム窓口責任者の連絡先へ自動でお送りしています。
このメールへの返信は受け付けておりません。ご不明な点や連絡先の変更は、下記までご連絡ください。

{operator.name}
{desk.name} {desk.phone} {desk.mail}
"""
    subject = f"【{SITE_NAME}】確認のお願い:{article.title}"
    return Composed(subject, body, f"{article.page.slug}.{article.category.slug}")
