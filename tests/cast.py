"""The people of every test: Higashi (insider), Nishi (outsider), staff."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from auth.ca_queries import issuing_cas
from auth.models import Organization
from auth.registry import register_certificate
from base.actors import COMMAND
from demo.authority import Authority, Issued
from tests import make
from tests.certificates import ISSUED_AT, NOW, authority

HIGASHI_SYSTEMS = ("JOHS", "TAXIS", "JUJU", "LOACUS")
STAFF_PC = "受付PC-01"


@dataclass(frozen=True, slots=True)
class Person:
    """Plain values, so that they outlive the session that made them."""

    user_id: int
    public_id: str
    login_id: str
    name: str
    organization_id: int
    client: Issued


@dataclass(frozen=True, slots=True)
class Cast:
    """`higashi_manager`, `higashi_reader`, `higashi_johs_only`, `higashi_contractor` against `nishi_manager`, `nishi_reader`; staff."""

    higashi_manager: Person
    higashi_deputy: Person
    higashi_reader: Person
    higashi_johs_only: Person
    higashi_contractor: Person
    nishi_manager: Person
    nishi_reader: Person
    minato_manager: Person
    reception: Person
    reception_two: Person
    operations: Person
    administrator: Person


def make_cast(session: Session, issuer: Authority | None = None, now: datetime = NOW) -> Cast:
    """`issuer`: whose certificates they have, in a journey under the real clock."""
    issuer = issuer or authority()
    make.issuing_ca(session, issuer, now=now)
    cas = issuing_cas(session)
    operator = make.organization(session, "みなみ都市ガスネットワーク", is_operator=True)
    higashi = make.organization(session, "ひがしガス株式会社", systems=HIGASHI_SYSTEMS, kinds=("retailer", "shipper"))
    nishi = make.organization(session, "にしガス株式会社", systems=("JOHS",), kinds=("retailer",))
    minato = make.organization(session, "みなと製造株式会社", systems=("LOACUS",), kinds=("producer",))
    service = make.contractor(session, higashi, "ひがしガスサービス株式会社")
    everyone = (operator, higashi, nishi, minato)
    clients = {of.id: issuer.issue_client(f"pc-{of.id}", not_before=now - timedelta(days=1)) for of in everyone}
    for of in everyone:
        pc_name = STAFF_PC if of is operator else "PC-03"
        register_certificate(session, clients[of.id].der, of, pc_name, cas, by=COMMAND, now=now)

    def person(of: Organization, login_id: str, name: str, **facts: Any) -> Person:
        row = make.user(session, of, login_id, name=name, created_at=now - (NOW - ISSUED_AT), **facts)
        return Person(row.id, row.public_id, row.login_id, row.name_kanji, of.id, clients[of.id])

    all_rights = {"TAXIS": "1011", "JOHS": "J1010", "JUJU": "yes", "LOACUS": "02010"}
    return Cast(
        higashi_manager=person(
            higashi, "higashino@higashi-gas.example", "東野 花子", contact_role="primary", rights=all_rights
        ),
        higashi_deputy=person(higashi, "azuma@higashi-gas.example", "東 健", contact_role="deputy"),
        higashi_reader=person(higashi, "minami@higashi-gas.example", "南 次郎", rights=all_rights),
        higashi_johs_only=person(higashi, "kita@higashi-gas.example", "北 三郎", rights={"JOHS": "J1010"}),
        higashi_contractor=person(
            higashi, "itaku@higashi-service.example", "委託 四郎", rights={"JUJU": "yes"}, contractor_id=service.id
        ),
        nishi_manager=person(nishi, "nishikawa@nishi-gas.example", "西川 一郎", contact_role="primary"),
        nishi_reader=person(nishi, "nishida@nishi-gas.example", "西田 五郎", rights={"JOHS": "J1010"}),
        minato_manager=person(
            minato, "minato@minato.example", "港 良太", contact_role="primary", rights={"LOACUS": "03010"}
        ),
        reception=person(operator, "uketsuke@minami-network.example", "受付 良子", staff_role="reception"),
        reception_two=person(operator, "uketsuke2@minami-network.example", "受付 進", staff_role="reception"),
        operations=person(operator, "unei@minami-network.example", "運営 守", staff_role="operations"),
        administrator=person(operator, "kanri@minami-network.example", "管理 正", staff_role="administrator"),
    )
