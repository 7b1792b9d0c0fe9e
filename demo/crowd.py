"""`SIZE=large`: as many organizations and people as the product is made for, around the demo's own. All of it is invented."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from auth.models import Organization, OrganizationKind, OrganizationSystem, User
from base.identifiers import public_id
from base.mail_address import folded
from content.models import ContactAddress
from demo.enrolment import Hashes
from rights.models import HeldRight

ORGANIZATIONS = 300
PEOPLE_EACH = 20
BATCH = 500

PLACES = (
    "あけぼの",
    "いずみ",
    "うしお",
    "おおぞら",
    "かすみ",
    "きりしま",
    "くすのき",
    "こだま",
    "さざなみ",
    "しらかば",
)
TRADES = ("ガス株式会社", "エナジー株式会社", "都市ガス販売株式会社", "ライフ株式会社", "燃料株式会社")
FAMILY = (("相川", "アイカワ"), ("井原", "イハラ"), ("上野", "ウエノ"), ("江口", "エグチ"), ("大竹", "オオタケ"))
GIVEN = (("明", "アキラ"), ("恵", "メグミ"), ("修", "オサム"), ("直美", "ナオミ"), ("健", "ケン"), ("由紀", "ユキ"))
SYSTEMS = (("TAXIS", "JOHS", "JUJU", "LOACUS"), ("TAXIS", "JOHS"), ("JOHS",), ("TAXIS", "JOHS", "LOACUS"), ("LOACUS",))
CODES = {"TAXIS": ("1010", "1011", "1012"), "JOHS": ("J1010",), "JUJU": ("yes",), "LOACUS": ("02010", "02011")}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Rows without an organization of the demo's own; each person's ID tells organization and number."""

    organizations: Sequence[Organization]
    hashes: Hashes
    now: datetime

    def people(self) -> Iterator[dict[str, Any]]:
        count = len(self.organizations)
        for number in range(count * PEOPLE_EACH):
            of, place = self.organizations[number % count], number // count
            (family, family_kana), (given, given_kana) = FAMILY[number % len(FAMILY)], GIVEN[place % len(GIVEN)]
            login_id = f"person{place + 1:02}@{domain(number % count)}"
            yield {
                "public_id": public_id(),
                "organization_id": of.id,
                "name_kanji": f"{family} {given}",
                "name_kana": f"{family_kana} {given_kana}",
                "login_id": login_id,
                "login_id_folded": login_id,
                "contact_role": {0: "primary", 1: "deputy"}.get(place),
                "password_hash": self.hashes.password,
                "password_set_at": self.now - timedelta(days=number % 150),
                "last_login_at": self.now - timedelta(days=number % 110, minutes=number % 600),
                "last_login_pc": f"PC-{place + 1:02}",
                "created_at": of.created_at,
                "issued_at": of.created_at,
            }


def domain(number: int) -> str:
    return f"org{number + 1:03}.example"


def add_crowd(
    session: Session, author_id: int, hashes: Hashes, progress: Progress, now: datetime, count: int = ORGANIZATIONS
) -> None:
    organizations = [_organization(session, number, now) for number in range(count)]
    session.flush()
    progress("organizations", count, count)
    crowd = Crowd(organizations, hashes, now)
    _in_batches(session, User, list(crowd.people()), "people", progress)
    _in_batches(session, HeldRight, list(_rights(session, organizations)), "rights", progress)
    addresses = list(_addresses(session, organizations, author_id, now))
    _in_batches(session, ContactAddress, addresses, "contact addresses", progress)


def _organization(session: Session, number: int, now: datetime) -> Organization:
    name = f"{PLACES[number % len(PLACES)]}{TRADES[number // len(PLACES) % len(TRADES)]}"
    row = Organization(name=f"{name} 第{number + 1}", is_operator=False, created_at=now - timedelta(days=300 + number))
    systems = SYSTEMS[number % len(SYSTEMS)]
    row.systems = [OrganizationSystem(system=system) for system in systems]
    row.kinds = [OrganizationKind(kind=kind) for kind in ("retailer", "shipper")]
    session.add(row)
    return row


def _crowd_of(session: Session, organizations: Sequence[Organization]) -> Sequence[User]:
    ids = [each.id for each in organizations]
    return session.scalars(select(User).where(User.organization_id.in_(ids)).order_by(User.id)).all()


def _rights(session: Session, organizations: Sequence[Organization]) -> Iterator[dict[str, Any]]:
    """Everybody holds a right in the first of the organization's systems, every third person in all of them."""
    systems = {each.id: [row.system for row in each.systems] for each in organizations}
    for number, person in enumerate(_crowd_of(session, organizations)):
        own = systems[person.organization_id]
        for system in own if number % 3 == 0 else own[:1]:
            code = CODES[system][number % len(CODES[system])]
            yield {"user_id": person.id, "system": system, "code": code, "from_at": person.created_at}


def _addresses(
    session: Session, organizations: Sequence[Organization], by_id: int, now: datetime
) -> Iterator[dict[str, Any]]:
    """Of every contact manager; each twentieth has not verified it yet."""
    managers = (each for each in _crowd_of(session, organizations) if each.contact_role)
    for number, person in enumerate(managers):
        is_verified = number % 20 != 0
        yield {
            "public_id": public_id(),
            "organization_id": person.organization_id,
            "person_name": person.name_kanji,
            "address": person.login_id,
            "address_folded": folded(person.login_id),
            "registered_at": person.created_at,
            "registered_by_id": by_id,
            "link_sent_at": now - timedelta(days=3),
            "verified_at": person.created_at + timedelta(days=1) if is_verified else None,
            "verified_by_id": person.id if is_verified else None,
        }


def _in_batches(
    session: Session, model: type[Any], rows: Sequence[dict[str, Any]], what: str, progress: Progress
) -> None:
    for start in range(0, len(rows), BATCH):
        session.execute(insert(model), rows[start : start + BATCH])
        progress(what, min(start + BATCH, len(rows)), len(rows))
