"""One manual with three versions; who logged in last before the third came has the second, or the first."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.business_days import BusinessCalendar
from base.jst import JST, day_of
from content.article_text import article_text
from content.files.attachments import Upload, stored_files
from content.files.models import Manual, ManualRead
from content.files.storage import FolderStore
from content.manuals.manuals import add_version, begin_manual
from content.manuals.words import announcement
from content.models import ArticleRead, Attachment
from content.writing.article_previews import kept_text
from content.writing.articles import save_update
from demo.enrolment import Enrolled
from demo.newsroom import AUTHORS, FILE_LIMIT
from demo.papers import make_pdf
from demo.texts import business_day_on_or_before, demo_articles

FILE = "TAXIS操作マニュアル_契約管理編"
NAME = "TAXIS操作マニュアル 契約管理編"
SECOND_AGE = 40
SECOND = (
    "解約取次の回答期限を追記した(4. 解約と解約取次)",
    (
        "## 6. 解約取次の回答期限",
        "解約取次を受け取った日の翌営業日から2営業日以内に回答してください。期限を過ぎると、アラートで毎朝お知らせします。",
        "| 受け取った日 | 回答期限 |",
        "| 月曜日 | 木曜日 |",
        "| 金曜日 | 水曜日 |",
    ),
)
THIRD = (
    """マッチング処理状況の照会に、保留の理由が表示されるようになった(3. 供給地点の切り替え)
申し込みの取り消しの手順を、画面の変更に合わせて書き直した(5. 申し込みの取り消し)""",
    (
        "## 7. 保留の理由",
        "マッチング処理状況の照会で「保留」をクリックすると、理由と、直していただく項目が表示されます。",
        "- 名義の不一致",
        "- 供給地点特定番号の誤り",
        "- 別の切り替えの手続き中",
    ),
)


def keep_manual(
    session: Session, enrolled: Enrolled, store: FolderStore, calendar: BusinessCalendar, now: datetime
) -> None:
    first = session.scalars(select(Attachment).where(Attachment.name == f"{FILE}.pdf")).one()
    lines = next(
        file.lines
        for article in demo_articles(day_of(now), calendar)
        for file in article.files
        if file.name == first.name
    )
    manual = begin_manual(session, first, NAME, "", by=enrolled.actor(AUTHORS[0]), now=first.added_at)
    for number, (age, (changed, added)) in enumerate(((SECOND_AGE, SECOND), (1, THIRD)), start=1):
        lines = (*lines, *added)
        day = business_day_on_or_before(day_of(now) - timedelta(days=age), calendar)
        at, name = datetime.combine(day, time(14, 20), tzinfo=JST), f"{FILE}_第{number + 1}版.pdf"
        with stored_files(session, store, [Upload(name, make_pdf(name, lines))], FILE_LIMIT) as (file,):
            add_version(session, manual, file, changed, after=number, by=enrolled.actor(AUTHORS[number]), now=at)
            session.flush()
    _tell(session, manual, enrolled)


def _tell(session: Session, manual: Manual, enrolled: Enrolled) -> None:
    """By an update of its article, ten minutes after the version came."""
    article = manual.article
    latest = session.scalars(select(Attachment).where(Attachment.manual_id == manual.id, Attachment.version == 3)).one()
    source = f"{announcement(manual, latest)}\n\n{article.source}"
    kept = kept_text(session, article)
    text = article_text(page_id=kept.page_id, kind_id=kept.kind_id, title=kept.title, source=source)
    by, at = enrolled.actor(AUTHORS[2]), latest.added_at + timedelta(minutes=10)
    save_update(session, article, text, revision=article.revision, suppress_reason=None, by=by, now=at)


def note_fetched_versions(session: Session) -> None:
    """Whoever has read the article fetched what was the latest then."""
    manual = session.scalars(select(Manual)).one()
    updated_at = manual.article.updated_at
    for read in session.scalars(select(ArticleRead).where(ArticleRead.article_id == manual.article_id)):
        at = read.opened_at
        read.last_revision = manual.article.revision if updated_at is None or at >= updated_at else 1
        version = max(number for number, added_at in _added(session, manual) if added_at <= at)
        facts = {"user_id": read.user_id, "manual_id": manual.id, "pc_name": read.pc_name}
        session.add(ManualRead(version=version, opened_at=at, last_opened_at=at, **facts))


def _added(session: Session, manual: Manual) -> list[tuple[int, datetime]]:
    rows = session.execute(select(Attachment.version, Attachment.added_at).where(Attachment.manual_id == manual.id))
    return [(row.version, row.added_at) for row in rows]
