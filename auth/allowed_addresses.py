"""Static addresses abroad: allowed for one organization, confirmed once a year, ended (R2-8)."""

from datetime import date, datetime
from ipaddress import ip_network

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.allowed_queries import IN_EFFECT
from auth.allowed_rules import a_year_after, refuse_review
from auth.models import AllowedAddress, Organization
from auth.network_rules import FIELD, overlapping, read_network
from base.actors import Actor
from base.audit import record
from base.jst import day_of
from base.refusals import Conflict, Refused
from base.sentences import say


def _note(session: Session, action: str, row: AllowedAddress, by: Actor, now: datetime, **after: object) -> None:
    subject, facts = f"allowed-address:{row.public_id}", {"network": row.network, **after}
    record(session, action, subject, by=by, now=now, after=facts, organization_id=row.organization_id)


def _networks_of(session: Session, organization: Organization) -> list[str]:
    found = select(AllowedAddress.network).where(AllowedAddress.organization_id == organization.id, IN_EFFECT)
    return list(session.scalars(found))


def allow_address(
    session: Session,
    organization: Organization,
    *,
    network: str,
    reason: str,
    approver: str,
    review_on: date,
    by: Actor,
    now: datetime,
) -> AllowedAddress:
    """`organization` is locked: of two that enter the same address at once the second is refused (H5)."""
    if organization.ended_at is not None:
        raise Refused(say("この事業者の利用は終了しています。"), field="organization")
    wanted = read_network(network)
    already = overlapping(wanted, map(ip_network, _networks_of(session, organization)))
    if already is not None:
        raise Refused(say("この事業者に許可済みの「%(already)s」と重なっています。", already=already), field=FIELD)
    refuse_review(review_on, day_of(now))
    row = AllowedAddress(
        organization_id=organization.id,
        network=str(wanted),
        reason=reason,
        approver=approver,
        review_on=review_on,
        added_at=now,
        added_by_id=by.user_id,
    )
    session.add(row)
    session.flush()
    _note(session, "allowed_address.added", row, by, now, reason=reason, approver=approver, review_on=review_on)
    return row


def confirm_allowed(session: Session, row: AllowedAddress, *, by: Actor, now: datetime) -> None:
    """Still needed, still secure: the next review is a year from today."""
    _refuse_if_ended(row)
    before, row.review_on = row.review_on, a_year_after(day_of(now))
    row.confirmed_at, row.confirmed_by_id = now, by.user_id
    _note(session, "allowed_address.confirmed", row, by, now, review_on=row.review_on, was_due_on=before)


def end_allowed(session: Session, row: AllowedAddress, *, by: Actor, now: datetime) -> None:
    """From the next request on nobody passes through it."""
    _refuse_if_ended(row)
    row.ended_at, row.ended_by_id = now, by.user_id
    _note(session, "allowed_address.ended", row, by, now)


def _refuse_if_ended(row: AllowedAddress) -> None:
    if row.ended_at is not None:
        raise Conflict(say("この許可はすでに終了しています。"))
