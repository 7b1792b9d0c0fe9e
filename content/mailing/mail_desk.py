"""What staff do about a mail that didn't get through (R7-14); each mail is judged again as it leaves (F9)."""

from datetime import datetime

from sqlalchemy.orm import Session

from auth.credential_queries import KINDS
from base.actors import Actor
from base.audit import record
from base.outbox import Mail, send_again, send_anyway
from base.refusals import Conflict, Refused
from base.sentences import say
from content.addresses.addresses import occasion_of
from content.addresses.queries import VERIFY_ADDRESS, locked_row

# Without a certificate nobody reaches the page behind their URL: seven days would run for nothing (R6-1).
NEVER_ANYWAY = frozenset(KINDS)


def _note(session: Session, action: str, mail: Mail, by: Actor, now: datetime) -> None:
    facts = {"address": mail.address, "kind": mail.kind, "occasion": mail.occasion}
    subject = f"mail:{mail.public_id}"
    record(session, action, subject, by=by, now=now, after=facts, organization_id=mail.organization_id)


def try_again(session: Session, mail: Mail, *, by: Actor, now: datetime) -> None:
    """A failed or cancelled mail gets all its tries anew."""
    send_again(mail, now=now)
    _note(session, "mail.sent_again", mail, by, now)


def let_go(session: Session, mail: Mail, *, by: Actor, now: datetime) -> None:
    """Although what holds it still stands (R7-10)."""
    if mail.kind in NEVER_ANYWAY:
        raise Refused(say("クライアント証明書が登録されると自動で送信します。それまでは、送ってもURLを開けません。"))
    send_anyway(mail, now=now)
    row = locked_row(session, mail.about or "") if mail.kind == VERIFY_ADDRESS else None
    if row is not None and mail.occasion == occasion_of(row):
        row.hold_reason = None
    _note(session, "mail.sent_anyway", mail, by, now)


def settle(session: Session, mail: Mail, *, by: Actor, now: datetime) -> None:
    """A failed mail that was dealt with otherwise asks for nothing any more; why it failed stays."""
    if mail.state != "failed":
        raise Conflict(say("対応済みにできるのは、送信に失敗したメールだけです。"))
    mail.state = "skipped"
    _note(session, "mail.settled", mail, by, now)
