"""What the worker does with bulk files: reads and checks them in steps, and enters what was sent (R9-13)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.closing_days import business_calendar
from base.db import db, transaction
from base.refusals import Refused
from base.sentences import say
from rights.bulk.check import Check, reasons_of
from rights.bulk.facts import known_ids
from rights.bulk.files import MOST_ENTERED, TOO_MANY, RowRefused, content_of, enter_lines, refuse_file
from rights.bulk.findings import WHOLE_FILE, Finding, kept
from rights.bulk.lines import Line, Unread, read_lines
from rights.bulk.models import BulkFile
from rights.bulk.states import AT_WORK, FileState
from rights.request_queries import terms_of
from rights.request_states import RequestKind

JOB = "bulk files"
LOOK_SECONDS = 5.0
CHUNK = 500
STALE_AFTER = timedelta(minutes=5)
NO_ORDERS = say("申請種別が入力された行がありません。申請する行に「新規」「変更」「抹消」を入力してください。")
NO_MANAGER = say("申請した方が窓口責任者でなくなったため、1件も申請していません。")
SINCE_THEN = say("確認のあとで状況が変わったため、1件も申請していません。")

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Read:
    """A file as read: the orders, what is wrong with single rows, how many ask for nothing."""

    lines: list[Line] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    skipped: int = 0


def work_on_all(clock: Clock) -> None:
    while work_on_next(clock):
        pass


def work_on_next(clock: Clock) -> bool:
    """One file, by one of several workers; one that a worker died over is taken again when it has gone stale."""
    with transaction() as session:
        row = _next(session, clock())
        if row is None:
            return False
        row.touched_at = clock()
        file_id, state = row.id, FileState(row.state)
    if state is FileState.WAITING:
        _check(file_id, clock)
    else:
        _enter(file_id, clock)
    return True


def _next(session: Session, now: datetime) -> BulkFile | None:
    is_free = or_(
        BulkFile.touched_at.is_(None), BulkFile.touched_at < now - STALE_AFTER, BulkFile.touched_at > now + STALE_AFTER
    )
    waiting = select(BulkFile).where(BulkFile.state.in_(AT_WORK), is_free).order_by(BulkFile.id).limit(1)
    return session.scalars(waiting.with_for_update(skip_locked=True)).first()


def read_file(content: bytes) -> Read:
    read = Read()
    try:
        for found in read_lines(content):
            _sort_in(read, found)
    except Refused as refusal:
        return Read(findings=[Finding(WHOLE_FILE, "", [refusal.reason])])
    if not read.lines and not read.findings:
        read.findings.append(Finding(WHOLE_FILE, "", [NO_ORDERS]))
    if len(read.lines) > MOST_ENTERED:
        reason = say(TOO_MANY, most=MOST_ENTERED, count=len(read.lines))
        read.findings.insert(0, Finding(WHOLE_FILE, "", [reason]))
    return read


def _sort_in(read: Read, found: Line | Unread) -> None:
    if isinstance(found, Line):
        read.lines.append(found)
    elif found.reason is None:
        read.skipped += 1
    else:
        read.findings.append(Finding(found.row, "", [found.reason]))


def _check(file_id: int, clock: Clock) -> None:
    read = read_file(content_of(db.session().get_one(BulkFile, file_id)))
    with transaction() as session:
        row = session.get_one(BulkFile, file_id)
        organization = session.get_one(Organization, row.organization_id)
        check = Check(organization, terms_of(session, organization, clock()), clock())
        row.rows = len(read.lines)
    done = 0
    for lines in _chunks(read.lines):
        done += len(lines)
        with transaction() as session:
            read.findings += _findings_in(session, check, lines)
            row = session.get_one(BulkFile, file_id)
            row.done, row.touched_at = done, clock()
    with transaction() as session:
        _note(session.get_one(BulkFile, file_id), read)


def _chunks(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    for start in range(0, len(lines), CHUNK):
        yield lines[start : start + CHUNK]


def _findings_in(session: Session, check: Check, lines: Sequence[Line]) -> list[Finding]:
    known = known_ids(session, check.organization, [line.folded for line in lines], check.now)
    ids = {line.row: line.login_id for line in lines}
    return [Finding(row, ids[row], reasons) for row, reasons in reasons_of(check, lines, known).items()]


def _note(row: BulkFile, read: Read) -> None:
    counts = {kind: sum(line.kind is kind for line in read.lines) for kind in RequestKind}
    row.new, row.changes, row.removals = (counts[kind] for kind in RequestKind)
    row.skipped = read.skipped
    row.findings = kept(sorted(read.findings, key=lambda each: each.row))
    row.state = FileState.FAULTY if read.findings else FileState.CHECKED


def _enter(file_id: int, clock: Clock) -> None:
    try:
        with transaction() as session:
            locked = select(BulkFile).where(BulkFile.id == file_id).with_for_update()
            row = session.scalars(locked).one()
            if row.state == FileState.SENT:
                by = _sender(session, row)
                enter_lines(
                    session, row, read_file(content_of(row)).lines, business_calendar(session), by=by, now=clock()
                )
    except RowRefused as refusal:
        line = Finding(refusal.line.row, refusal.line.login_id, [refusal.reason])
        _give_back(file_id, [Finding(WHOLE_FILE, "", [SINCE_THEN]), line])
    except Refused as refusal:
        _give_back(file_id, [Finding(WHOLE_FILE, "", [refusal.reason])])


def _give_back(file_id: int, findings: Sequence[Finding]) -> None:
    with transaction() as session:
        refuse_file(session.get_one(BulkFile, file_id), findings)


def _sender(session: Session, row: BulkFile) -> Actor:
    """The requests are his who sent the file, if he still may (G8); from which PC, the line about the sending says."""
    user = session.get_one(User, row.sent_by_id)
    if user.contact_role is None or user.organization.ended_at is not None:
        raise Refused(NO_MANAGER)
    return Actor(user.login_id, user.id, user.organization_id)
