"""What lies on the reception center's desk: contact addresses and requests in several states."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from base.business_days import BusinessCalendar
from base.jst import day_of, start_of
from base.outbox import Mail
from content.addresses.addresses import occasion_of, register_address
from content.models import ContactAddress
from demo.enrolment import Enrolled
from demo.organizations import ASAHI, HIGASHI, HIGASHI_SERVICE, MINATO, NISHI
from demo.texts import business_days_before
from rights.codes import AskedRights
from rights.models import RightsRequest
from rights.request_rules import Entry
from rights.requests import accept_request, cancel_request, enter_request, withdraw_request

RECEPTION = "k.okuda@minami-network.example"
MORNING = timedelta(hours=10, minutes=5)
AFTERNOON = timedelta(hours=14, minutes=20)


@dataclass(frozen=True, slots=True)
class DemoAddress:
    """`age` and `verified_after` in days; neither verified nor new, it has expired."""

    organization: str
    person_name: str
    address: str
    age: int
    verified_after: int | None = None


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """`age` in business days. `step` is how far it got: entered, accepted, cancelled or withdrawn."""

    organization: str
    entered_by: str
    entry: Entry
    age: int
    step: str
    contractor: str | None = None


ADDRESSES = (
    DemoAddress(HIGASHI, "東 花子", "h.azuma@higashi-gas.example", 400, verified_after=1),
    DemoAddress(HIGASHI, "託送窓口", "takusou-madoguchi@higashi-gas.example", 90, verified_after=3),
    DemoAddress(HIGASHI, "沢田 浩二", "k.sawada@higashi-gas.example", 0),
    DemoAddress(NISHI, "西川 一郎", "i.nishikawa@nishi-gas.example", 380, verified_after=0),
    DemoAddress(NISHI, "浜野 絵里", "e.hamano@nishi-gas.example", 12),
    DemoAddress(MINATO, "港 良太", "r.minato@minato-seizo.example", 350, verified_after=2),
    DemoAddress(ASAHI, "朝倉 美咲", "m.asakura@asahi-energy.example", 300, verified_after=1),
    DemoAddress(ASAHI, "日野 徹", "t.hino@asahi-energy.example", 1),
)

REQUESTS = (
    DemoRequest(
        HIGASHI,
        "h.azuma@higashi-gas.example",
        Entry(
            "", "柴田 望", "シバタ ノゾミ", "n.shibata@higashi-gas.example", AskedRights("1011", "J1010", None, None)
        ),
        age=11,
        step="accepted",
    ),
    DemoRequest(
        HIGASHI,
        "k.sawada@higashi-gas.example",
        Entry("", "堀 亜希子", "ホリ アキコ", "a.hori@higashi-gas.example", AskedRights("1010", None, None, "02011")),
        age=6,
        step="accepted",
    ),
    DemoRequest(
        NISHI,
        "i.nishikawa@nishi-gas.example",
        Entry("", "久野 拓海", "クノ タクミ", "t.kuno@nishi-gas.example", AskedRights(None, "J1010", None, None)),
        age=5,
        step="cancelled",
    ),
    DemoRequest(
        ASAHI,
        "m.asakura@asahi-energy.example",
        Entry("", "平井 優", "ヒライ ユウ", "y.hirai@asahi-energy.example", AskedRights("1012", None, None, None)),
        age=4,
        step="withdrawn",
    ),
    DemoRequest(
        MINATO,
        "r.minato@minato-seizo.example",
        Entry("", "大谷 玲", "オオタニ レイ", "r.otani@minato-seizo.example", AskedRights(None, None, None, "03010")),
        age=2,
        step="entered",
    ),
    DemoRequest(
        HIGASHI,
        "h.azuma@higashi-gas.example",
        Entry(
            "",
            "三田 悠斗",
            "ミタ ユウト",
            "y.mita@higashi-service.example",
            AskedRights(None, None, "yes", None),
            "保安調査の増員のため、担当者を1名追加します。",
        ),
        age=1,
        step="entered",
        contractor=HIGASHI_SERVICE,
    ),
    DemoRequest(
        ASAHI,
        "t.hino@asahi-energy.example",
        Entry(
            "", "小泉 華", "コイズミ ハナ", "h.koizumi@asahi-energy.example", AskedRights("1011", "J1010", None, None)
        ),
        age=1,
        step="entered",
    ),
)


def register_addresses(session: Session, enrolled: Enrolled, now: datetime) -> None:
    by = enrolled.actor(RECEPTION)
    for facts in ADDRESSES:
        at = now - timedelta(days=facts.age, minutes=4)
        organization = enrolled.organizations[facts.organization]
        row = register_address(
            session, organization, person_name=facts.person_name, address=facts.address, by=by, now=at
        )
        if facts.verified_after is not None:
            _note_link_sent(session, row, at)
            row.verified_at = at + timedelta(days=facts.verified_after, minutes=50)
            row.verified_by_id = _primary_of(enrolled, facts.organization)
        elif facts.age > 1:
            _note_link_sent(session, row, at)


def _note_link_sent(session: Session, row: ContactAddress, at: datetime) -> None:
    """The worker sent this one long ago."""
    row.link_sent_at = at + timedelta(seconds=2)
    sent = {"state": "sent", "tries": 1, "claimed_at": at, "sent_at": row.link_sent_at}
    session.execute(update(Mail).where(Mail.occasion == occasion_of(row)).values(sent))


def _primary_of(enrolled: Enrolled, organization: str) -> int:
    of = enrolled.organizations[organization].id
    return next(
        person.id
        for person in enrolled.people.values()
        if person.organization_id == of and person.contact_role == "primary"
    )


def enter_requests(session: Session, enrolled: Enrolled, calendar: BusinessCalendar, now: datetime) -> None:
    for facts in REQUESTS:
        entered_on = business_days_before(day_of(now), facts.age, calendar)
        organization = enrolled.organizations[facts.organization]
        request = enter_request(
            session,
            organization,
            _with_contractor(facts, enrolled),
            by=enrolled.actor(facts.entered_by),
            now=start_of(entered_on) + MORNING,
        )
        _go_on(session, facts, request, enrolled, calendar, entered_on)


def _with_contractor(facts: DemoRequest, enrolled: Enrolled) -> Entry:
    organization = enrolled.organizations[facts.organization]
    found = [each.public_id for each in organization.contractors if each.name == facts.contractor]
    return replace(facts.entry, contractor=found[0] if found else "")


def _go_on(
    session: Session,
    facts: DemoRequest,
    request: RightsRequest,
    enrolled: Enrolled,
    calendar: BusinessCalendar,
    entered_on: date,
) -> None:
    reception, at = enrolled.actor(RECEPTION), start_of(calendar.next_business_day(entered_on)) + AFTERNOON
    if facts.step == "accepted":
        accept_request(session, request, calendar, by=reception, now=at)
    elif facts.step == "withdrawn":
        withdraw_request(session, request, by=enrolled.actor(facts.entered_by), now=start_of(entered_on) + AFTERNOON)
    elif facts.step == "cancelled":
        reason = "メールアドレスのドメインに誤りがあるため、正しいアドレスで申請し直していただくことになりました。"
        phoned_at = at - timedelta(minutes=25)
        cancel_request(session, request, reason, "西川 一郎", phoned_at, by=reception, now=at)
