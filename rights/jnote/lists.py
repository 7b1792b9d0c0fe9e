"""J-note's IDs: a file is checked, looked at, and takes the place of the present list as a whole (R5-7, R8-7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.refusals import Conflict
from base.sentences import say
from base.text_rows import each_of
from rights.jnote.csv_rules import JudgedList
from rights.jnote.models import JNoteList
from rights.models import JNoteId

KEPT_FOR = timedelta(days=1)
TAKEN_ALREADY = say("この一覧は、すでに取り込まれています。")
OVERTAKEN = say("確認のあとに、別の一覧が取り込まれました。もう一度ファイルを確認してください。")


def keep_checked(session: Session, found: JudgedList, file_name: str, *, by: Actor, now: datetime) -> JNoteList:
    """Found in order and waiting for the press; nothing that anybody asks changes by it."""
    assert by.user_id is not None
    facts = {"file_name": file_name, "count": len(found.ids), "repeated": found.repeated}
    row = JNoteList(ids="\n".join(found.ids), checked_at=now, checked_by_id=by.user_id, **facts)
    session.add(row)
    session.flush()
    record(session, "jnote.checked", f"jnote:{row.public_id}", by=by, now=now, after={"count": row.count})
    return row


def take_over(session: Session, row: JNoteList, *, by: Actor, now: datetime) -> None:
    """All lists are locked: of two that are taken over at once the second sees the first."""
    before = present_list(session)
    if row.taken_at is not None:
        raise Conflict(TAKEN_ALREADY)
    if before is not None and before.taken_at is not None and before.taken_at > row.checked_at:
        raise Conflict(OVERTAKEN)
    _replace(session, row.ids.split("\n"), now)
    row.ids, row.taken_at, row.taken_by_id = "", now, by.user_id
    session.flush()
    was, is_now = {"count": before.count if before else 0}, {"count": row.count}
    record(session, "jnote.taken_over", f"jnote:{row.public_id}", by=by, now=now, before=was, after=is_now)


def lock_list(session: Session, public_id: str) -> JNoteList | None:
    """With all the others, in one order for everybody."""
    rows = session.scalars(select(JNoteList).order_by(JNoteList.id).with_for_update())
    return next((row for row in rows if row.public_id == public_id), None)


def present_list(session: Session) -> JNoteList | None:
    taken = select(JNoteList).where(JNoteList.taken_at.is_not(None))
    return session.scalars(taken.order_by(JNoteList.taken_at.desc(), JNoteList.id.desc()).limit(1)).one_or_none()


def forget_unpressed(session: Session, now: datetime) -> None:
    """What was checked and never taken over."""
    session.execute(delete(JNoteList).where(JNoteList.taken_at.is_(None), JNoteList.checked_at < now - KEPT_FOR))


def _replace(session: Session, ids: Sequence[str], now: datetime) -> None:
    session.execute(delete(JNoteId))
    rows = select(each_of(session, ids), literal(now, JNoteId.imported_at.type))
    session.execute(insert(JNoteId).from_select(["login_id_folded", "imported_at"], rows))
