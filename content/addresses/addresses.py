"""What happens to contact addresses: registered, sent a link, verified, removed (R7-10 to R7-12, R7-15)."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from auth.models import Organization
from auth.viewer import Viewer
from base.actors import WORKER, Actor
from base.audit import record
from base.mail_address import folded
from base.outbox import Mail, cancel_all_to, cancel_occasion, queue_mail, release_held
from base.outbox import send_anyway as send_mail_anyway
from base.refusals import Conflict, Refused
from base.sentences import say
from content.addresses.links import Link, answer_to
from content.addresses.queries import VERIFY_ADDRESS, lock_organizations, locked_row, why_nobody_can_log_in
from content.addresses.states import LinkAnswer
from content.addresses.syntax import contact_address, contact_name
from content.mailing.chases import REMINDER
from content.mailing.publications import PUBLICATION
from content.models import ContactAddress

KINDS = (VERIFY_ADDRESS, PUBLICATION, REMINDER)
REPLACED = say("リンクを新しく送り直したため、送信を取りやめました。")
REMOVED = say("連絡先メールアドレスが削除されたため、送信を取りやめました。")


class LinkRefused(Conflict):
    """The button was pressed, but its link doesn't verify; `answer` says why."""

    def __init__(self, answer: LinkAnswer) -> None:
        super().__init__(say("このリンクでは本登録できません。"))
        self.answer = answer


def occasion_of(row: ContactAddress) -> str:
    return f"verify:{row.public_id}:{row.link_version}"


def _note(session: Session, action: str, row: ContactAddress, by: Actor, now: datetime, **after: object) -> None:
    subject, facts = f"address:{row.public_id}", {"address": row.address, **after}
    record(session, action, subject, by=by, now=now, after=facts, organization_id=row.organization_id)


def _queue_link(session: Session, row: ContactAddress, now: datetime) -> None:
    row.link_sent_at = None
    row.hold_reason = why_nobody_can_log_in(session, row.organization_id, now)
    queue_mail(
        session,
        kind=VERIFY_ADDRESS,
        occasion=occasion_of(row),
        address=row.address,
        about=row.public_id,
        organization_id=row.organization_id,
        hold_reason=row.hold_reason,
        now=now,
    )


def _is_in_use(session: Session, address: str, where: ColumnElement[bool]) -> bool:
    here = (ContactAddress.address_folded == folded(address), ContactAddress.removed_at.is_(None), where)
    return session.scalars(select(ContactAddress.id).where(*here).limit(1)).first() is not None


def register_address(
    session: Session, organization: Organization, *, person_name: str, address: str, by: Actor, now: datetime
) -> ContactAddress:
    """仮登録: the mail with the link goes out at once, or is held where nobody there could use it yet (R7-10)."""
    if organization.is_operator or organization.ended_at is not None:
        raise Refused(say("この事業者の連絡先は登録できません。"), field="organization")
    name, address = contact_name(person_name), contact_address(address)
    already = Refused(say("このメールアドレスは、この事業者の連絡先に登録済みです。"), field="address")
    if _is_in_use(session, address, ContactAddress.organization_id == organization.id):
        raise already
    row = ContactAddress(
        organization_id=organization.id,
        person_name=name,
        address=address,
        address_folded=folded(address),
        registered_at=now,
        registered_by_id=by.user_id,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as fault:
        raise already from fault
    _queue_link(session, row, now)
    _note(session, "address.registered", row, by, now, person_name=name, hold_reason=row.hold_reason)
    return row


def _close_failed(session: Session, row: ContactAddress) -> None:
    """A link that will never be sent again needs nobody's attention; why it failed stays."""
    failed = (Mail.kind == VERIFY_ADDRESS, Mail.about == row.public_id, Mail.state == "failed")
    session.execute(update(Mail).where(*failed).values(state="skipped"))


def _refuse_unless_waiting(row: ContactAddress) -> None:
    if row.removed_at is not None:
        raise Conflict(say("この連絡先は削除されています。"))
    if row.verified_at is not None:
        raise Conflict(say("この連絡先は本登録が済んでいます。"))


def send_link_again(session: Session, row: ContactAddress, *, by: Actor, now: datetime) -> None:
    """A new link for another seven days; the older one is dead from now on (R7-12)."""
    _refuse_unless_waiting(row)
    cancel_occasion(session, occasion_of(row), reason=REPLACED)
    _close_failed(session, row)
    row.link_version += 1
    _queue_link(session, row, now)
    _note(session, "address.link_sent_again", row, by, now, version=row.link_version, hold_reason=row.hold_reason)


def send_link_anyway(session: Session, row: ContactAddress, *, by: Actor, now: datetime) -> None:
    """R7-10: although nobody there can log in yet."""
    _refuse_unless_waiting(row)
    mail = session.scalars(select(Mail).where(Mail.occasion == occasion_of(row), Mail.state == "held")).one_or_none()
    if mail is None:
        raise Conflict(say("この連絡先へのメールは保留中ではありません。"))
    send_mail_anyway(mail, now=now)
    _note(session, "address.link_sent_anyway", row, by, now, hold_reason=row.hold_reason)
    row.hold_reason = None


def remove_address(session: Session, row: ContactAddress, *, by: Actor, now: datetime) -> None:
    """From now on nothing goes to it, not even what is queued (R7-15). What goes to somebody's ID isn't a contact's.

    A mailbox that serves another organization too keeps the mails it shares; each is judged again when it is sent (F9).
    """
    if row.removed_at is not None:
        raise Conflict(say("この連絡先はすでに削除されています。"))
    row.removed_at, row.removed_by_id, row.hold_reason = now, by.user_id, None
    cancelled = cancel_occasion(session, occasion_of(row), reason=REMOVED)
    _close_failed(session, row)
    if not _is_in_use(session, row.address, ContactAddress.id != row.id):
        cancelled += cancel_all_to(
            session, row.address, organization_id=row.organization_id, kinds=KINDS, reason=REMOVED
        )
    _note(session, "address.removed", row, by, now, cancelled_mails=cancelled)


def confirm_address(session: Session, link: Link, *, viewer: Viewer, by: Actor, now: datetime) -> ContactAddress:
    """本登録 by the button (R7-11): of fifty presses at once the first verifies, the others find it done (D6).

    `LinkRefused` where the link doesn't verify for this person at this moment.
    """
    row = locked_row(session, link.public_id)
    answer = answer_to(viewer, link, row, now)
    if row is None or answer not in {LinkAnswer.OK, LinkAnswer.USED}:
        raise LinkRefused(answer)
    if answer is LinkAnswer.OK:
        row.verified_at, row.verified_by_id, row.hold_reason = now, viewer.user_id, None
        _note(session, "address.verified", row, by, now, version=row.link_version)
    return row


def release_held_links(session: Session, *, now: datetime) -> int:
    """Where somebody can log in by now, the held mails go out by themselves (R7-10). Answers how many addresses."""
    held = (ContactAddress.hold_reason.is_not(None), ContactAddress.removed_at.is_(None))
    # What somebody works on at this moment waits for the next round.
    found = session.scalars(select(ContactAddress.organization_id).where(*held).distinct()).all()
    free = ContactAddress.organization_id.in_(lock_organizations(session, found, is_skipping=True))
    rows = session.scalars(select(ContactAddress).where(*held, free).with_for_update(skip_locked=True)).all()
    blocked = {of: why_nobody_can_log_in(session, of, now) for of in {row.organization_id for row in rows}}
    released = [row for row in rows if blocked[row.organization_id] is None]
    for organization_id in sorted({row.organization_id for row in released}):
        release_held(session, organization_id=organization_id, kinds={VERIFY_ADDRESS}, now=now)
    for row in released:
        row.hold_reason = None
        _note(session, "address.link_released", row, WORKER, now)
    return len(released)
