"""Requests brought to where a test begins."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import WORKER, Actor
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from rights.codes import AskedRights
from rights.models import RightsRequest
from rights.processing.run import carry_out
from rights.request_mails import request_composers
from rights.requests import accept_request
from rights.starting_mails import starting_composer
from rights.starting_news import KIND as RIGHTS_START
from tests.rights.entries import CALENDAR, at, entered
from tests.settings import BASE_URL, OPERATOR

ENTERED, ACCEPTED, M = date(2018, 12, 13), date(2018, 12, 14), date(2018, 12, 17)
COMPOSERS = request_composers(BASE_URL, OPERATOR) | {RIGHTS_START: starting_composer(BASE_URL, OPERATOR)}


def accepted(
    session: Session, of: Organization, manager: Actor, center: Actor, asked: AskedRights, **changes: str
) -> RightsRequest:
    """R5-33's second line: entered 12-13, accepted 12-14."""
    request = entered(session, of, manager, at(ENTERED), asked=asked, **changes)
    accept_request(session, request, CALENDAR, by=center, now=at(ACCEPTED))
    return request


def ordered(
    session: Session, of: Organization, manager: Actor, center: Actor, asked: AskedRights, **changes: str
) -> RightsRequest:
    """The same, and carried out on 12-17."""
    request = accepted(session, of, manager, center, asked, **changes)
    carry_out(session, M, 100, by=WORKER, now=at(M))
    return request


def person_of(session: Session, request: RightsRequest) -> User:
    return session.get_one(User, request.user_id)


def mails(session: Session, kind: str) -> list[Mail]:
    return list(session.scalars(select(Mail).where(Mail.kind == kind).order_by(Mail.id)))


def written(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
    answer = COMPOSERS[mail.kind](session, mail, now)
    assert isinstance(answer, Composed | Skipped)
    return answer


def letter(session: Session, mail: Mail, now: datetime) -> Composed:
    answer = written(session, mail, now)
    assert isinstance(answer, Composed), answer
    return answer
