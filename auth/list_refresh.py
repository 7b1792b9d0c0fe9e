"""Every few minutes: each CA's revocation list is asked for where it comes from, and staff hear of what goes wrong (R4-5)."""

from dataclasses import dataclass
from pathlib import Path

from auth.ca_queries import cas_with_lists, locked_ca
from auth.list_alarms import queue_alarm
from auth.list_sources import NotFetched, fetch
from auth.list_states import NEEDS_SOMEBODY, list_state
from auth.list_taking import Brought, judged, note_brought
from auth.models import IssuingCa
from base import clock
from base.actors import Actor
from base.db import db, transaction
from base.logs import log

EVERY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class ListDesk:
    """`folder`: where a source without a path lies. `alarm_address`: who hears of trouble, empty for nobody."""

    folder: Path
    alarm_address: str


def bring(row: IssuingCa, source: str, desk: ListDesk) -> Brought:
    """Asked before anything is locked: the other side may take its time."""
    try:
        return judged(fetch(source, desk.folder), row, clock.now())
    except NotFetched as fault:
        return Brought(failure=fault.reason)


def refresh_all(desk: ListDesk, *, by: Actor) -> None:
    """Of ended CAs too, as long as a source is set: their certificates may still be in use. One's fault is told after all had their turn."""
    faults: list[Exception] = []
    for row in cas_with_lists(db.session()):
        try:
            refresh(row, desk, by=by)
        except Exception as fault:  # noqa: BLE001 - whatever it is: it must not let the other CAs' lists run out
            log.exception("revocation list not refreshed", ca=row.public_id)
            faults.append(fault)
    if faults:
        raise faults[0]


def refresh(row: IssuingCa, desk: ListDesk, *, by: Actor) -> str:
    """Answers what went wrong, or nothing."""
    brought, now = bring(row, row.list_source, desk), clock.now()
    with transaction() as session:
        locked = locked_ca(session, row.public_id)
        # Meanwhile somebody may have set another source.
        if locked is None or locked.list_source != row.list_source:
            return ""
        note_brought(session, locked, brought, by=by, now=now)
        if list_state(locked, now) in NEEDS_SOMEBODY:
            log.warning("revocation list", ca=locked.public_id, state=list_state(locked, now), why=locked.list_failure)
            queue_alarm(session, locked, desk.alarm_address, now=now)
        return locked.list_failure or ""
