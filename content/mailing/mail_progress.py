"""How far the mails of a publication are, and another try for those that failed (R7-14)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.outbox import Mail, counts_by_state, send_again
from content.mailing.publications import occasion_of
from content.models import Publication

NOT_SENT = ("failed", "skipped")
SHOWN = 200


@dataclass(frozen=True, slots=True)
class MailProgress:
    """`done`: neither waiting nor on its way. `not_sent`: the first of those that need a look, with why."""

    counts: dict[str, int]
    not_sent: tuple[Mail, ...]
    outage: str | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.total - self.waiting

    @property
    def waiting(self) -> int:
        return self.counts["waiting"] + self.counts["sending"]


def mail_progress(session: Session, publication: Publication) -> MailProgress:
    occasion = occasion_of(publication)
    not_sent = select(Mail).where(Mail.occasion == occasion, Mail.state.in_(NOT_SENT))
    rows = session.scalars(not_sent.order_by(Mail.state, Mail.address_folded).limit(SHOWN))
    outage = select(Mail.failure).where(Mail.occasion == occasion, Mail.state == "waiting", Mail.failure.is_not(None))
    return MailProgress(counts_by_state(session, occasion), tuple(rows), session.scalars(outage.limit(1)).first())


def send_failed_again(session: Session, publication: Publication, *, by: Actor, now: datetime) -> int:
    """All that the servers refused get all their tries anew; each is looked at again as it leaves. Answers how many."""
    failed = select(Mail).where(Mail.occasion == occasion_of(publication), Mail.state == "failed")
    mails = session.scalars(failed.with_for_update()).all()
    for mail in mails:
        send_again(mail, now=now)
    if mails:
        after = {"mails": [mail.public_id for mail in mails]}
        record(session, "mails sent again", publication.public_id, by=by, now=now, after=after)
    return len(mails)
