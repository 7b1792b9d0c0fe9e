"""Reminders to organizations in which nobody has acknowledged a notice: on business days, one a day and address (R9-3)."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.business_days import BusinessCalendar
from base.jst import day_of
from base.outbox import Mail, Queued, queue_mails
from base.refusals import Conflict, Refused
from base.sentences import say
from content.mailing.queries import known_addresses, organization_facts, page_facts
from content.mailing.recipients import KnownAddress, mailing_list
from content.models import Article
from content.reading.acknowledgements import refuse_unseen
from content.reading.record_queries import acknowledged_organizations

REMINDER = "acknowledgement-reminder"


def occasion_on(article: Article, day: date) -> str:
    return f"{REMINDER}/{article.public_id}/{day:%Y%m%d}"


def chased(session: Session, article: Article, now: datetime) -> tuple[KnownAddress, ...]:
    """Verified addresses of those that see the notice and haven't acknowledged, each mailbox once."""
    done = acknowledged_organizations(session, article.id)
    waiting = [each for each in organization_facts(session) if each.id not in done]
    return mailing_list(page_facts(article.page), waiting, known_addresses(session, now)).mailed


def chase(session: Session, article: Article, calendar: BusinessCalendar, *, by: Actor, now: datetime) -> int:
    """Answers how many mails are new: none where today's have been queued already."""
    refuse_unseen(article, now)
    if article.ack_asked_at is None:
        raise Conflict(say("この記事の確認は依頼していません。"))
    today = day_of(now)
    if not calendar.is_business_day(today):
        raise Refused(say("催促メールは営業日だけ送れます。"))
    occasion, about = occasion_on(article, today), article.public_id
    mailed = chased(session, article, now)
    mails = [Queued(REMINDER, occasion, each.address, about, each.organization_id) for each in mailed]
    count = queue_mails(session, mails, now=now)
    if count:
        record(session, "reminders queued", article.public_id, by=by, now=now, after={"mails": count})
    return count


def last_reminders(session: Session, article: Article, organization_ids: list[int]) -> dict[int, datetime]:
    """When each of these organizations was last reminded of the notice."""
    here = (Mail.kind == REMINDER, Mail.about == article.public_id, Mail.organization_id.in_(organization_ids))
    latest = select(Mail.organization_id, func.max(Mail.created_at)).where(*here, Mail.state != "skipped")
    rows = session.execute(latest.group_by(Mail.organization_id))
    return {of: at for of, at in rows if of is not None}
