"""The audit trail, newest first, a page at a time: never counted, never skipped through, however long it has become.

What is sought is a list of criteria, each of them a list of conditions that one index meets (`Index(column, at)`). The first criterion
drives: of each of its conditions the newest lines are taken in the index' own order, the others are asked of those lines only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select, true, tuple_, union
from sqlalchemy.orm import Session

from auth.login_id import fold
from auth.models import Certificate, CertificateRegistration, Organization, User
from base.audit import AuditEntry
from base.identifiers import is_public_id
from base.jst import start_of
from base.refusals import Refused
from desk.audit_filters import AuditFilters
from desk.audit_words import actions_of

LINES_A_PAGE = 50
LINES_AT_ONCE = 1000
MOST_FOUND = 50
FINGERPRINT = 64

Condition = ColumnElement[bool]
Criterion = list[Condition]


@dataclass(frozen=True, slots=True)
class Sought:
    """`criteria`: the most telling first. `is_cut`: more people or certificates fit the words than are looked for."""

    criteria: list[Criterion]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class AuditPage:
    """`older` and `newer`: the line from which the list goes on."""

    lines: Sequence[AuditEntry]
    older: int | None
    newer: int | None
    is_cut: bool


def people_named(session: Session, words: str) -> list[User]:
    """By public id, else by the ID as a whole, else by words in ID or name; deleted ones too."""
    if is_public_id(words) and (found := session.scalars(select(User).where(User.public_id == words)).all()):
        return list(found)
    if exact := session.scalars(select(User).where(User.login_id_folded == _folded(words))).all():
        return list(exact)
    unspaced = words.replace(" ", "").replace("　", "")
    fits = [User.name_kanji, User.name_kana]
    is_named = or_(
        *(_unspaced(name).contains(unspaced, autoescape=True) for name in fits),
        User.login_id_folded.contains(words.lower(), autoescape=True),
    )
    return list(session.scalars(select(User).where(is_named).order_by(User.id).limit(MOST_FOUND + 1)))


def certificates_named(session: Session, words: str) -> list[Certificate]:
    """By fingerprint, public id, serial or the PC's name as a whole."""
    digits = words.replace(":", "").replace(" ", "").lower()
    of_pc = select(CertificateRegistration.certificate_id).where(CertificateRegistration.pc_name == words)
    is_named = or_(
        Certificate.fingerprint == digits,
        Certificate.public_id == words,
        Certificate.serial == digits.lstrip("0"),
        Certificate.id.in_(of_pc),
    )
    return list(session.scalars(select(Certificate).where(is_named).order_by(Certificate.id).limit(MOST_FOUND + 1)))


def sought(session: Session, filters: AuditFilters) -> Sought:
    people = people_named(session, filters.person) if filters.person else []
    certificates = certificates_named(session, filters.certificate) if filters.certificate else []
    criteria: list[Criterion] = []
    if filters.reference:
        criteria.append([AuditEntry.reference == filters.reference])
    if filters.person:
        criteria.append(_about_people(people[:MOST_FOUND], filters.person))
    if filters.certificate:
        criteria.append(_about_certificates(certificates[:MOST_FOUND], filters.certificate))
    if filters.organization:
        organization = session.scalar(select(Organization.id).where(Organization.public_id == filters.organization))
        criteria.append([AuditEntry.organization_id == organization if organization else false()])
    if filters.kind:
        criteria.append([AuditEntry.action == action for action in actions_of(filters.kind)])
    return Sought([*criteria, *_days(filters)], max(len(people), len(certificates)) > MOST_FOUND)


def page_of(session: Session, filters: AuditFilters) -> AuditPage:
    wanted, is_rising = sought(session, filters), filters.newer_than is not None
    start = session.get(AuditEntry, filters.newer_than or filters.older_than or 0)
    lines = _lines(session, wanted, start, LINES_A_PAGE + 1, is_rising=is_rising)
    has_more, lines = len(lines) > LINES_A_PAGE, lines[:LINES_A_PAGE]
    has_newer, has_older = (has_more, True) if is_rising else (start is not None, has_more)
    shown = lines[::-1] if is_rising else lines
    return AuditPage(
        shown,
        older=shown[-1].id if has_older and shown else None,
        newer=shown[0].id if has_newer and shown else None,
        is_cut=wanted.is_cut,
    )


def batches_of(session: Session, filters: AuditFilters) -> Iterator[Sequence[AuditEntry]]:
    """Everything that the filters leave, newest first; no more than one batch is in memory."""
    wanted, start = sought(session, filters), None
    while lines := _lines(session, wanted, start, LINES_AT_ONCE, is_rising=False):
        yield lines
        start = lines[-1]
        # Nothing is held open between two batches: whoever reads slowly keeps no snapshot of the database.
        session.close()


def _folded(words: str) -> str:
    try:
        return fold(words)
    except Refused:
        return words.lower()


def _unspaced(name: Any) -> ColumnElement[str]:
    return func.replace(func.replace(name, " ", ""), "　", "")


def _about_people(people: Sequence[User], words: str) -> Criterion:
    """What they did and what was done to them; a login with an ID that nobody has is known by that ID alone."""
    if not people:
        return [AuditEntry.subject == f"login:{_folded(words)}"]
    subjects = {f"{kind}:{name}" for person in people for kind, name in _names(person)}
    return [
        *(AuditEntry.user_id == person.id for person in people),
        *(AuditEntry.subject == subject for subject in sorted(subjects)),
    ]


def _names(person: User) -> tuple[tuple[str, str], ...]:
    return ("login", person.login_id), ("login", person.login_id_folded), ("user", person.public_id)


def _about_certificates(certificates: Sequence[Certificate], words: str) -> Criterion:
    if not certificates:
        digits = words.replace(":", "").replace(" ", "").lower()
        return [AuditEntry.fingerprint == digits]
    return [
        *(AuditEntry.fingerprint == each.fingerprint for each in certificates),
        *(AuditEntry.subject == f"certificate:{each.public_id}" for each in certificates),
    ]


def _days(filters: AuditFilters) -> list[Criterion]:
    days: list[Criterion] = []
    if filters.since:
        days.append([AuditEntry.at >= start_of(filters.since)])
    if filters.until:
        days.append([AuditEntry.at < start_of(filters.until + timedelta(days=1))])
    return days


def _lines(
    session: Session, wanted: Sought, start: AuditEntry | None, most: int, *, is_rising: bool
) -> list[AuditEntry]:
    driving, *others = wanted.criteria or [[true()]]
    narrowed: list[Condition] = [or_(*criterion) for criterion in others]
    if start is not None:
        narrowed.append(_beyond(start, is_rising=is_rising))
    order = _order(AuditEntry, is_rising=is_rising)

    def newest(of: Any, condition: Condition) -> Any:
        return of.where(condition, *narrowed).order_by(*order).limit(most)

    if len(driving) == 1:
        return list(session.scalars(newest(select(AuditEntry), driving[0])))
    places = [newest(select(AuditEntry.at, AuditEntry.id), condition).subquery() for condition in driving]
    every = union(*(select(each) for each in places)).subquery()
    ids = session.scalars(select(every.c.id).order_by(*_order(every.c, is_rising=is_rising)).limit(most)).all()
    return list(session.scalars(select(AuditEntry).where(AuditEntry.id.in_(ids)).order_by(*order)))


def _beyond(start: AuditEntry, *, is_rising: bool) -> Condition:
    place = tuple_(AuditEntry.at, AuditEntry.id)
    begun = tuple_(start.at, start.id, types=(AuditEntry.at.type, AuditEntry.id.type))
    return place > begun if is_rising else place < begun


def _order(of: Any, *, is_rising: bool) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    if is_rising:
        return of.at.asc(), of.id.asc()
    return of.at.desc(), of.id.desc()
