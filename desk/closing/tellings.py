"""Whom a date was told to, and how: mails that were sent, notices of certificates, earlier changes (R9-14)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from auth.certificate_notices import KIND as CERTIFICATE_ENDS
from auth.models import CertificateNotice
from base.db import joined
from base.outbox import Mail
from base.sentences import Sentence, say
from desk.closing.concerned import Concerned
from desk.closing.models import CalendarChange, CalendarMove
from rights.request_news import News

KIND = "closing-days"
NEWS_WORDS = {
    News.ACCEPTED.value: say("受付のお知らせ"),
    News.REGISTERED.value: say("登録完了のお知らせ"),
}
CERTIFICATE_WORDS = say("有効期限のお知らせ")
CHANGE_WORDS = say("日程変更のお知らせ")


@dataclass(frozen=True, slots=True)
class Telling:
    """One occasion on which somebody was told; `to` are the addresses that a mail went to."""

    what: Sentence
    at: datetime
    to: tuple[str, ...]


Key = tuple[int | None, int | None, int | None]
Tellings = dict[Key, list[Telling]]


def key_of(each: Concerned | CalendarMove) -> Key:
    return each.request_id, each.certificate_id, each.organization_id


def tellings_of(session: Session, moves: Sequence[Concerned]) -> Tellings:
    """For each of them, the oldest first; a page's worth at a time."""
    found: defaultdict[Key, list[Telling]] = defaultdict(list)
    requests = {each.public_id: key_of(each) for each in moves if each.request_id}
    for key, telling in (
        *_of_requests(session, requests),
        *_of_certificates(session, {key_of(each) for each in moves if each.certificate_id}),
        *_of_changes(session, {key_of(each) for each in moves if each.organization_id}),
    ):
        found[key].append(telling)
    return {key: sorted(tellings, key=lambda each: each.at) for key, tellings in found.items()}


def _of_requests(session: Session, requests: dict[str, Key]) -> list[tuple[Key, Telling]]:
    sent = (Mail.kind.in_(NEWS_WORDS), Mail.about.in_(requests), Mail.state == "sent")
    mails = select(Mail.about, Mail.kind, func.max(Mail.sent_at), _addresses()).where(*sent)
    return [
        (requests[about or ""], Telling(NEWS_WORDS[kind], at, _split(addresses)))
        for about, kind, at, addresses in session.execute(mails.group_by(Mail.about, Mail.kind))
        if at
    ]


def _of_certificates(session: Session, keys: Collection[Key]) -> list[tuple[Key, Telling]]:
    """A digest's mails were queued in the very transaction that noted the notice."""
    told = select(CertificateNotice.certificate_id, CertificateNotice.organization_id, CertificateNotice.told_at)
    theirs = CertificateNotice.certificate_id.in_({key[1] for key in keys})
    lines: set[tuple[Key, datetime]] = set()
    for certificate_id, organization_id, at in session.execute(told.where(theirs)):
        if (None, certificate_id, organization_id) in keys:
            lines.add(((None, certificate_id, organization_id), at))
    to = _sent_to(session, CERTIFICATE_ENDS, {key[2] for key, _ in lines})
    return [(key, Telling(CERTIFICATE_WORDS, at, to.get((key[2], at), ()))) for key, at in sorted(lines, key=str)]


def _of_changes(session: Session, keys: Collection[Key]) -> list[tuple[Key, Telling]]:
    organizations = {key[2] for key in keys}
    moves = select(CalendarMove, CalendarChange.told_at).join(
        CalendarChange, CalendarChange.id == CalendarMove.change_id
    )
    told = moves.where(CalendarMove.organization_id.in_(organizations), CalendarChange.told_at.is_not(None))
    lines = {(key_of(move), at) for move, at in session.execute(told) if at and key_of(move) in keys}
    to = _sent_to(session, KIND, organizations) if lines else {}
    return [(key, Telling(CHANGE_WORDS, at, to.get((key[2], at), ()))) for key, at in lines]


def _sent_to(
    session: Session, kind: str, organizations: Collection[int | None]
) -> dict[tuple[int | None, datetime], tuple[str, ...]]:
    """Addresses of mails that went, by organization and the moment they were queued."""
    sent = (Mail.kind == kind, Mail.organization_id.in_(organizations), Mail.state == "sent")
    mails = select(Mail.organization_id, Mail.created_at, _addresses()).where(*sent)
    grouped = mails.group_by(Mail.organization_id, Mail.created_at)
    return {(of, at): _split(addresses) for of, at, addresses in session.execute(grouped)}


def _addresses() -> ColumnElement[str]:
    return joined(Mail.address)


def _split(addresses: str) -> tuple[str, ...]:
    return tuple(sorted(addresses.split(",")))
