"""Rights that people hold already, taken over from elsewhere: judged row by row, all of a file or nothing (R5-3, R8-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from auth.login_id import fold
from auth.models import Organization, User
from base.actors import Actor
from base.audit import record
from base.csv_in import Fault, csv_rows
from base.refusals import Refused
from base.sentences import say
from rights.bulk.columns import LOGIN_ID, TAKE_AWAY, Cells, code_in, places_of
from rights.codes import SUCCESSORS, SYSTEMS_WITH_RIGHTS, AskedRights, BusinessKind, System, refusals_for
from rights.request_queries import open_request_for
from rights.right_changes import set_right, standing

NOBODY = say("このIDの利用者はいません。")
TWICE = say("このIDの行は、すでに上にあります。")
NOT_TAKEN_AWAY = say("取り込みで権限をなくすことはできません。抹消または変更を申請してください。")
UNDER_WAY = say("この方には手続き中の申請があるため、取り込めません。")


@dataclass(frozen=True, slots=True)
class Brought:
    """One code for one person; `row` as a spreadsheet counts."""

    row: int
    user: User
    system: System
    code: str


@dataclass(slots=True)
class Judged:
    """`mapped`: rows whose abolished code became another one, which is said (R5-3)."""

    rights: list[Brought] = field(default_factory=list)
    mapped: list[Fault] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unchanged: int = 0


def judge_rights(session: Session, content: bytes, now: datetime) -> Judged:
    """Changes nothing. `Refused` where the file can't be read at all."""
    judged, seen = Judged(), set[str]()
    places: dict[str, int] | None = None
    for row, cells in csv_rows(content):
        if places is None:
            places = places_of(cells, needed=(LOGIN_ID,))
            continue
        try:
            _judge(session, judged, seen, row, Cells(places, cells), now)
        except Refused as refusal:
            judged.faults.append(Fault(row, refusal.reason))
    return judged


def import_rights(session: Session, rights: Sequence[Brought], *, by: Actor, now: datetime) -> None:
    """In effect at once; what was held in that system until now ends."""
    for each in rights:
        before = dict(standing(session, each.user.id, now).by_system())
        set_right(session, each.user.id, each.system, each.code, now, request_id=None)
        facts = {each.system.lower(): each.code}
        was = {each.system.lower(): before.get(each.system)}
        record(
            session,
            "right.imported",
            f"user:{each.user.public_id}",
            by=by,
            now=now,
            before=was,
            after=facts,
            organization_id=each.user.organization_id,
        )


def _judge(session: Session, judged: Judged, seen: set[str], row: int, cells: Cells, now: datetime) -> None:
    user = _person(session, fold(cells[LOGIN_ID]))
    if user.login_id_folded in seen:
        raise Refused(TWICE)
    seen.add(user.login_id_folded)
    if open_request_for(session, user.login_id_folded) is not None:
        raise Refused(UNDER_WAY)
    named = {system: cells[system] for system in SYSTEMS_WITH_RIGHTS if cells[system]}
    if TAKE_AWAY in named.values():
        raise Refused(NOT_TAKEN_AWAY)
    typed = {system: code_in(system, cell) for system, cell in named.items()}
    codes = {system: SUCCESSORS.get((system, code), code) for system, code in typed.items()}
    _refuse_codes(user.organization, codes)
    held = dict(standing(session, user.id, now).by_system())
    new = [Brought(row, user, system, code) for system, code in codes.items() if held.get(system) != code]
    judged.rights += new
    judged.unchanged += not new
    judged.mapped += [
        Fault(row, say("%(old)s は廃止されたため、%(new)s として取り込みます。", old=typed[system], new=codes[system]))
        for system in codes
        if typed[system] != codes[system]
    ]


def _person(session: Session, folded: str) -> User:
    organization = selectinload(User.organization)
    loaded = (organization.selectinload(Organization.systems), organization.selectinload(Organization.kinds))
    there = (User.login_id_folded == folded, User.deleted_at.is_(None), User.staff_role.is_(None))
    user = session.scalars(select(User).where(*there).options(*loaded)).one_or_none()
    if user is None:
        raise Refused(NOBODY)
    return user


def _refuse_codes(organization: Organization, codes: Mapping[System, str]) -> None:
    """By the rules of a request (R5-2, R5-4)."""
    if not codes:
        return
    asked = AskedRights(**{system.lower(): code for system, code in codes.items()})
    systems, kinds = (
        {row.system for row in organization.systems},
        {BusinessKind(row.kind) for row in organization.kinds},
    )
    for refusal in refusals_for(asked, systems, kinds):
        raise Refused(refusal.reason)
