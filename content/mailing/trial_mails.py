"""A test mail to oneself: the very update mail, before anybody else gets it (R9-2)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.models import User
from auth.permissions import PERMISSIONS, PUBLISH
from base.actors import Actor
from base.audit import record
from base.mail_claims import Composer
from base.mail_text import Composed, Skipped
from base.outbox import Mail, queue_mail
from base.refusals import Refused
from base.sentences import say
from base.settings import Operator
from content.article_text import ArticleText
from content.mailing.update_letters import FIRST, UPDATE, Told, update_letter
from content.models import Article, Category
from content.writing.models import TrialMail

TRIAL = "publication-trial"
MOST_AN_HOUR = 10
AN_HOUR = timedelta(hours=1)
NO_STAFF = say("送信する時点で、宛先の方は記事の担当者ではなくなっていました。")


def send_trial(session: Session, article: Article, text: ArticleText, *, by: Actor, now: datetime) -> TrialMail:
    """As it would go out now with these words, to whoever asks and to nobody else; `Refused` where that is too often."""
    # Held until the end, so that of two presses at once the second counts the first.
    asker = session.scalars(select(User).where(User.id == by.user_id).with_for_update()).one()
    lately = (TrialMail.asked_by_id == asker.id, TrialMail.asked_at > now - AN_HOUR)
    if (session.scalar(select(func.count()).select_from(TrialMail).where(*lately)) or 0) >= MOST_AN_HOUR:
        raise Refused(
            say(
                "テストメールは1時間に%(most)s通までです。しばらくしてからお試しください。",
                most=MOST_AN_HOUR,
            )
        )
    trial = TrialMail(
        article_id=article.id,
        page_id=text.page_id,
        kind_id=text.kind_id,
        title=text.title,
        title_en=text.english.title if text.english else None,
        is_update=article.published_at is not None and article.published_at <= now,
        asked_at=now,
        asked_by_id=asker.id,
    )
    session.add(trial)
    session.flush()
    occasion, of = f"{TRIAL}/{trial.public_id}", asker.organization_id
    address, about = asker.login_id, trial.public_id
    queue_mail(session, kind=TRIAL, occasion=occasion, address=address, about=about, organization_id=of, now=now)
    record(session, "trial mail queued", article.public_id, by=by, now=now, after={"title": text.title})
    return trial


def trial_mail_composer(base_url: str, operator: Operator) -> Composer:
    """For mails of kind `publication-trial`; their `about` is the trial."""

    def compose(session: Session, mail: Mail, _now: datetime) -> Composed | Skipped:
        trial = session.scalars(select(TrialMail).where(TrialMail.public_id == mail.about)).one()
        asker = trial.asked_by
        if asker.deleted_at is not None or PUBLISH not in PERMISSIONS.get(asker.staff_role or "", ()):
            return Skipped(NO_STAFF)
        letter = update_letter(_told(session, trial), base_url, operator)
        return Composed(f"【テスト】{letter.subject}", letter.body, letter.list_id)

    return compose


def _told(session: Session, trial: TrialMail) -> Told:
    what = UPDATE if trial.is_update else FIRST
    kind, article = trial.kind, trial.article.public_id
    category = session.get_one(Category, kind.category_id)
    return Told(article, trial.page, category, kind, trial.title, trial.title_en, what, trial.asked_at)
