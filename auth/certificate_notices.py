"""Certificates that end soon are told of: 90, 60, 45, 30 and 14 days before, one digest for each organization (R4-5)."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.certificate_queries import every_registration, in_order, in_state, of_active_organizations
from auth.certificate_states import CertificateState, due_stage
from auth.contact_managers import addresses_of_managers
from auth.models import CertificateNotice, CertificateRegistration, Organization
from base.actors import WORKER, Actor
from base.audit import record
from base.daily_runs import Turn, keep
from base.db import transaction
from base.jst import day_of
from base.outbox import Queued, queue_mails

JOB = "certificate ends"
KIND = "certificate-ends"


@dataclass(frozen=True, slots=True)
class Teller:
    """By which clock, and where the operator's own certificates are told of (empty: nowhere)."""

    clock: Callable[[], datetime]
    desk_address: str = ""
    by: Actor = WORKER


def tell_of_ends(turn: Turn, teller: Teller) -> str:
    """The morning's run: an organization at a time, so that whatever ends it halfway leaves the others to the next try."""
    with transaction() as session:
        keep(session, turn, teller.clock())
        organizations = with_ending(session, teller.clock())
    mails = 0
    for organization_id in organizations:
        with transaction() as session:
            now = teller.clock()
            keep(session, turn, now)
            mails += tell_organization(session, organization_id, teller.desk_address, by=teller.by, now=now)
    return f"{mails} mails to {len(organizations)} organizations"


def with_ending(session: Session, now: datetime) -> list[int]:
    """Active organizations with a usable certificate that ends within ninety days."""
    ending = of_active_organizations(every_registration()).where(in_state(CertificateState.EXPIRING, now))
    ids = ending.with_only_columns(CertificateRegistration.organization_id).distinct()
    return sorted(session.scalars(ids))


def tell_organization(session: Session, organization_id: int, desk_address: str, *, by: Actor, now: datetime) -> int:
    """Queue its digest where a stage of any certificate is due; answers how many mails. Who asks twice is told nothing new."""
    of = session.scalars(select(Organization).where(Organization.id == organization_id).with_for_update()).one()
    due = due_stages(session, organization_id, now)
    addresses = _addresses(session, of, desk_address)
    if not due or not addresses or of.ended_at is not None:
        return 0
    for certificate_id, stage in due.items():
        where = {"certificate_id": certificate_id, "organization_id": of.id}
        session.add(CertificateNotice(**where, days_before=stage, told_at=now))
    _note(session, of, due, addresses, by, now)
    return queue_mails(session, _mails(of, addresses, day_of(now)), now=now)


def due_stages(session: Session, organization_id: int, now: datetime) -> dict[int, int]:
    """For each certificate with something to tell, the stage."""
    own = CertificateRegistration.organization_id == organization_id
    lines = session.scalars(in_order(every_registration().where(own, in_state(CertificateState.EXPIRING, now)))).all()
    told = _told(session, organization_id)
    today = day_of(now)
    found = {
        line.certificate_id: due_stage(line.certificate.not_after, line.registered_at, told[line.certificate_id], today)
        for line in lines
    }
    return {certificate_id: stage for certificate_id, stage in found.items() if stage is not None}


def _told(session: Session, organization_id: int) -> defaultdict[int, list[int]]:
    told: defaultdict[int, list[int]] = defaultdict(list)
    here = CertificateNotice.organization_id == organization_id
    for notice in session.scalars(select(CertificateNotice).where(here)):
        told[notice.certificate_id].append(notice.days_before)
    return told


def _addresses(session: Session, of: Organization, desk_address: str) -> list[str]:
    """All contact managers (R2-4); of the operator's own certificates the reception desk is told."""
    if of.is_operator:
        return [desk_address] if desk_address else []
    return list(addresses_of_managers(session, of.id))


def _mails(of: Organization, addresses: Iterable[str], on: date) -> list[Queued]:
    occasion = f"{KIND}:{of.public_id}:{on.isoformat()}"
    return [
        Queued(KIND, occasion, address, about=of.public_id, organization_id=of.id, is_bulk=False)
        for address in addresses
    ]


def _note(
    session: Session, of: Organization, due: dict[int, int], addresses: list[str], by: Actor, now: datetime
) -> None:
    facts = {"days_before": sorted(set(due.values())), "certificates": len(due), "to": addresses}
    subject = f"organization:{of.public_id}"
    record(session, "certificate.end_told", subject, by=by, now=now, after=facts, organization_id=of.id)
