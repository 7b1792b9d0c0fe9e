"""What somebody has typed and not saved: his own, until he saves, discards or forgets it (R7-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from auth.models import User
from base.actors import Actor
from base.audit import record
from base.db import dialect_insert
from base.identifiers import is_public_id
from base.refusals import Refused
from base.sentences import say
from content.models import Article
from content.writing.models import Autosave

NEW = "new-"
KEPT_FOR = timedelta(days=30)
FRESH = timedelta(minutes=15)
# Of one person: so many are shown, and each may be as long as a form.
MOST_KEPT = 20
MOST_LETTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Whose and of what: `key` is the article's public id, or of a new one what its form was given."""

    person_id: int
    key: str
    article_id: int | None = None


def place_of(person_id: int, article: Article | None, key: str) -> Place | None:
    """None for a key that no form of ours was given (E14)."""
    if article is not None:
        return Place(person_id, article.public_id, article.id)
    return Place(person_id, key) if key.startswith(NEW) and is_public_id(key.removeprefix(NEW)) else None


def keep_typed(session: Session, place: Place, fields: str, *, revision: int, known: int, now: datetime) -> int | None:
    """The version that is now kept; None where another one is there than the form knows: it isn't written over (E18).

    `Refused` where the person has kept too much already.
    """
    _refuse_too_much(session, place, fields)
    here = (Autosave.person_id == place.person_id, Autosave.key == place.key)
    facts = {"fields": fields, "revision": revision, "version": known + 1, "saved_at": now}
    changed = update(Autosave).where(*here, Autosave.version == known).values(**facts)
    insert = dialect_insert(session, Autosave).values(
        person_id=place.person_id, key=place.key, article_id=place.article_id, **facts
    )
    for statement in (changed, insert.on_conflict_do_nothing(index_elements=["person_id", "key"])):
        if session.execute(statement.returning(Autosave.id)).first():
            return known + 1
    return None


def _refuse_too_much(session: Session, place: Place, fields: str) -> None:
    # Held until the end, so that of two browsers at once the second counts what the first keeps.
    session.scalars(select(User.id).where(User.id == place.person_id).with_for_update(key_share=True)).one()
    others = (Autosave.person_id == place.person_id, Autosave.key != place.key)
    kept = select(func.count(), func.coalesce(func.sum(func.length(Autosave.fields)), 0)).where(*others)
    count, letters = session.execute(kept).one()
    if count >= MOST_KEPT:
        raise Refused(
            say(
                "保存していない入力が%(count)s件残っているため、自動保存していません。記事の一覧から開いて、保存するか破棄してください。",
                count=count,
            )
        )
    if letters + len(fields) > MOST_LETTERS:
        raise Refused(
            say(
                "保存していない入力が全部で%(most)s文字を超えるため、自動保存していません。記事の一覧から開いて、保存するか破棄してください。",
                most=f"{MOST_LETTERS:,}",
            )
        )


def forget_typed(session: Session, person_id: int, key: str, known: int) -> bool:
    """It was saved by pressing, or discarded: gone, unless something newer is kept that the form doesn't know."""
    here = (Autosave.person_id == person_id, Autosave.key == key, Autosave.version <= known)
    return session.execute(delete(Autosave).where(*here).returning(Autosave.id)).first() is not None


def discard_typed(session: Session, key: str, known: int, *, by: Actor, now: datetime) -> None:
    if by.user_id is not None and forget_typed(session, by.user_id, key, known):
        record(session, "typed words discarded", key.removeprefix(NEW), by=by, now=now)


def forget_old_autosaves(session: Session, now: datetime) -> None:
    session.execute(delete(Autosave).where(Autosave.saved_at < now - KEPT_FOR))


def kept_by(session: Session, person_id: int, key: str) -> Autosave | None:
    here = (Autosave.person_id == person_id, Autosave.key == key)
    return session.scalars(select(Autosave).where(*here)).one_or_none()


def kept_of(session: Session, person_id: int) -> Sequence[Autosave]:
    """The latest first; each may be as long as an article."""
    here = select(Autosave).where(Autosave.person_id == person_id)
    return session.scalars(here.order_by(Autosave.saved_at.desc(), Autosave.id.desc()).limit(MOST_KEPT)).all()


def kept_new_ones(session: Session, person_id: int) -> Sequence[Autosave]:
    """Of articles that were never saved."""
    return [each for each in kept_of(session, person_id) if each.key.startswith(NEW)]


def others_typing(session: Session, article: Article, person_id: int, now: datetime) -> Sequence[Autosave]:
    """Who else is at this article just now: one row each, with the name."""
    here = (Autosave.article_id == article.id, Autosave.person_id != person_id, Autosave.saved_at > now - FRESH)
    latest = select(Autosave).where(*here).options(joinedload(Autosave.person)).order_by(Autosave.saved_at.desc())
    return session.scalars(latest).all()
