"""What a fetched revocation list changes: lines by difference, in one transaction; a failure leaves the old ones (R4-5, A12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from cryptography import x509
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from auth.ca_queries import cas_of_key
from auth.ca_registry import subject_of
from auth.models import Certificate, IssuingCa, RevokedSerial
from auth.revocation_lists import RevocationList, UnusableList, digest_of, read_list
from base.actors import Actor
from base.audit import record
from base.refusals import Refused
from base.sentences import say

AT_ONCE = 500
_TABLE = RevokedSerial.metadata.tables["revoked_serial"]
OVER = say("取得元の失効リストは、次回更新日時を過ぎています。")
OLDER = say("いま使っているものより古い失効リストです。")


@dataclass(frozen=True, slots=True)
class Brought:
    """A list that was fetched and judged before any row is locked. `found` None and no failure: the same bytes as before."""

    found: RevocationList | None = None
    failure: str = ""


def judged(file: bytes, row: IssuingCa, now: datetime) -> Brought:
    """What hasn't changed isn't parsed again."""
    if digest_of(file) == row.list_digest:
        return Brought()
    ca = x509.load_pem_x509_certificate(row.pem.encode("ascii"))
    try:
        return Brought(read_list(file, ca, now))
    except UnusableList as unusable:
        return Brought(failure=str(unusable))


def note_brought(session: Session, row: IssuingCa, brought: Brought, *, by: Actor, now: datetime) -> None:
    """`row` is locked. Whatever it was, it is noted: read, or failed and why."""
    failure = brought.failure or (OLDER if brought.found and _is_older(brought.found, row) else "")
    if failure:
        _note_failure(session, row, failure, by=by, now=now)
        return
    row.list_read_at, row.list_failure, row.list_failed_at = now, None, None
    # Another host's worker may have taken the same one in while this one was judging it.
    if brought.found is not None and brought.found.digest != row.list_digest:
        _take(session, row, brought.found, by=by, now=now)


def set_list_source(
    session: Session, row: IssuingCa, source: str, brought: Brought, *, by: Actor, now: datetime
) -> None:
    """Only together with a list that was read from it: a source without one would shut the door on everybody."""
    if brought.failure:
        raise Refused(brought.failure, field="source")
    if brought.found and _is_older(brought.found, row):
        raise Refused(OLDER, field="source")
    if brought.found is None and (row.list_until is None or now >= row.list_until):
        raise Refused(OVER, field="source")
    before = {"source": row.list_source}
    row.list_source = source
    after = {"source": source, "certificates": _claim_of_same_key(session, row)}
    record(session, "ca.list_source_set", subject_of(row), by=by, now=now, before=before, after=after)
    note_brought(session, row, brought, by=by, now=now)


def _claim_of_same_key(session: Session, row: IssuingCa) -> int:
    """The list speaks for the key: also of what stands with another row of that key, whose list nobody asks for (A12)."""
    ca = x509.load_pem_x509_certificate(row.pem.encode("ascii"))
    unasked = [each.id for each in cas_of_key(session, ca) if each.id != row.id and not each.list_source]
    theirs = select(Certificate).where(Certificate.issuing_ca_id.in_(unasked))
    claimed = session.scalars(theirs).all() if unasked else ()
    for certificate in claimed:
        certificate.issuing_ca_id = row.id
    return len(claimed)


def drop_list_source(session: Session, row: IssuingCa, *, by: Actor, now: datetime) -> None:
    """What the last list revoked stays revoked; from now on nobody asks whether there is a newer one."""
    if not row.list_source:
        raise Refused(say("取得元は設定されていません。"))
    before = {"source": row.list_source}
    row.list_source, row.list_failure, row.list_failed_at = "", None, None
    record(session, "ca.list_source_removed", subject_of(row), by=by, now=now, before=before)


def _is_older(found: RevocationList, row: IssuingCa) -> bool:
    return found.is_older(int(row.list_number, 16) if row.list_number else None, row.list_from)


def _note_failure(session: Session, row: IssuingCa, reason: str, *, by: Actor, now: datetime) -> None:
    """In the trail once, however often it is tried again."""
    if row.list_failure != reason:
        record(session, "ca.list_failed", subject_of(row), by=by, now=now, after={"why": reason})
    row.list_failure, row.list_failed_at = reason, now


def _take(session: Session, row: IssuingCa, found: RevocationList, *, by: Actor, now: datetime) -> None:
    added, gone = _replace_lines(session, row.id, found)
    row.list_digest, row.list_from, row.list_until = found.digest, found.since, found.until
    row.list_number = None if found.number is None else format(found.number, "x")
    facts = {"list_number": found.number, "list_until": found.until, "lines_added": added, "lines_removed": gone}
    record(session, "ca.list_taken", subject_of(row), by=by, now=now, after=facts)


def _replace_lines(session: Session, ca_id: int, found: RevocationList) -> tuple[int, int]:
    """By difference: of a long list few lines change. Answers how many came and how many went."""
    known = set(session.scalars(select(RevokedSerial.serial).where(RevokedSerial.issuing_ca_id == ca_id)))
    gone, added = set(known), 0
    lines_left = found.lines()
    while lines := list(islice(lines_left, AT_ONCE)):
        gone.difference_update(serial for serial, _ in lines)
        fresh = {serial: since for serial, since in lines if serial not in known}
        known.update(fresh)
        added += _insert(session, ca_id, fresh)
    _delete(session, ca_id, gone)
    return added, len(gone)


def _insert(session: Session, ca_id: int, fresh: dict[str, datetime]) -> int:
    rows: list[dict[str, Any]] = [
        {"issuing_ca_id": ca_id, "serial": serial, "revoked_at": since} for serial, since in fresh.items()
    ]
    if rows:
        session.execute(insert(_TABLE), rows)
    return len(rows)


def _delete(session: Session, ca_id: int, gone: Iterable[str]) -> None:
    left = iter(gone)
    while serials := list(islice(left, AT_ONCE)):
        theirs = (RevokedSerial.issuing_ca_id == ca_id, RevokedSerial.serial.in_(serials))
        session.execute(delete(RevokedSerial).where(*theirs))
