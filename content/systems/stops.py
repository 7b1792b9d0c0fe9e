"""Staff enter planned stops, begin disturbances, tell how they go on, and end them (R2-1, R9-7).

Each raises the version of the system's page in its own transaction, so that what readers are shown changes with the next request.
`version` is that of the stop which whoever pressed had before him: what others did since isn't overwritten unseen (E18).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.mail_text import on_one_line
from base.refusals import Conflict, Refused
from base.sentences import say
from content.models import SystemStop, SystemStopNote
from content.page_versions import raise_version_of_system
from content.systems.opening_hours import StopKind
from content.systems.queries import running_disturbance, state_of_stop
from content.systems.stop_states import StopState

LONGEST_EFFECT = 200
LONGEST_WORDS = 500
LONGEST_AGO = timedelta(days=7)


class ChangedMeanwhile(Conflict):
    """Somebody else changed, told or ended it since it was opened."""

    def __init__(self) -> None:
        super().__init__(say("ほかの方が先に変更しています。"))


def add_planned_stop(
    session: Session, system: str, *, from_at: datetime, until_at: datetime, effect: str, by: Actor, now: datetime
) -> SystemStop:
    _refuse_bad_period(from_at, until_at, now)
    times = {"from_at": from_at, "until_at": until_at}
    return _begun(session, "stop.planned", StopKind.PLANNED_STOP, system, effect, times, by, now)


def change_planned_stop(
    session: Session,
    row: SystemStop,
    *,
    version: int,
    from_at: datetime,
    until_at: datetime,
    effect: str,
    by: Actor,
    now: datetime,
) -> None:
    """Once it has begun, its beginning is a fact."""
    _refuse_other(row, StopKind.PLANNED_STOP, version, now)
    if row.from_at <= now and from_at != row.from_at:
        raise Refused(say("すでに始まっている停止の開始日時は変えられません。"), field="from_at")
    _refuse_bad_period(from_at, until_at, now)
    before = _facts(row)
    row.from_at, row.until_at, row.effect = from_at, until_at, on_one_line(effect)
    _changed(session, row, by, now)
    record(session, "stop.changed", row.public_id, by=by, now=now, before=before, after=_facts(row))


def call_off(session: Session, row: SystemStop, *, version: int, by: Actor, now: datetime) -> None:
    """A planned stop that doesn't take place, or ends before its time."""
    _refuse_other(row, StopKind.PLANNED_STOP, version, now)
    action = "stop.called_off" if now <= row.from_at else "stop.ended"
    row.ended_at, row.ended_by_id = now, _person(by)
    _changed(session, row, by, now)
    record(session, action, row.public_id, by=by, now=now, after=_facts(row))


def begin_disturbance(
    session: Session, system: str, *, from_at: datetime, effect: str, next_update_at: datetime, by: Actor, now: datetime
) -> SystemStop:
    """One at a time for a system: whoever knows more tells it there."""
    if from_at > now:
        raise Refused(say("これからの日時は入力できません。発生した日時を入力してください。"), field="from_at")
    if from_at < now - LONGEST_AGO:
        raise Refused(say("7日より前の日時です。発生した日時を確かめてください。"), field="from_at")
    _refuse_bad_promise(next_update_at, now)
    raise_version_of_system(session, system)
    if running_disturbance(session, system):
        raise Refused(say("このシステムの障害はすでに登録されています。経過として追記してください。"), field="system")
    times = {"from_at": from_at, "next_update_at": next_update_at}
    return _begun(session, "disturbance.begun", StopKind.DISTURBANCE, system, effect, times, by, now)


def tell(
    session: Session, row: SystemStop, *, version: int, words: str, next_update_at: datetime, by: Actor, now: datetime
) -> SystemStopNote:
    """How it goes on, with the promise of the next word."""
    _refuse_other(row, StopKind.DISTURBANCE, version, now)
    _refuse_bad_promise(next_update_at, now)
    row.next_update_at = next_update_at
    note = _note(session, row, words, by, now)
    record(session, "disturbance.told", row.public_id, by=by, now=now, after=_facts(row) | {"words": note.words})
    return note


def end_disturbance(
    session: Session, row: SystemStop, *, version: int, words: str, ended_at: datetime, by: Actor, now: datetime
) -> None:
    """復旧: nothing more is promised. It may have been over before anybody could say so."""
    _refuse_other(row, StopKind.DISTURBANCE, version, now)
    if ended_at > now:
        raise Refused(say("これからの日時は入力できません。復旧した日時を入力してください。"), field="ended_at")
    if ended_at < row.from_at:
        raise Refused(say("復旧は、発生より後の日時を入力してください。"), field="ended_at")
    row.ended_at, row.ended_by_id, row.next_update_at = ended_at, _person(by), None
    note = _note(session, row, words, by, now)
    record(session, "disturbance.ended", row.public_id, by=by, now=now, after=_facts(row) | {"words": note.words})


def _begun(
    session: Session,
    action: str,
    kind: StopKind,
    system: str,
    effect: str,
    times: dict[str, datetime],
    by: Actor,
    now: datetime,
) -> SystemStop:
    row = SystemStop(system=system, kind=kind, effect=on_one_line(effect), created_at=now, **times)
    row.created_by_id = _person(by)
    session.add(row)
    session.flush()
    raise_version_of_system(session, system)
    record(session, action, row.public_id, by=by, now=now, after=_facts(row))
    return row


def _note(session: Session, row: SystemStop, words: str, by: Actor, now: datetime) -> SystemStopNote:
    promise = row.next_update_at
    note = SystemStopNote(stop_id=row.id, at=now, words=on_one_line(words), next_update_at=promise, by_id=_person(by))
    session.add(note)
    _changed(session, row, by, now)
    return note


def _changed(session: Session, row: SystemStop, by: Actor, now: datetime) -> None:
    row.version, row.changed_at, row.changed_by_id = row.version + 1, now, _person(by)
    session.flush()
    raise_version_of_system(session, row.system)


def _person(by: Actor) -> int:
    if by.user_id is None:
        raise ValueError("only people stop systems")
    return by.user_id


def _refuse_other(row: SystemStop, kind: StopKind, version: int, now: datetime) -> None:
    if row.kind != kind:
        raise Conflict(say("この操作はできません。"))
    if row.version != version:
        raise ChangedMeanwhile
    if state_of_stop(row, now) in {StopState.OVER, StopState.CALLED_OFF}:
        raise Conflict(say("すでに終わっています。"))


def _refuse_bad_period(from_at: datetime, until_at: datetime, now: datetime) -> None:
    if until_at <= from_at:
        raise Refused(say("終了は、開始より後の日時を入力してください。"), field="until_at")
    if until_at <= now:
        raise Refused(say("すでに過ぎた日時です。"), field="until_at")


def _refuse_bad_promise(next_update_at: datetime, now: datetime) -> None:
    if next_update_at <= now:
        raise Refused(say("次のお知らせは、これからの日時を入力してください。"), field="next_update_at")


def _facts(row: SystemStop) -> dict[str, Any]:
    return {
        "system": row.system,
        "effect": row.effect,
        "from_at": row.from_at,
        "until_at": row.until_at,
        "next_update_at": row.next_update_at,
        "ended_at": row.ended_at,
    }
