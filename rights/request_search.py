"""Which requests a word finds: those in whose number, names or ID it stands, and those of a company of that name (R5-19)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from auth.models import Contractor, Organization
from rights.models import RequestText, RightsRequest
from rights.request_index import ids_with

MOST_NAMED = 500
MOST_COMPANIES = 20

_ORGANIZATION = select(Organization.name).where(Organization.id == RightsRequest.organization_id).scalar_subquery()
_CONTRACTOR = select(Contractor.name).where(Contractor.id == RightsRequest.contractor_id).scalar_subquery()
_OWN_TEXT = select(RequestText.text).where(RequestText.request_id == RightsRequest.id).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Found:
    """`is_countable` False: so many that a list is walked through until its page is full, and no further."""

    condition: ColumnElement[bool]
    is_countable: bool = True


Finding = Callable[[Session, str], Found]


def by_looking(session: Session, word: str) -> Found:
    """Request by request, within a reach that is small: so no answer hangs on what others have (E10)."""
    theirs = (each.condition for each in _of_companies(session, word))
    return Found(or_(_OWN_TEXT.contains(word, autoescape=True), *theirs))


def by_index(session: Session, word: str) -> Found:
    """Few are named one by one. Of many, the first ones stand close together, whatever the list is ordered by."""
    named, companies = ids_with(session, word, MOST_NAMED), _of_companies(session, word)
    own = _standing_in(session, word, named) if named is not None else None
    theirs = _ids_of(session, companies)
    if own is not None and theirs is not None:
        return Found(RightsRequest.id.in_({*own, *theirs}))
    of_companies = or_(false(), *(each.condition for each in companies))
    if own is not None and not own:
        return Found(of_companies, is_countable=False)
    in_text = RightsRequest.id.in_(own) if own else _OWN_TEXT.contains(word, autoescape=True)
    return Found(_likely(or_(in_text, of_companies)), is_countable=False)


def _standing_in(session: Session, word: str, ids: Sequence[int]) -> Sequence[int]:
    """The index names whatever has the word's letters."""
    has_it = (RequestText.request_id.in_(ids), RequestText.text.contains(word, autoescape=True))
    return session.scalars(select(RequestText.request_id).where(*has_it)).all()


def _ids_of(session: Session, companies: Sequence[Found]) -> Sequence[int] | None:
    if not all(each.is_countable for each in companies):
        return None
    theirs = or_(false(), *(each.condition for each in companies))
    ids = session.scalars(select(RightsRequest.id).where(theirs).limit(MOST_NAMED + 1)).all()
    return None if len(ids) > MOST_NAMED else ids


def _of_companies(session: Session, word: str) -> list[Found]:
    both = (
        (RightsRequest.organization_id, Organization, _ORGANIZATION),
        (RightsRequest.contractor_id, Contractor, _CONTRACTOR),
    )
    found = (_of_named(session, word, *each) for each in both)
    return [each for each in found if each is not None]


def _of_named(
    session: Session,
    word: str,
    column: InstrumentedAttribute[Any],
    company: type[Organization | Contractor],
    own_name: ScalarSelect[str],
) -> Found | None:
    """Few companies are named, so that an index finds theirs; many are looked at request by request."""
    ids = session.scalars(select(company.id).where(_is_named(company.name, word)).limit(MOST_COMPANIES + 1)).all()
    if not ids:
        return None
    return (
        Found(column.in_(ids))
        if len(ids) <= MOST_COMPANIES
        else Found(_likely(_is_named(own_name, word)), is_countable=False)
    )


def _is_named(name: InstrumentedAttribute[str] | ScalarSelect[str], word: str) -> ColumnElement[bool]:
    return func.replace(name, " ", "").icontains(word, autoescape=True)


def _likely(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """PostgreSQL takes texts that hold a word for rare: for a page of them it would read and sort everything."""
    return func.coalesce(condition, false())
