"""Requests as contact managers enter them, and the cast's rows."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.business_days import BusinessCalendar
from base.jst import start_of
from rights.codes import AskedRights
from rights.models import RightsRequest
from rights.request_rules import Entry
from rights.requests import enter_request
from tests import make

CALENDAR = BusinessCalendar()
HIGASHI_SYSTEMS = ("JOHS", "TAXIS", "JUJU", "LOACUS")


def at(day: date, hour: int = 10) -> datetime:
    """That hour of the day in Japan."""
    return start_of(day) + timedelta(hours=hour)


def entry(**changes: Any) -> Entry:
    facts: dict[str, Any] = {
        "contractor": "",
        "name_kanji": "北島 三郎",
        "name_kana": "キタジマ サブロウ",
        "login_id": "kitajima@higashi-gas.example",
        "asked": AskedRights(taxis="1011", johs="J1010"),
        "memo": "",
    }
    return Entry(**(facts | changes))


def acting(user: User) -> Actor:
    return Actor(user.login_id, user.id, user.organization_id)


def higashi(session: Session) -> Organization:
    return make.organization(session, "ひがしガス", systems=HIGASHI_SYSTEMS, kinds=("retailer", "shipper"))


def entered(session: Session, of: Organization, by: Actor, now: datetime, **changes: Any) -> RightsRequest:
    return enter_request(session, of, entry(**changes), by=by, now=now)
