"""Who stands behind a request: one query joins certificate, session, person, organization, rights and page versions."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self

from sqlalchemy import ColumnElement, Engine, ScalarSelect, Select, and_, bindparam, case, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from auth.certificate_rules import RegisteredFacts
from auth.models import (
    Certificate,
    CertificateRegistration,
    IssuingCa,
    LoginSession,
    Organization,
    OrganizationSystem,
    RevokedSerial,
    User,
)
from auth.permissions import permissions_of
from auth.viewer import Viewer
from base.db import Moment, joined
from base.hot_query import HotQuery

MOST_KEPT = 4096
NOW = bindparam("now", type_=Moment())


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Seconds without a request, and seconds altogether (B5); whether an outdated revocation list ends what it can't tell (R4-5)."""

    idle: int
    life: int
    are_stale_lists_closed: bool = True

    def lapse(self, begun_at: datetime, seen_at: datetime, now: datetime) -> "Lapse | None":
        if now - seen_at >= timedelta(seconds=self.idle):
            return Lapse.IDLE
        return Lapse.TOO_LONG if now - begun_at >= timedelta(seconds=self.life) else None


@dataclass(frozen=True, slots=True)
class UpperFloors:
    """What the floors above add to the query: comma-joined texts and a count, correlated to `User` or to nothing."""

    held_systems: ScalarSelect[Any]
    page_versions: ScalarSelect[Any]
    reads: ScalarSelect[Any]


class Lapse(StrEnum):
    """Why a session that nobody ended serves no longer (B3 to B5)."""

    IDLE = "idle"
    TOO_LONG = "too long"
    OTHER_CERTIFICATE = "another certificate"
    LOCKED = "account locked"
    DELETED = "account deleted"
    ORGANIZATION_ENDED = "organization ended"
    NOT_REGISTERED = "certificate not registered for the organization"
    NO_RIGHT = "no right left"


@dataclass(frozen=True, slots=True)
class Identity:
    """`registered`: None for an unknown certificate. `session_hash`: of a session that nobody ended; `lapse`: why it serves no longer."""

    registered: RegisteredFacts | None
    certificate_id: int | None
    viewer: Viewer | None
    session_hash: str | None
    seen_at: datetime | None
    lapse: Lapse | None


@lru_cache(maxsize=MOST_KEPT)
def hash_of(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def _registrations() -> tuple[ScalarSelect[Any], ...]:
    """How many the certificate has, how many of them aren't suspended, how many of those serve an active organization."""
    registered = CertificateRegistration.__table__
    serving = Organization.__table__.alias("serving")
    here = select(func.count()).select_from(registered).where(registered.c.certificate_id == Certificate.id)
    unsuspended = here.where(registered.c.suspended_at.is_(None))
    active = (
        select(func.count())
        .select_from(registered.join(serving, serving.c.id == registered.c.organization_id))
        .where(registered.c.certificate_id == Certificate.id, registered.c.suspended_at.is_(None))
        .where(serving.c.ended_at.is_(None))
    )
    return tuple(part.correlate(Certificate).scalar_subquery() for part in (here, unsuspended, active))


def _is_listed(ca_id: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Does the CA's revocation list name the certificate (A12)? One look by the key of a line, however long the list is."""
    line = exists().where(RevokedSerial.issuing_ca_id == ca_id, RevokedSerial.serial == Certificate.serial)
    return case((line.correlate(Certificate, IssuingCa), 1), else_=0)


def _list_until() -> ColumnElement[Any]:
    """Until when the CA's list holds (R4-5); None where none is asked for. One that was never read has run out long ago."""
    return case((IssuingCa.list_source != "", func.coalesce(IssuingCa.list_until, IssuingCa.added_at)))


def _unclaimed_query() -> Select[Any]:
    """For a certificate registered before its CA was a row: it goes by the name, by all of that name."""
    columns = (_is_listed(IssuingCa.id).label("is_listed"), _list_until().label("list_until"))
    by_name = select(*columns).join(Certificate, IssuingCa.subject == Certificate.issuer)
    return by_name.where(Certificate.id == bindparam("certificate_id"))


UNCLAIMED = _unclaimed_query()


def _systems_in_use() -> ScalarSelect[Any]:
    of_organization = OrganizationSystem.organization_id == Organization.id
    return select(joined(OrganizationSystem.system)).where(of_organization).scalar_subquery()


def identity_query(above: UpperFloors) -> Select[Any]:
    registrations, unsuspended, active = _registrations()
    own = CertificateRegistration.__table__.alias("own_registration")
    is_own = and_(own.c.certificate_id == Certificate.id, own.c.organization_id == User.organization_id)
    return (
        select(
            Certificate.id.label("certificate_id"),
            Certificate.fingerprint,
            Certificate.revoked_at,
            registrations.label("registrations"),
            unsuspended.label("unsuspended"),
            active.label("active"),
            Certificate.issuing_ca_id,
            _is_listed(Certificate.issuing_ca_id).label("is_listed"),
            _list_until().label("list_until"),
            LoginSession.id_hash,
            LoginSession.certificate_id.label("session_certificate_id"),
            LoginSession.begun_at,
            LoginSession.seen_at,
            LoginSession.ended_at.label("session_ended_at"),
            LoginSession.previous_login_at,
            LoginSession.previous_login_pc,
            User.id.label("user_id"),
            User.public_id,
            User.name_kanji,
            User.login_id,
            User.language,
            User.contact_role,
            User.staff_role,
            User.password_set_at,
            User.locked_at,
            User.deleted_at,
            Organization.id.label("organization_id"),
            Organization.name.label("organization_name"),
            Organization.ended_at.label("organization_ended_at"),
            own.c.pc_name,
            case((own.c.certificate_id.is_not(None) & own.c.suspended_at.is_(None), 1), else_=0).label("is_own"),
            _systems_in_use().label("systems_in_use"),
            above.held_systems.label("held_systems"),
            above.page_versions.label("page_versions"),
            above.reads.label("reads"),
        )
        .select_from(Certificate)
        .outerjoin(IssuingCa, IssuingCa.id == Certificate.issuing_ca_id)
        .outerjoin(LoginSession, LoginSession.id_hash == bindparam("id_hash"))
        .outerjoin(User, User.id == LoginSession.user_id)
        .outerjoin(Organization, Organization.id == User.organization_id)
        .outerjoin(own, is_own)
        .where(Certificate.fingerprint == bindparam("fingerprint"))
    )


def _set_of(joined: str | None) -> frozenset[str]:
    return frozenset(joined.split(",")) if joined else frozenset()


def may_enter(held_systems: frozenset[str], contact_role: str | None, staff_role: str | None) -> bool:
    """R7-3: the site is for holders of any right, contact managers and staff."""
    return bool(held_systems) or contact_role is not None or staff_role is not None


def _lapse(row: Any) -> Lapse | None:
    """Whatever no time has to tell."""
    reasons = (
        (Lapse.OTHER_CERTIFICATE, row.session_certificate_id != row.certificate_id),
        (Lapse.LOCKED, row.locked_at is not None),
        (Lapse.DELETED, row.deleted_at is not None),
        (Lapse.ORGANIZATION_ENDED, row.organization_ended_at is not None),
        (Lapse.NOT_REGISTERED, not row.is_own),
        (Lapse.NO_RIGHT, not may_enter(_set_of(row.held_systems), row.contact_role, row.staff_role)),
    )
    return next((lapse for lapse, is_so in reasons if is_so), None)


def _viewer(row: Any, unlock_roles: frozenset[str]) -> Viewer:
    return Viewer(
        user_id=row.user_id,
        public_id=row.public_id,
        name=row.name_kanji,
        login_id=row.login_id,
        language=row.language,
        organization_id=row.organization_id,
        organization_name=row.organization_name,
        contact_role=row.contact_role,
        staff_role=row.staff_role,
        permissions=permissions_of(row.staff_role, unlock_roles),
        systems_in_use=_set_of(row.systems_in_use),
        held_systems=_set_of(row.held_systems),
        page_versions=row.page_versions or "",
        session_hash=row.id_hash,
        fingerprint=row.fingerprint,
        pc_name=row.pc_name,
        previous_login_at=row.previous_login_at,
        previous_login_pc=row.previous_login_pc,
        reads=row.reads or 0,
        password_set_at=row.password_set_at,
    )


def _registered(row: Any) -> RegisteredFacts | None:
    if not row.registrations:
        return None
    is_revoked = row.revoked_at is not None or row.is_listed > 0
    return RegisteredFacts(row.fingerprint, is_revoked, row.unsuspended == 0, row.active > 0)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a row says whatever the time is: `now` has a part in its rights already, and decides about the limits still."""

    identity: Identity
    begun_at: datetime | None
    list_until: datetime | None
    is_claimed: bool

    def by_name(self, lists: Sequence[tuple[int, datetime | None]]) -> Self:
        """With what the lists of all CAs of that name say."""
        if self.identity.registered is None:
            return self
        is_revoked = self.identity.registered.is_revoked or any(is_listed for is_listed, _ in lists)
        registered = replace(self.identity.registered, is_revoked=is_revoked)
        until = min((until for _, until in lists if until is not None), default=None)
        return replace(self, identity=replace(self.identity, registered=registered), list_until=until)

    def at(self, now: datetime, limits: SessionLimits) -> Identity:
        known = self._within_limits(now, limits)
        if self.list_until is None or now < self.list_until or known.registered is None:
            return known
        return replace(known, registered=replace(known.registered, is_list_stale=limits.are_stale_lists_closed))

    def _within_limits(self, now: datetime, limits: SessionLimits) -> Identity:
        seen_at, begun_at = self.identity.seen_at, self.begun_at
        if seen_at is None or begun_at is None:
            return self.identity
        lapse = limits.lapse(begun_at, seen_at, now)
        return replace(self.identity, lapse=lapse, viewer=None) if lapse else self.identity


def _known(row: Any, unlock_roles: frozenset[str]) -> _Known:
    registered, is_claimed = _registered(row), row.issuing_ca_id is not None
    if row.id_hash is None or row.session_ended_at is not None:
        identity = Identity(registered, row.certificate_id, None, None, None, None)
        return _Known(identity, None, row.list_until, is_claimed)
    lapse = _lapse(row)
    viewer = None if lapse else _viewer(row, unlock_roles)
    identity = Identity(registered, row.certificate_id, viewer, row.id_hash, row.seen_at, lapse)
    return _Known(identity, row.begun_at, row.list_until, is_claimed)


def _with_unknown_certificate(engine: Engine, id_hash: str) -> Identity:
    """A cookie beside a certificate that nobody knows is as foreign as beside a known one (A19)."""
    is_open = (LoginSession.id_hash == id_hash, LoginSession.ended_at.is_(None))
    with engine.connect() as connection:
        found = connection.scalar(select(LoginSession.id_hash).where(*is_open)) if id_hash else None
    return Identity(None, None, None, found, None, Lapse.OTHER_CERTIFICATE if found else None)


def _lists_by_name(engine: Engine, certificate_id: int | None) -> list[tuple[int, datetime | None]]:
    with engine.connect() as connection:
        rows = connection.execute(UNCLAIMED, {"certificate_id": certificate_id})
        return [(row.is_listed, row.list_until) for row in rows]


def identity_reader(
    above: UpperFloors, limits: SessionLimits, unlock_roles: frozenset[str]
) -> Callable[[Engine, str, str | None, datetime], Identity]:
    """The row is read at every request; what an equal row says is known already."""
    query = HotQuery(identity_query(above))
    known = lru_cache(MOST_KEPT)(lambda raw: _known(query.read(raw), unlock_roles))

    def read(engine: Engine, fingerprint: str, session_id: str | None, now: datetime) -> Identity:
        id_hash = hash_of(session_id) if session_id else ""
        raw = query.first(engine, {"fingerprint": fingerprint, "id_hash": id_hash, "now": now})
        if not raw:
            return _with_unknown_certificate(engine, id_hash)
        found = known(raw)
        if not found.is_claimed:
            found = found.by_name(_lists_by_name(engine, found.identity.certificate_id))
        return found.at(now, limits)

    return read
