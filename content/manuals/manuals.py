"""Manuals: files of an article whose versions count up under one name (R9-12)."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.mail_text import on_one_line
from base.refusals import Conflict, Refused
from base.sentences import say
from content.article_text import kept_source
from content.files.attachments import NewFile, add_attachments, refuse_withdrawn, remove_attachment, show_change
from content.files.models import Manual
from content.manuals.queries import numbers_of
from content.manuals.states import next_version
from content.models import Article, Attachment

LONGEST_NAME = 100
LONGEST_CHANGE = 500


def begin_manual(
    session: Session, attachment: Attachment, name: str, what_changed: str, *, by: Actor, now: datetime
) -> Manual:
    """The file becomes the first version; its own address goes on to lead to it."""
    refuse_withdrawn(attachment.article)
    if attachment.removed_at is not None or attachment.manual_id is not None:
        raise Conflict(say("このファイルは外されたか、すでに版を管理しています。"))
    changed = _kept_change(what_changed)
    manual = Manual(article_id=attachment.article_id, name=_kept_name(name), created_at=now)
    session.add(manual)
    session.flush()
    attachment.manual_id, attachment.version, attachment.what_changed = manual.id, 1, changed
    _note(session, manual, attachment.article, "manual begun", by, now, after=_facts(manual, attachment))
    return manual


def add_version(
    session: Session, manual: Manual, new: NewFile, what_changed: str, *, after: int, by: Actor, now: datetime
) -> Attachment:
    """`after`: the last number that the person saw; somebody else's version in between is told first (E18)."""
    numbers = numbers_of(session, manual.id)
    if after != max(numbers):
        raise Conflict(
            say(
                "この画面を開いたあとに、第%(number)s版が登録されました。版の一覧を確かめてください。",
                number=max(numbers),
            )
        )
    changed = _required_change(what_changed)
    row = add_attachments(session, manual.article, [new], by=by, now=now)[0]
    row.manual_id, row.version, row.what_changed = manual.id, next_version(numbers), changed
    _note(session, manual, manual.article, "manual version added", by, now, after=_facts(manual, row))
    return row


def correct_change(session: Session, version: Attachment, what_changed: str, *, by: Actor, now: datetime) -> None:
    manual, before = _manual_of(session, version), version.what_changed
    version.what_changed = _required_change(what_changed)
    after = _facts(manual, version)
    _note(session, manual, version.article, "manual change corrected", by, now, {"what_changed": before}, after=after)


def rename_manual(session: Session, manual: Manual, name: str, *, by: Actor, now: datetime) -> None:
    before, manual.name = manual.name, _kept_name(name)
    _note(session, manual, manual.article, "manual renamed", by, now, {"name": before}, after={"name": manual.name})


def take_back(session: Session, version: Attachment, *, by: Actor, now: datetime) -> None:
    """A wrong version: not listed any more, 404, and the one before is the latest again. Its number isn't given anew."""
    manual = _manual_of(session, version)
    remove_attachment(session, version, by=by, now=now)
    _note(session, manual, version.article, "manual version taken back", by, now, before=_facts(manual, version))


def _manual_of(session: Session, version: Attachment) -> Manual:
    if version.removed_at is not None:
        raise Conflict(say("この版はすでに取り下げられています。"))
    return session.get_one(Manual, version.manual_id)


def _kept_name(raw: str) -> str:
    name = on_one_line(raw).strip("　")
    if not name:
        raise Refused(say("資料の名前を入力してください。"), field="name")
    if len(name) > LONGEST_NAME:
        raise Refused(say("資料の名前は%(longest)s文字以内で入力してください。", longest=LONGEST_NAME), field="name")
    return name


def _kept_change(raw: str) -> str:
    lines = [line.rstrip() for line in kept_source(raw).strip().split("\n")]
    kept = "\n".join(line for line in lines if line)
    if len(kept) > LONGEST_CHANGE:
        raise Refused(
            say("変更点は%(longest)s文字以内で入力してください。", longest=LONGEST_CHANGE),
            field="what_changed",
        )
    return kept


def _required_change(raw: str) -> str:
    kept = _kept_change(raw)
    if not kept:
        raise Refused(say("変更点を入力してください。"), field="what_changed")
    return kept


def _facts(manual: Manual, version: Attachment) -> dict[str, Any]:
    return {
        "name": manual.name,
        "manual_version": version.version,
        "what_changed": version.what_changed,
        "file": version.name,
        "sha256": version.sha256,
        "article": version.article.public_id,
    }


def _note(
    session: Session,
    manual: Manual,
    article: Article,
    action: str,
    by: Actor,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    refuse_withdrawn(article)
    show_change(session, article)
    record(session, action, manual.public_id, by=by, now=now, before=before, after=after)
