"""The four forms about one person: what each asks for, what stands against it, what it does (R5-14, R5-21, R5-43)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.closing_days import business_calendar
from rights.changes import Wanted, change_refusals, enter_change
from rights.codes import AskedRights, Refusal
from rights.corrections import correction_refusals, enter_correction
from rights.id_changes import enter_id_change, id_change_refusals
from rights.models import RightsRequest
from rights.people.choices import Choice
from rights.people.forms import NAMES, RIGHTS, asked_in, details_in
from rights.renewals import enter_anew, renewal_refusals
from rights.request_forms import RequestForm
from rights.request_states import RequestKind

Refusals = Callable[[Session, Organization, User, RequestForm, datetime], list[Refusal]]
Enter = Callable[[Session, Organization, User, RequestForm, Actor, datetime], RightsRequest]


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """`typed`: the fields of the form. `kind`: of the request whose days are shown; None where none has to be waited for."""

    choice: Choice
    typed: tuple[str, ...]
    kind: RequestKind | None
    refusals: Refusals
    enter: Enter

    def before(self, held: AskedRights) -> AskedRights:
        """What the rights that are asked for are compared with."""
        return AskedRights() if self.kind is RequestKind.NEW else held

    def after(self, held: AskedRights, form: RequestForm) -> AskedRights:
        return asked_in(form) if "taxis" in self.typed else held


def _wanted(form: RequestForm) -> Wanted:
    return Wanted(asked_in(form), form.entry().memo)


def _change(
    session: Session, of: Organization, user: User, form: RequestForm, by: Actor, now: datetime
) -> RightsRequest:
    return enter_change(session, of, user, _wanted(form), business_calendar(session), by=by, now=now)


def _correct(
    session: Session, of: Organization, user: User, form: RequestForm, by: Actor, now: datetime
) -> RightsRequest:
    return enter_correction(session, of, user, details_in(form), by=by, now=now)


def _new_id(
    session: Session, of: Organization, user: User, form: RequestForm, by: Actor, now: datetime
) -> RightsRequest:
    return enter_id_change(session, of, user, form.entry(), by=by, now=now)


def _anew(session: Session, of: Organization, user: User, form: RequestForm, by: Actor, now: datetime) -> RightsRequest:
    return enter_anew(session, of, user, form.entry(), business_calendar(session), by=by, now=now)


CHANGE = PersonEntry(
    Choice.CHANGE,
    (*RIGHTS, "memo"),
    RequestKind.CHANGE,
    lambda session, of, user, form, now: change_refusals(session, of, user, _wanted(form), now),
    _change,
)
CORRECT = PersonEntry(
    Choice.CORRECT,
    (*NAMES, "memo"),
    None,
    lambda session, of, user, form, _now: correction_refusals(session, of, user, details_in(form)),
    _correct,
)
NEW_ID = PersonEntry(
    Choice.NEW_ID,
    (*NAMES, "login_id", "memo"),
    RequestKind.NEW,
    lambda session, of, user, form, now: id_change_refusals(session, of, user, form.entry(), now),
    _new_id,
)
ANEW = PersonEntry(
    Choice.ANEW,
    (*NAMES, *RIGHTS, "memo"),
    RequestKind.NEW,
    lambda session, of, user, form, now: renewal_refusals(session, of, user, form.entry(), now),
    _anew,
)
ENTRIES: Mapping[Choice, PersonEntry] = {entry.choice: entry for entry in (CHANGE, CORRECT, NEW_ID, ANEW)}
