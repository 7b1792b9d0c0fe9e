"""Last logins taken over from elsewhere (R5-40): judged row by row, only ever forward, all of a file or nothing (R8-7)."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth.login_id import fold
from auth.models import User
from base.actors import Actor
from base.audit import record
from base.csv_in import Fault, csv_rows
from base.jst import JST
from base.refusals import Refused
from base.sentences import say

AT_ONCE = 500
MOMENT = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Judged:
    """`logins`: those that move forward, by the person's row; `unchanged`: blank, or not newer than what is known."""

    logins: dict[int, datetime] = field(default_factory=dict)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    user_id: int
    last_login_at: datetime | None


def read_moment(text: str) -> datetime:
    """As `2026-11-25`, `2026/11/25 7:05` or with seconds, on Japanese clocks; `Refused` for anything else."""
    parts = MOMENT.fullmatch(text)
    if parts:
        year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups())
        with suppress(ValueError):
            return datetime(year, month, day, hour, minute, second, tzinfo=JST)
    raise Refused(say("「%(text)s」は日時として読み取れません(例:2026/11/25 7:05)。", text=text[:30]))


def _is_heading(cells: list[str]) -> bool:
    return "@" not in cells[0] and not any(MOMENT.fullmatch(cell) for cell in cells[1:])


def _known(session: Session, folded: Collection[str]) -> Mapping[str, Known]:
    found: dict[str, Known] = {}
    wanted = sorted(folded)
    for first in range(0, len(wanted), AT_ONCE):
        named = User.login_id_folded.in_(wanted[first : first + AT_ONCE])
        facts = select(User.login_id_folded, User.id, User.last_login_at).where(named, User.deleted_at.is_(None))
        found |= {row[0]: Known(row[1], row[2]) for row in session.execute(facts)}
    return found


def _read_row(cells: list[str], now: datetime) -> tuple[str, datetime | None]:
    """The folded ID and its login, None where the cell is blank."""
    if len(cells) != 2:
        raise Refused(say("列は、IDと最終ログイン日時の2つです。"))
    login_id, text = cells
    folded = fold(login_id)
    if not text:
        return folded, None
    moment = read_moment(text)
    if moment > now:
        raise Refused(say("「%(text)s」は未来の日時です。", text=text))
    return folded, moment


def judge_logins(session: Session, content: bytes, now: datetime) -> Judged:
    """Changes nothing. `Refused` where the file can't be read at all."""
    judged = Judged()
    rows: list[tuple[int, str, datetime | None]] = []
    for number, cells in csv_rows(content):
        if number == 1 and _is_heading(cells):
            continue
        try:
            rows.append((number, *_read_row(cells, now)))
        except Refused as refusal:
            judged.faults.append(Fault(number, refusal.reason))
    known = _known(session, {folded for _number, folded, _moment in rows})
    unchanged = 0
    for number, folded, moment in rows:
        person = known.get(folded)
        if person is None:
            judged.faults.append(Fault(number, say("このIDの利用者はいません。")))
        elif moment is None or not _is_newer(moment, person, judged.logins):
            unchanged += 1
        else:
            judged.logins[person.user_id] = moment
    return Judged(judged.logins, unchanged, sorted(judged.faults, key=lambda fault: fault.row))


def _is_newer(moment: datetime, person: Known, logins: Mapping[int, datetime]) -> bool:
    latest = logins.get(person.user_id) or person.last_login_at
    return latest is None or moment > latest


def import_logins(session: Session, logins: Mapping[int, datetime], *, by: Actor, now: datetime) -> None:
    """Whoever logged in here meanwhile keeps that login."""
    for user_id, moment in logins.items():
        is_older = User.last_login_at.is_(None) | (User.last_login_at < moment)
        forward = update(User).where(User.id == user_id, is_older).values(last_login_at=moment, last_login_pc=None)
        row = session.execute(forward.returning(User.login_id, User.organization_id)).first()
        if row is not None:
            facts = {"last_login_at": moment.isoformat()}
            subject = f"login:{row.login_id}"
            record(session, "login.imported", subject, by=by, now=now, after=facts, organization_id=row.organization_id)
