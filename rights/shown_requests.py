"""Requests as screens, lists and files show them: labels, codes and dates beside the row (R5-12, R5-34)."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from base.business_days import BusinessCalendar
from base.closing_days import business_calendar
from base.jst import day_of
from base.schedule import Schedule
from rights.codes import AskedRights, System, code_for
from rights.juju_seats import seat_numbers
from rights.models import RequestPart, RightsRequest
from rights.request_dates import Standing, Step, due_on, schedule_of, steps_of
from rights.request_queries import parts_by_request
from rights.request_rules import extra_seat
from rights.request_states import GIVEN_UP_STATES, NOT_PURSUED, RequestKind, RequestState, progress, system_states

COLOURS: Mapping[str, str] = {"受付待ち": "amber", "処理中": "blue", "処理完了": "green", "申請取消": "red"}


class Urgency(StrEnum):
    """Of what waits for acceptance (R5-10 ②)."""

    NONE = ""
    TODAY = "today"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Cell:
    """One system of a request: the code asked for, and 「済」「未済」「(不要)」; 「–」 where the request was given up."""

    system: System
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class Shown:
    """`schedule` is None where the request has ended; `extra_seat`: which JUJU user it makes, from the sixth on (R5-5).

    `wanted`: the rights as they shall be; `asked`: the systems in which that differs from what is held (R5-12).
    """

    row: RightsRequest
    wanted: AskedRights
    asked: AbstractSet[System]
    progress: str
    colour: str
    cells: tuple[Cell, ...]
    schedule: Schedule | None
    steps: tuple[Step, ...]
    due_on: date
    urgency: Urgency
    extra_seat: int | None


def shown(session: Session, requests: Sequence[RightsRequest], now: datetime) -> list[Shown]:
    calendar, today = business_calendar(session), day_of(now)
    parts, seats = parts_by_request(session, requests), seat_numbers(session, requests, now)
    return [
        _shown(row, parts.get(row.id, []), seats.get(row.id), today=today, calendar=calendar, now=now)
        for row in requests
    ]


def wanted_by(row: RightsRequest) -> AskedRights:
    return AskedRights(row.taxis, row.johs, row.juju, row.loacus)


def title_of(system: System, value: str | None) -> str:
    code = code_for(system, value) if value else None
    return code.title if code else value or ""


def _shown(
    row: RightsRequest,
    parts: Sequence[RequestPart],
    seat: int | None,
    *,
    today: date,
    calendar: BusinessCalendar,
    now: datetime,
) -> Shown:
    state, kind = RequestState(row.state), RequestKind(row.kind)
    asked = frozenset(System(part.system) for part in parts)
    done = frozenset(System(part.system) for part in parts if is_done(row, part, now))
    words, is_given_up = progress(state, asked, done, kind), state in GIVEN_UP_STATES
    standing = _standing(row, asked, done)
    due = due_on(standing.entered_on, calendar)
    return Shown(
        row=row,
        wanted=wanted_by(row),
        asked=asked,
        progress=words,
        colour=COLOURS.get(words, ""),
        cells=_cells(wanted_by(row), {} if is_given_up else system_states(asked, done)),
        schedule=None if is_given_up else schedule_of(standing, today, calendar),
        steps=steps_of(standing, today, calendar),
        due_on=due,
        urgency=_urgency(state, due, today),
        extra_seat=extra_seat(seat) if seat else None,
    )


def is_done(row: RightsRequest, part: RequestPart, now: datetime) -> bool:
    """「済」: a removal's only once it has taken effect; until then it can be taken back (R5-12, R5-17)."""
    if part.effect_at is None:
        return False
    return row.kind != RequestKind.REMOVAL or part.effect_at <= now


def _standing(row: RightsRequest, asked: frozenset[System], done: frozenset[System]) -> Standing:
    return Standing(
        state=RequestState(row.state),
        entered_on=day_of(row.entered_at),
        accepted_on=day_of(row.accepted_at) if row.accepted_at else None,
        processing_date=row.processing_date,
        ended_on=day_of(row.ended_at) if row.ended_at else None,
        asked=asked,
        done=done,
    )


def _cells(asked: AskedRights, states: Mapping[System, str]) -> tuple[Cell, ...]:
    return tuple(
        Cell(system, title_of(system, code), states.get(system, NOT_PURSUED)) for system, code in asked.in_all_systems()
    )


def _urgency(state: RequestState, due: date, today: date) -> Urgency:
    if state is not RequestState.ENTERED or due > today:
        return Urgency.NONE
    return Urgency.TODAY if due == today else Urgency.LATE
