"""Organizations, people, rights and certificates of the demo as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from auth.ca_queries import issuing_cas, known_cas
from auth.ca_registry import add_ca
from auth.credential_pairs import start_credentials
from auth.issuing_cas import IssuingCas
from auth.list_taking import judged, set_list_source
from auth.login_id import fold
from auth.models import Contractor, Organization, OrganizationKind, OrganizationSystem, User
from auth.registry import register_certificate, suspend_registration
from base.actors import COMMAND, Actor
from base.jst import day_of, start_of
from demo.authority import LIST_FILE, Authority, Issued, make_authority
from demo.organizations import (
    ORGANIZATIONS,
    PCS,
    PEOPLE,
    DemoOrganization,
    DemoPc,
    DemoPerson,
)
from rights.models import HeldRight

QUESTION = "first_pet"
NEW_ACCOUNT = timedelta(days=1)
CA_AGE = timedelta(days=900)
# The CA's key is gone once the demo is made: its list has to hold as long as somebody may look at it, whatever the clock says.
LIST_LIFE = timedelta(days=3650)
LOGIN_HOUR = timedelta(hours=9, minutes=12)


@dataclass(frozen=True, slots=True)
class Hashes:
    """Everybody has the same password and the same secret answer."""

    password: str
    answer: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    organizations: Mapping[str, Organization]
    people: Mapping[str, User]

    def actor(self, login_id: str) -> Actor:
        person = self.people[login_id]
        return Actor(person.login_id, person.id, person.organization_id)

    def systems_in_use(self, organization: str) -> frozenset[str]:
        return frozenset(use.system for use in self.organizations[organization].systems)


@dataclass(frozen=True, slots=True)
class Certificates:
    """`foreign` issued the certificate of another CA."""

    authority: Authority
    foreign: Authority
    issued: Mapping[str, Issued]

    def authority_of(self, pc: DemoPc) -> Authority:
        return self.authority if pc.is_ours else self.foreign


def issue_certificates(now: datetime) -> Certificates:
    ours = make_authority("Demo Client CA", not_before=now - CA_AGE)
    foreign = make_authority("Another CA", not_before=now - CA_AGE)
    issued = {
        pc.client: (ours if pc.is_ours else foreign).issue_client(
            f"{pc.client} {pc.age}", not_before=now - timedelta(days=pc.age)
        )
        for pc in PCS
    }
    return Certificates(ours, foreign, issued)


def revocation_list(certificates: Certificates, now: datetime) -> bytes:
    lost = {
        certificates.issued[pc.client].certificate.serial_number: now - timedelta(days=3) for pc in PCS if pc.is_listed
    }
    return certificates.authority.publish_list(lost, since=now - timedelta(days=1), until=now + LIST_LIFE)


def ask_for_list(session: Session, file: bytes, now: datetime) -> None:
    """The list lies beside the CA (R4-5)."""
    (row,) = known_cas(session)
    set_list_source(session, row, LIST_FILE, judged(file, row, now), by=COMMAND, now=now)


def enrol(session: Session, certificates: Certificates, hashes: Hashes, now: datetime) -> Enrolled:
    organizations = {each.name: _organization(session, each, now) for each in ORGANIZATIONS}
    people = {each.login_id: _person(session, each, organizations, hashes, now) for each in PEOPLE}
    # Since before the first PC.
    add_ca(session, certificates.authority.ca.der, by=COMMAND, now=now - CA_AGE)
    cas = issuing_cas(session)
    for pc in PCS:
        _register(session, pc, certificates.issued[pc.client], organizations, cas, now)
    return Enrolled(organizations, people)


def _organization(session: Session, facts: DemoOrganization, now: datetime) -> Organization:
    row = Organization(
        name=facts.name,
        is_operator=facts.is_operator,
        created_at=now - timedelta(days=facts.age),
        ended_at=None if facts.ended is None else now - timedelta(days=facts.ended),
    )
    row.systems = [OrganizationSystem(system=system) for system in facts.systems]
    row.kinds = [OrganizationKind(kind=kind) for kind in facts.kinds]
    row.contractors = [Contractor(name=name) for name in facts.contractors]
    session.add(row)
    session.flush()
    return row


def _person(
    session: Session, facts: DemoPerson, organizations: Mapping[str, Organization], hashes: Hashes, now: datetime
) -> User:
    of = organizations[facts.organization]
    contractor = next((each for each in of.contractors if each.name == facts.contractor), None)
    row = User(
        organization_id=of.id,
        contractor_id=contractor.id if contractor else None,
        name_kanji=facts.kanji,
        name_kana=facts.kana,
        login_id=facts.login_id,
        login_id_folded=fold(facts.login_id),
        staff_role=facts.staff_role,
        contact_role=facts.contact_role,
        password_hash=hashes.password if facts.has_credentials else None,
        secret_question=QUESTION if facts.has_credentials else None,
        secret_answer_hash=hashes.answer if facts.has_credentials else None,
        password_set_at=now - timedelta(days=facts.password_age) if facts.has_credentials else None,
        locked_at=now - timedelta(days=2) if facts.is_locked else None,
        lock_reason="password" if facts.is_locked else None,
        wrong_passwords=5 if facts.is_locked else 0,
        created_at=of.created_at + timedelta(days=1) if facts.has_credentials else now - NEW_ACCOUNT,
    )
    _note_last_login(row, facts, now)
    session.add(row)
    session.flush()
    for system, code in facts.rights.items():
        session.add(_right(row, of, system, code))
    return row


def _note_last_login(row: User, facts: DemoPerson, now: datetime) -> None:
    if facts.last_login is None:
        return
    morning = start_of(day_of(now) - timedelta(days=facts.last_login)) + LOGIN_HOUR
    row.last_login_at = min(morning, now - timedelta(minutes=40))
    row.last_login_pc = next(pc.pc_name for pc in PCS if pc.client == facts.client)


def _right(row: User, of: Organization, system: str, code: str) -> HeldRight:
    from_at = start_of(day_of(row.created_at))
    until_at = start_of(day_of(of.ended_at)) if of.ended_at else None
    return HeldRight(user_id=row.id, system=system, code=code, from_at=from_at, until_at=until_at)


def _register(
    session: Session,
    pc: DemoPc,
    issued: Issued,
    organizations: Mapping[str, Organization],
    cas: IssuingCas,
    now: datetime,
) -> None:
    for name in pc.organizations:
        of = organizations[name]
        # Registered while it was valid, also where it no longer is.
        at = max(now - timedelta(days=pc.age - 10), of.created_at)
        registration = register_certificate(session, issued.der, of, pc.pc_name, cas, by=COMMAND, now=at)
        if pc.is_suspended:
            at, reason = now - timedelta(days=4), "PCを紛失したとの連絡を受けたため"
            suspend_registration(registration, session=session, by=COMMAND, now=at, reason=reason)


def invite(session: Session, enrolled: Enrolled, now: datetime) -> None:
    """Whoever has no credentials yet gets the two mails: one in the inbox by now, one held until its PC is registered (R6-1)."""
    for facts in PEOPLE:
        if not facts.has_credentials:
            start_credentials(session, enrolled.people[facts.login_id], by=COMMAND, now=now)
