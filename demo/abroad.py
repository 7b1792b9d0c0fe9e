"""Where the demo's addresses are, who may come from abroad, and who was turned away; all of documentation's networks (R2-8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import AllowedAddress, BlockedAccess, Certificate, CertificateRegistration
from base.jst import day_of
from demo.enrolment import Enrolled
from demo.folder import DemoFolder
from demo.organizations import ASAHI, HIGASHI, NISHI

ADMINISTRATOR = "h.sonobe@minami-network.example"
# 192.0.2.0/24 Japan, 198.51.100.0/24 USA, 203.0.113.0/24 Germany.
COUNTRIES = "3221225984,3221226239,JP\n3325256704,3325256959,US\n3405803776,3405804031,DE\n"


@dataclass(frozen=True, slots=True)
class DemoAllowed:
    """`age` and `due` in days: added so long ago, to be reviewed in so many."""

    organization: str
    network: str
    reason: str
    age: int
    due: int


@dataclass(frozen=True, slots=True)
class DemoBlocked:
    organization: str | None
    address: str
    country: str
    age: int
    count: int


ALLOWED = (
    DemoAllowed(
        HIGASHI,
        "198.51.100.16/29",
        "米国の親会社にある検針センターでの料金確認。拠点の出口は固定、PCは社内管理。",
        372,
        -7,
    ),
    DemoAllowed(ASAHI, "2001:db8:20:1::/64", "独国の開発拠点でのデータ確認。VPN装置の出口は固定。", 345, 20),
    DemoAllowed(NISHI, "203.0.113.40/32", "海外出張者用の固定回線。", 40, 325),
)
BLOCKED = (
    DemoBlocked(HIGASHI, "198.51.100.201", "US", 0, 14),
    DemoBlocked(None, "203.0.113.9", "DE", 0, 3120),
    DemoBlocked(NISHI, "203.0.113.77", "DE", 1, 2),
    DemoBlocked(None, "2001:db8:ffff::15", "", 1, 41),
)


def write_countries(folder: DemoFolder) -> None:
    if not folder.countries.exists():
        folder.countries.parent.mkdir(parents=True, exist_ok=True)
        folder.countries.write_text(COUNTRIES, encoding="ascii")


def note_foreigners(session: Session, enrolled: Enrolled, now: datetime) -> None:
    for allowed in ALLOWED:
        session.add(_allowed(allowed, enrolled, now))
    for blocked in BLOCKED:
        session.add(_blocked(session, blocked, enrolled, now))


def _allowed(facts: DemoAllowed, enrolled: Enrolled, now: datetime) -> AllowedAddress:
    by = enrolled.people[ADMINISTRATOR]
    return AllowedAddress(
        organization_id=enrolled.organizations[facts.organization].id,
        network=facts.network,
        reason=facts.reason,
        approver=by.name_kanji,
        review_on=day_of(now) + timedelta(days=facts.due),
        added_at=now - timedelta(days=facts.age),
        added_by_id=by.id,
    )


def _blocked(session: Session, facts: DemoBlocked, enrolled: Enrolled, now: datetime) -> BlockedAccess:
    of = enrolled.organizations[facts.organization].id if facts.organization else None
    at = now - timedelta(days=facts.age, minutes=25)
    return BlockedAccess(
        day=day_of(at),
        address=facts.address,
        fingerprint=_certificate_of(session, of) if of else "",
        country=facts.country,
        organization_id=of,
        first_at=at - timedelta(minutes=3),
        last_at=at,
        count=facts.count,
    )


def _certificate_of(session: Session, organization_id: int) -> str:
    registered = select(Certificate.fingerprint).join(Certificate.registrations)
    return session.scalars(registered.where(CertificateRegistration.organization_id == organization_id).limit(1)).one()
