"""Requests as screens, lists and files show them: labels, codes and dates beside the row (R5-12, R5-34)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from base.business_days import BusinessCalendar
from base.closing_days import business_calendar
from base.jst import day_of
from rights.announced_days import announced_delays
from rights.codes import SYSTEMS_WITH_RIGHTS, AskedRights, System, code_for
from rights.juju_seats import seat_numbers
from rights.models import RequestPart, RightsRequest
from rights.request_dates import (
    PartStanding,
    Standing,
    Step,
    due_on,
    may_be_taken_back,
    request_days,
    steps_of,
    turn_of,
)
from rights.request_days import Delays, RequestDays
from rights.request_queries import parts_by_request
from rights.request_rules import extra_seat
from rights.request_states import (
    DONE,
    GIVEN_UP_STATES,
    KIND_LABELS,
    NOT_PURSUED,
    RequestKind,
    RequestState,
    progress,
    system_states,
)

COLOURS: Mapping[str, str] = {"受付待ち": "amber", "処理中": "blue", "処理完了": "green", "申請取消": "red"}


class Urgency(StrEnum):
    """Of what waits for acceptance (R5-10 ②)."""

    NONE = ""
    TODAY = "today"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Cell:
    """One system of a request: the code as it shall be, and 「済」「未済」「(不要)」; 「–」 for what was given up.

    `held`: the code until then. `day`: in use (or gone) from then on, as expected or as fixed. `is_asked`: something changes here.
    """

    system: System
    title: str
    state: str
    held: str = ""
    is_asked: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """`schedule` is None where the request was given up; `seat`: which JUJU user of its organization it makes; `extra_seat`: the same, from the sixth on (R5-5).

    `wanted`: the rights as they shall be; `asked`: the systems in which that differs from what is held (R5-12).
    """

    row: RightsRequest
    kind: RequestKind
    kind_label: str
    wanted: AskedRights
    asked: AbstractSet[System]
    progress: str
    colour: str
    cells: tuple[Cell, ...]
    schedule: RequestDays | None
    steps: tuple[Step, ...]
    due_on: date
    urgency: Urgency
    seat: int | None
    extra_seat: int | None
    may_be_taken_back: bool

    @property
    def asked_cells(self) -> list[Cell]:
        """The systems in which something changes, in the order of the screens."""
        return [cell for cell in self.cells if cell.is_asked]

    @property
    def processing_date(self) -> date | None:
        return self.schedule.processing_date if self.schedule else None


@dataclass(frozen=True, slots=True)
class _Days:
    """What the days of every request are counted with."""

    now: datetime
    today: date
    calendar: BusinessCalendar
    delays: Delays


def shown(session: Session, requests: Sequence[RightsRequest], now: datetime) -> list[Shown]:
    days = _Days(now, day_of(now), business_calendar(session), announced_delays(session))
    parts, seats = parts_by_request(session, requests), seat_numbers(session, requests, now)
    return [_shown(row, parts.get(row.id, []), seats.get(row.id), days) for row in requests]


def shown_in_batches(session: Session, batches: Iterable[Sequence[RightsRequest]], now: datetime) -> Iterator[Shown]:
    """For files: one batch after the other."""
    for rows in batches:
        yield from shown(session, rows, now)


def wanted_by(row: RightsRequest) -> AskedRights:
    return AskedRights(row.taxis, row.johs, row.juju, row.loacus)


def title_of(system: System, value: str | None) -> str:
    code = code_for(system, value) if value else None
    return code.title if code else value or ""


def is_done(row: RightsRequest, part: RequestPart, now: datetime) -> bool:
    """「済」: a removal's only once it has taken effect; until then it can be taken back (R5-12, R5-17)."""
    if part.effect_at is None:
        return False
    return row.kind != RequestKind.REMOVAL or part.effect_at <= now


def _shown(row: RightsRequest, parts: Sequence[RequestPart], seat: int | None, days: _Days) -> Shown:
    state, kind = RequestState(row.state), RequestKind(row.kind)
    asked = frozenset(System(part.system) for part in parts)
    done = frozenset(System(part.system) for part in parts if is_done(row, part, days.now))
    words, standing = progress(state, asked, done, kind), _standing(row, parts, days.now)
    states = dict.fromkeys(done, DONE) if state in GIVEN_UP_STATES else system_states(asked, done)
    schedule = request_days(standing, days.today, days.calendar, days.delays)
    due = due_on(standing.entered_on, days.calendar)
    return Shown(
        row=row,
        kind=kind,
        kind_label=KIND_LABELS[kind],
        wanted=wanted_by(row),
        asked=asked,
        progress=words,
        colour=COLOURS.get(words, ""),
        cells=_cells(row, parts, states, schedule),
        schedule=schedule,
        steps=steps_of(standing, days.today, days.calendar, days.delays),
        due_on=due,
        urgency=_urgency(row, due, days.today),
        seat=seat,
        extra_seat=extra_seat(seat) if seat else None,
        may_be_taken_back=may_be_taken_back(standing, days.today),
    )


def _standing(row: RightsRequest, parts: Sequence[RequestPart], now: datetime) -> Standing:
    return Standing(
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        entered_on=day_of(row.entered_at),
        parts=[_part_standing(part, now) for part in parts],
        accepted_on=_day(row.accepted_at),
        processing_date=row.processing_date,
        ordered_on=_day(row.ordered_at),
        registered_on=_day(row.registered_at),
        ended_on=_day(row.ended_at),
        follows=row.follows_id is not None,
    )


def _part_standing(part: RequestPart, now: datetime) -> PartStanding:
    return PartStanding(
        system=System(part.system),
        turn=turn_of(part.code, part.held_code),
        effect_on=_day(part.effect_at),
        is_reached=part.effect_at is not None and part.effect_at <= now,
        is_withdrawn=part.withdrawn_at is not None,
    )


def _day(moment: datetime | None) -> date | None:
    return day_of(moment) if moment else None


def _cells(
    row: RightsRequest, parts: Sequence[RequestPart], states: Mapping[System, str], schedule: RequestDays | None
) -> tuple[Cell, ...]:
    by_system = {System(part.system): part for part in parts}
    codes = dict(wanted_by(row).in_all_systems())
    return tuple(
        _cell(system, codes[system], by_system.get(system), states.get(system, NOT_PURSUED), schedule)
        for system in SYSTEMS_WITH_RIGHTS
    )


def _cell(system: System, code: str | None, part: RequestPart | None, state: str, schedule: RequestDays | None) -> Cell:
    if part is None:
        return Cell(system, title_of(system, code), state, held=title_of(system, code))
    is_withdrawn = part.withdrawn_at is not None
    promised = schedule.from_day(system) if schedule and not is_withdrawn else None
    return Cell(
        system=system,
        title=title_of(system, code),
        state=NOT_PURSUED if is_withdrawn else state,
        held=title_of(system, part.held_code),
        is_asked=True,
        day=_day(part.effect_at) or promised,
    )


def _urgency(row: RightsRequest, due: date, today: date) -> Urgency:
    """Nobody accepts a change or a removal (R5-14, R5-18)."""
    if row.state != RequestState.ENTERED or row.kind != RequestKind.NEW or due > today:
        return Urgency.NONE
    return Urgency.TODAY if due == today else Urgency.LATE
