"""Mail runs that are under way: publications of which mails still wait (R7-14)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.outbox import Mail
from content.mailing.mail_progress import MailProgress, mail_progress
from content.mailing.publications import PUBLICATION
from content.models import Publication

UNDER_WAY = ("waiting", "sending")
SHOWN = 5


def mail_runs(session: Session) -> list[tuple[Publication, MailProgress]]:
    """The newest first."""
    waiting = select(Mail.about).where(Mail.kind == PUBLICATION, Mail.state.in_(UNDER_WAY)).distinct()
    running = select(Publication).where(Publication.public_id.in_(waiting))
    found = session.scalars(running.order_by(Publication.at.desc()).limit(SHOWN)).all()
    return [(each, mail_progress(session, each)) for each in found]
