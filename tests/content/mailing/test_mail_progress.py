from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.outbox import Mail
from content.mailing.mail_progress import mail_progress, send_failed_again
from content.models import Publication
from tests import make
from tests.certificates import NOW
from tests.content.newsroom import Newsroom

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def publication(session: Session) -> Publication:
    """Four mails: one sent, one failed, one skipped, one waiting for a server that is away."""
    newsroom = Newsroom(session)
    for name in ("b", "c", "d"):
        make.address(session, newsroom.higashi, newsroom.author, f"{name}@higashi-gas.example")
    newsroom.published()
    sent, failed, skipped, waiting = session.scalars(select(Mail).order_by(Mail.id))
    sent.state = "sent"
    failed.state, failed.failure, failed.tries = "failed", "550 no such user", 48
    skipped.state, skipped.failure = "skipped", "連絡先が削除されました。"
    waiting.failure = "ConnectionRefusedError: refused"
    session.flush()
    return session.scalars(select(Publication)).one()


def test_progress_names_what_did_not_go_and_why(session: Session, publication: Publication) -> None:
    """R7-14, F4, F5."""
    found = mail_progress(session, publication)
    assert (found.total, found.done, found.waiting) == (4, 3, 1)
    assert [(mail.state, mail.failure) for mail in found.not_sent] == [
        ("failed", "550 no such user"),
        ("skipped", "連絡先が削除されました。"),
    ]
    assert found.outage == "ConnectionRefusedError: refused"


def test_failed_mails_get_all_their_tries_anew_and_no_others(session: Session, publication: Publication) -> None:
    """R7-14."""
    by = Newsroom.by_id(session, publication.by_id)
    assert send_failed_again(session, publication, by=by, now=LATER) == 1
    states = [(mail.state, mail.tries) for mail in session.scalars(select(Mail).order_by(Mail.id))]
    assert states == [("sent", 0), ("waiting", 0), ("skipped", 0), ("waiting", 0)]
    assert send_failed_again(session, publication, by=by, now=LATER) == 0
    session.flush()
    again = select(AuditEntry).where(AuditEntry.action == "mails sent again")
    assert len(session.scalars(again).all()) == 1


def test_a_suppressed_publication_has_no_mails(session: Session) -> None:
    """R7-13."""
    newsroom = Newsroom(session)
    newsroom.published(suppress_reason="試験")
    found = mail_progress(session, session.scalars(select(Publication)).one())
    assert (found.total, found.waiting, found.not_sent, found.outage) == (0, 0, (), None)
