"""送信と未達: which mails need somebody's attention, and why (R7-14)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from base.outbox import Mail

WAITING_LONG = timedelta(minutes=30)
MAILS_A_PAGE = 50
ATTENTION = "attention"
LONG = "long"
UNCERTAIN = "uncertain"
CHOICES = (ATTENTION, "failed", "held", UNCERTAIN, LONG, "waiting", "sent", "skipped", "all")


@dataclass(frozen=True, slots=True)
class MailFilters:
    """`before`: only mails older than the one of this public id; the list goes on there."""

    state: str = ATTENTION
    words: str = ""
    before: str = ""

    def query(self, before: str = "") -> str:
        given = {"state": self.state, "q": self.words, "before": before}
        return urlencode({name: value for name, value in given.items() if value})


def read_mail_filters(given: Mapping[str, str]) -> MailFilters:
    state = given.get("state", ATTENTION)
    return MailFilters(
        state if state in CHOICES else ATTENTION, given.get("q", "").strip()[:100], given.get("before", "")[:20]
    )


def _is_waiting_long(now: datetime) -> ColumnElement[bool]:
    """Since it was first due, so a mail put off again and again counts too."""
    return and_(Mail.state.in_(("waiting", "sending")), Mail.created_at < now - WAITING_LONG)


def _in_state(state: str, now: datetime) -> list[ColumnElement[bool]]:
    if state == ATTENTION:
        return [or_(Mail.state.in_(("failed", "held")), _is_waiting_long(now))]
    if state == LONG:
        return [_is_waiting_long(now)]
    if state == UNCERTAIN:
        return [Mail.is_uncertain.is_(True), Mail.state != "sending"]
    return [] if state == "all" else [Mail.state == state]


def count_in(session: Session, state: str, now: datetime) -> int:
    return session.scalar(select(func.count()).select_from(Mail).where(*_in_state(state, now))) or 0


def _narrowed(filters: MailFilters, now: datetime) -> Select[Mail]:
    found = select(Mail).where(*_in_state(filters.state, now))
    if filters.words:
        found = found.where(Mail.address_folded.contains(filters.words.lower(), autoescape=True))
    if filters.before:
        older = select(Mail.id).where(Mail.public_id == filters.before).scalar_subquery()
        found = found.where(Mail.id < older)
    return found


def mails_in(session: Session, filters: MailFilters, now: datetime) -> tuple[list[Mail], str]:
    """The newest first, and the public id to go on before; empty where there are no more."""
    rows = session.scalars(_narrowed(filters, now).order_by(Mail.id.desc()).limit(MAILS_A_PAGE + 1)).all()
    shown = list(rows[:MAILS_A_PAGE])
    return shown, shown[-1].public_id if len(rows) > MAILS_A_PAGE else ""


def every_mail(session: Session, filters: MailFilters, now: datetime) -> Iterator[Mail]:
    """All that fit, the newest first, read while the file is written."""
    found = _narrowed(replace(filters, before=""), now).order_by(Mail.id.desc())
    yield from session.scalars(found.execution_options(yield_per=500))


def mail_by(session: Session, public_id: str) -> Mail | None:
    return session.scalars(select(Mail).where(Mail.public_id == public_id)).one_or_none()


def locked_mail(session: Session, public_id: str) -> Mail | None:
    here = select(Mail).where(Mail.public_id == public_id).with_for_update()
    return session.scalars(here.execution_options(populate_existing=True)).one_or_none()
