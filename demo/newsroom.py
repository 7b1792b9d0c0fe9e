"""The demo's articles, published one after the other as the reception center would have done."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.business_days import BusinessCalendar
from base.jst import JST, day_of, start_of
from content.article_text import article_text
from content.files.attachments import Upload, add_attachments, stored_files
from content.files.storage import FolderStore
from content.models import Article, ArticleKind, ArticleRead, Page
from content.reading.acknowledgements import ask_acknowledgement
from content.writing.articles import draft_article, publish
from demo.enrolment import Enrolled
from demo.organizations import PEOPLE, DemoPerson
from demo.papers import make_file
from demo.texts import DemoArticle, business_day_on_or_before, demo_articles

AUTHORS = ("m.hirose@minami-network.example", "k.okuda@minami-network.example", "y.nagase@minami-network.example")
FILE_LIMIT = 10 * 1024 * 1024
MAILED_DAYS = 2
SUPPRESSED = "掲載前に個別にご連絡済みのため"
UNREAD_DAYS = timedelta(days=3)
LEAST_AGE = timedelta(minutes=3)


def publish_articles(
    session: Session, enrolled: Enrolled, store: FolderStore, calendar: BusinessCalendar, now: datetime
) -> None:
    kinds = {kind.slug: kind.id for kind in session.scalars(select(ArticleKind))}
    pages = {page.slug: page.id for page in session.scalars(select(Page))}
    today = day_of(now)
    for number, facts in enumerate(demo_articles(today, calendar)):
        at = min(_published_at(facts, today, calendar), now - LEAST_AGE)
        text = article_text(
            page_id=pages[facts.page],
            kind_id=kinds[facts.kind],
            title=facts.title,
            source=facts.source,
            is_pinned=facts.is_pinned,
            important_until=_important_until(facts, today),
            tags=facts.tags,
            title_en=facts.title_en,
            source_en=facts.source_en.strip(),
        )
        by = enrolled.actor(AUTHORS[number % len(AUTHORS)])
        article = draft_article(session, text, by=by, now=at - timedelta(minutes=25))
        _attach(session, article, facts, store, by, at)
        suppress_reason = None if facts.age <= MAILED_DAYS else SUPPRESSED
        publish(session, article, revision=article.revision, suppress_reason=suppress_reason, by=by, now=at)


def name_systems(session: Session) -> None:
    """R7-7: where each system is."""
    for page in session.scalars(select(Page).where(Page.system.is_not(None))):
        page.system_url = f"https://{page.slug}.minami-network.example/"


def _published_at(facts: DemoArticle, today: date, calendar: BusinessCalendar) -> datetime:
    day = today - timedelta(days=facts.age)
    if facts.kind != "disturbance":
        day = business_day_on_or_before(day, calendar)
    return datetime.combine(day, facts.at, tzinfo=JST).astimezone(UTC)


def _important_until(facts: DemoArticle, today: date) -> datetime | None:
    if facts.important_days is None:
        return None
    return start_of(today + timedelta(days=facts.important_days + 1))


def _attach(
    session: Session, article: Article, facts: DemoArticle, store: FolderStore, by: Actor, now: datetime
) -> None:
    uploads = [Upload(file.name, make_file(file.name, file.lines)) for file in facts.files]
    with stored_files(session, store, uploads, FILE_LIMIT) as files:
        add_attachments(session, article, files, by=by, now=now)


def note_readings(session: Session, enrolled: Enrolled) -> None:
    """Everybody has read what was there three days before the last login, whoever may see it."""
    public = select(Article.id, Page.system, Article.published_at).join(Page, Page.id == Article.page_id)
    articles = session.execute(public).all()
    rows = [row for person in PEOPLE if not person.staff_role for row in _readings(person, enrolled, articles)]
    session.execute(insert(ArticleRead), rows)


def note_acknowledgements(session: Session, enrolled: Enrolled) -> None:
    """The newest planned stop of JOHS asks for it; every second person who has opened it has acknowledged it at once."""
    stop = select(Article).join(Article.kind).join(Article.page).where(ArticleKind.slug == "planned-stop")
    article = session.scalars(stop.where(Page.slug == "johs").order_by(Article.published_at.desc()).limit(1)).first()
    if article is None or article.published_at is None:
        return
    ask_acknowledgement(session, article, by=enrolled.actor(AUTHORS[0]), now=article.published_at)
    here = select(ArticleRead).where(ArticleRead.article_id == article.id).order_by(ArticleRead.user_id)
    for row in list(session.scalars(here))[::2]:
        row.acknowledged_at, row.acknowledged_pc = row.opened_at, row.pc_name


def _readings(
    person: DemoPerson, enrolled: Enrolled, articles: Sequence[Row[int, str | None, datetime | None]]
) -> Iterator[dict[str, object]]:
    user, in_use = enrolled.people[person.login_id], enrolled.systems_in_use(person.organization)
    for article_id, system, published_at in articles:
        if user.last_login_at is None or published_at is None or (system is not None and system not in in_use):
            continue
        if published_at < user.last_login_at - UNREAD_DAYS:
            read = {"article_id": article_id, "opened_at": user.last_login_at, "pc_name": user.last_login_pc}
            yield {"user_id": user.id, "last_revision": 1, "last_opened_at": user.last_login_at, **read}
