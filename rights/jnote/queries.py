from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from auth.models import User
from rights.jnote.models import JNoteList
from rights.models import JNoteId

AT_ONCE = 5000
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """What taking a list over would change. `people`: those here whose ID stands in it, some of them; `people_count`: all."""

    present: int
    added: int
    gone: int
    people: Sequence[User]
    people_count: int

    @property
    def is_much_smaller(self) -> bool:
        """As if only a part of the list had been exported."""
        return self.present > 0 and self.present + self.added - self.gone < self.present / 2


def list_by(session: Session, public_id: str) -> JNoteList | None:
    return session.scalars(select(JNoteList).where(JNoteList.public_id == public_id)).one_or_none()


def taken_lists(session: Session) -> Sequence[JNoteList]:
    """The latest first."""
    taken = select(JNoteList).where(JNoteList.taken_at.is_not(None)).options(joinedload(JNoteList.taken_by))
    return session.scalars(taken.order_by(JNoteList.taken_at.desc(), JNoteList.id.desc()).limit(MOST_SHOWN)).all()


def difference(session: Session, row: JNoteList) -> Difference:
    ids = set(row.ids.split("\n"))
    present = set(session.scalars(select(JNoteId.login_id_folded)))
    mine = session.execute(select(User.id, User.login_id_folded).where(User.deleted_at.is_(None)))
    met = [user_id for user_id, folded in mine if folded in ids]
    shown = select(User).where(User.id.in_(sorted(met)[:MOST_SHOWN])).options(joinedload(User.organization))
    people = session.scalars(shown.order_by(User.id)).all()
    return Difference(len(present), len(ids - present), len(present - ids), people, len(met))


def is_in_jnote(session: Session, folded: str) -> bool:
    """Whether the neighbouring system uses the ID (R5-7)."""
    return session.scalar(select(JNoteId.login_id_folded).where(JNoteId.login_id_folded == folded)) is not None


def jnote_ids_among(session: Session, folded: Sequence[str]) -> set[str]:
    """The same of some hundred at once."""
    return set(session.scalars(select(JNoteId.login_id_folded).where(JNoteId.login_id_folded.in_(folded))))


def every_id(session: Session) -> Iterator[str]:
    """In order, some thousand at a time."""
    last = ""
    while True:
        after = select(JNoteId.login_id_folded).where(JNoteId.login_id_folded > last)
        found = session.scalars(after.order_by(JNoteId.login_id_folded).limit(AT_ONCE)).all()
        if not found:
            return
        yield from found
        last = found[-1]
