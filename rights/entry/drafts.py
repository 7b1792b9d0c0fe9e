"""Drafts: what was typed is kept for the organization's contact managers; a draft is no request and asks for nothing (R5-10 ①)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.db import dialect_insert
from base.identifiers import public_id
from base.refusals import Refused
from base.sentences import say
from rights.models import RequestDraft

KEPT_FOR = timedelta(days=90)
MOST = 50
TOO_MANY = say("下書きは%(most)s件までです。不要な下書きを破棄してください。", most=MOST)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form that is being filled in. `key`: the draft's public id, given with the form; `known`: as of when the form has it."""

    kind: str
    key: str
    known: str
    fields: str
    user_id: int | None = None


def keep_draft(
    session: Session, organization_id: int, sheet: Sheet, *, by: Actor, now: datetime
) -> RequestDraft | None:
    """One row a form, however often it is kept. What somebody else has kept meanwhile isn't written over: it makes two drafts.

    None where the key is another organization's (R8-4).
    """
    row = _locked(session, organization_id, sheet.key)
    if row is not None and row.saved_by_id != by.user_id and version_of(row) != sheet.known:
        row = _added(session, organization_id, sheet, public_id(), by, now)
    elif row is None:
        row = _added(session, organization_id, sheet, sheet.key, by, now)
    if row is None:
        return None
    row.fields, row.saved_at, row.saved_by_id = sheet.fields, now, by.user_id or row.saved_by_id
    session.flush()
    _record(session, "request.draft_kept", row, by, now)
    return row


def discard_draft(session: Session, draft: RequestDraft, *, by: Actor, now: datetime) -> None:
    session.delete(draft)
    _record(session, "request.draft_discarded", draft, by, now)


def forget_sent(session: Session, organization_id: int, key: str) -> None:
    """It has become a request, in the same transaction."""
    session.execute(
        delete(RequestDraft).where(RequestDraft.organization_id == organization_id, RequestDraft.public_id == key)
    )


def forget_old_drafts(session: Session, now: datetime) -> None:
    """Names and addresses of people aren't kept for nothing (R8-5)."""
    session.execute(delete(RequestDraft).where(RequestDraft.saved_at < now - KEPT_FOR))


def version_of(draft: RequestDraft) -> str:
    return draft.saved_at.isoformat()


def _locked(session: Session, organization_id: int, key: str) -> RequestDraft | None:
    own = (RequestDraft.organization_id == organization_id, RequestDraft.public_id == key)
    return session.scalars(select(RequestDraft).where(*own).with_for_update()).one_or_none()


def _added(
    session: Session, organization_id: int, sheet: Sheet, key: str, by: Actor, now: datetime
) -> RequestDraft | None:
    """Of two that come with one key at once, the second finds the first one's row."""
    count = select(func.count()).select_from(RequestDraft).where(RequestDraft.organization_id == organization_id)
    if (session.scalar(count) or 0) >= MOST:
        raise Refused(TOO_MANY)
    facts = {"organization_id": organization_id, "kind": sheet.kind, "user_id": sheet.user_id, "fields": sheet.fields}
    row = {"public_id": key, **facts, "saved_at": now, "saved_by_id": by.user_id}
    session.execute(
        dialect_insert(session, RequestDraft).values(row).on_conflict_do_nothing(index_elements=["public_id"])
    )
    return _locked(session, organization_id, key)


def _record(session: Session, action: str, draft: RequestDraft, by: Actor, now: datetime) -> None:
    """What was typed stands in no trail: nobody has sent it."""
    record(session, action, f"draft:{draft.public_id}", by=by, now=now, organization_id=draft.organization_id)
