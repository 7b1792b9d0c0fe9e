"""Bulk files: taken in, sent, given up, entered (R9-13). The rows in them become requests all at once or not at all (R8-7)."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.audit import record
from base.business_days import BusinessCalendar
from base.refusals import Refused
from base.sentences import say
from rights.bulk.check import NO_CONTRACTOR, NOT_OURS, entry_of
from rights.bulk.findings import Finding, kept
from rights.bulk.lines import Line
from rights.bulk.models import BulkFile
from rights.bulk.states import FileState, refuse_unless
from rights.changes import Wanted, enter_change
from rights.models import RightsRequest
from rights.removals import enter_removal
from rights.request_queries import contractors_of, people_with
from rights.request_states import RequestKind
from rights.requests import enter_request
from rights.right_changes import standing

MOST_ENTERED = 5_000
LARGEST = 16 * 1024 * 1024
NO_FILE = say("CSVファイルを選択してください。")
TOO_LARGE = say("ファイルが大きすぎます(16MBまで)。")
TOO_MANY = say(
    "一度に申請できるのは%(most)s件までです(このファイルは%(count)s件)。ファイルを分けてください。",
)


class RowRefused(Refused):
    """Entering stopped at this row: nothing was entered."""

    def __init__(self, line: Line, refusal: Refused) -> None:
        super().__init__(refusal.reason, refusal.field)
        self.line = line


def take_in(
    session: Session, organization: Organization, name: str, content: bytes, *, by: Actor, now: datetime
) -> BulkFile:
    assert by.user_id is not None
    if not content:
        raise Refused(NO_FILE, "file")
    if len(content) > LARGEST:
        raise Refused(TOO_LARGE, "file")
    row = BulkFile(
        organization_id=organization.id,
        name=name[:200],
        content=zlib.compress(content),
        uploaded_at=now,
        uploaded_by_id=by.user_id,
    )
    session.add(row)
    session.flush()
    record(session, "bulk.uploaded", _subject(row), by=by, now=now, after={"name": row.name, "bytes": len(content)})
    return row


def content_of(row: BulkFile) -> bytes:
    return zlib.decompress(row.content)


def send(session: Session, row: BulkFile, *, by: Actor, now: datetime) -> None:
    """The worker enters it. The file is locked."""
    refuse_unless(FileState(row.state), FileState.CHECKED)
    row.state, row.sent_by_id, row.touched_at = FileState.SENT, by.user_id, None
    record(session, "bulk.sent", _subject(row), by=by, now=now, after={"name": row.name, "rows": row.rows})


def discard(session: Session, row: BulkFile, *, by: Actor, now: datetime) -> None:
    """What was never sent goes; the file is locked."""
    refuse_unless(FileState(row.state), FileState.FAULTY, FileState.CHECKED)
    record(session, "bulk.discarded", _subject(row), by=by, now=now, before={"name": row.name, "rows": row.rows})
    session.delete(row)


def enter_lines(
    session: Session,
    row: BulkFile,
    lines: Sequence[Line],
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> list[RightsRequest]:
    """Each through the operation of its kind; `RowRefused` at the first that can't be, and the caller drops the transaction."""
    organization = session.get_one(Organization, row.organization_id)
    contractors = {each.name: each.public_id for each in contractors_of(organization)} | {organization.name: "", "": ""}
    people = _people(session, organization, lines)
    made = []
    for line in lines:
        try:
            made.append(_enter(session, organization, line, people, contractors, calendar, by, now))
        except Refused as refusal:
            raise RowRefused(line, refusal) from refusal
    row.state, row.entered_at, row.content = FileState.ENTERED, now, b""
    record(session, "bulk.entered", _subject(row), by=by, now=now, after={"name": row.name, "requests": len(made)})
    return made


def refuse_file(row: BulkFile, findings: Sequence[Finding]) -> None:
    row.state, row.findings = FileState.FAULTY, kept(findings)


def _subject(row: BulkFile) -> str:
    return f"bulk:{row.public_id}"


def _people(session: Session, organization: Organization, lines: Sequence[Line]) -> dict[str, User]:
    known = [line.folded for line in lines if line.kind is not RequestKind.NEW]
    found: dict[str, User] = {}
    for start in range(0, len(known), 500):
        found |= people_with(session, known[start : start + 500])
    return {folded: user for folded, user in found.items() if user.organization_id == organization.id}


def _enter(
    session: Session,
    organization: Organization,
    line: Line,
    people: Mapping[str, User],
    contractors: Mapping[str, str],
    calendar: BusinessCalendar,
    by: Actor,
    now: datetime,
) -> RightsRequest:
    if line.kind is RequestKind.NEW:
        if line.contractor not in contractors:
            raise Refused(NO_CONTRACTOR)
        return enter_request(session, organization, entry_of(line, contractors), by=by, now=now)
    user = people.get(line.folded)
    if user is None:
        raise Refused(NOT_OURS)
    if line.kind is RequestKind.REMOVAL:
        return enter_removal(session, organization, user, line.memo, calendar, by=by, now=now)
    wanted = Wanted(line.wanted(standing(session, user.id, now)), line.memo)
    return enter_change(session, organization, user, wanted, calendar, by=by, now=now)
