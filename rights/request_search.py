"""Which requests a word finds: those in whose number, names or ID it stands, and those of a company of that name (R5-19)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from auth.models import Contractor, Organization
from rights.models import RequestText, RightsRequest
from rights.request_index import ids_with

MOST_NAMED = 500

_OWN_TEXT = select(RequestText.text).where(RequestText.request_id == RightsRequest.id).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Found:
    """`is_countable` False: so many that a list is walked through until its page is full, and no further."""

    condition: ColumnElement[bool]
    is_countable: bool = True


Finding = Callable[[Session, str], Found]


def by_looking(session: Session, word: str) -> Found:
    """Request by request, within a reach that is small: so no answer hangs on what others have (E10)."""
    return Found(or_(_OWN_TEXT.contains(word, autoescape=True), *_of_companies(session, word)))


def by_index(session: Session, word: str) -> Found:
    """Few are named one by one. Of many, the first ones stand close together, whatever the list is ordered by."""
    named, companies = ids_with(session, word, MOST_NAMED), _of_companies(session, word)
    own = _standing_in(session, word, named) if named is not None else None
    theirs = _ids_of(session, or_(false(), *companies)) if companies else []
    if own is not None and theirs is not None:
        return Found(RightsRequest.id.in_({*own, *theirs}))
    in_text = RightsRequest.id.in_(own) if own is not None else _OWN_TEXT.contains(word, autoescape=True)
    branches = companies if own is not None and not own else [in_text, *companies]
    return Found(or_(*branches), is_countable=False)


def _standing_in(session: Session, word: str, ids: Sequence[int]) -> Sequence[int]:
    """The index names whatever has the word's letters."""
    has_it = (RequestText.request_id.in_(ids), RequestText.text.contains(word, autoescape=True))
    return session.scalars(select(RequestText.request_id).where(*has_it)).all()


def _ids_of(session: Session, condition: ColumnElement[bool]) -> Sequence[int] | None:
    ids = session.scalars(select(RightsRequest.id).where(condition).limit(MOST_NAMED + 1)).all()
    return None if len(ids) > MOST_NAMED else ids


def _of_companies(session: Session, word: str) -> list[ColumnElement[bool]]:
    organizations = session.scalars(select(Organization.id).where(_is_named(Organization.name, word))).all()
    contractors = session.scalars(select(Contractor.id).where(_is_named(Contractor.name, word))).all()
    pairs = ((RightsRequest.organization_id, organizations), (RightsRequest.contractor_id, contractors))
    return [column.in_(ids) for column, ids in pairs if ids]


def _is_named(name: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    return func.replace(name, " ", "").icontains(word, autoescape=True)
