"""What ひがしガス has asked for about its people: a change that waits for its processing date, and a move to another ID."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from base.business_days import BusinessCalendar
from base.jst import day_of, start_of
from demo.enrolment import Enrolled
from demo.organizations import HIGASHI
from demo.texts import business_days_before
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights
from rights.id_changes import enter_id_change
from rights.request_rules import Entry

MANAGER = "h.azuma@higashi-gas.example"
CHANGING = "j.morita@higashi-gas.example"
MOVING, NEW_ID = "r.takagi@higashi-gas.example", "rie.takagi@higashi-gas.example"
MORNING = timedelta(hours=10)


def ask_about_people(session: Session, enrolled: Enrolled, calendar: BusinessCalendar, now: datetime) -> None:
    by, organization = enrolled.actor(MANAGER), enrolled.organizations[HIGASHI]
    at = start_of(business_days_before(day_of(now), 1, calendar)) + MORNING
    wanted = Wanted(AskedRights(loacus="02011"), "照会だけの担当に替わるため")
    enter_change(session, organization, enrolled.people[CHANGING], wanted, calendar, by=by, now=at)
    person = enrolled.people[MOVING]
    entry = Entry("", person.name_kanji, person.name_kana, NEW_ID, AskedRights(), "メールアドレスの変更にともない")
    enter_id_change(session, organization, person, entry, by=by, now=at)
