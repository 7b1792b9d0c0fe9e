"""Processing dates and the lines of their sheets as screens show them (R9-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from base.business_days import BusinessCalendar
from base.closing_days import business_calendar
from base.jst import day_of
from base.schedule import processing_date
from rights.codes import System
from rights.effect_dates import StartingDays, starting_days
from rights.models import ProcessingDay
from rights.processing.completion_rules import (
    LINE_WORDS,
    Facts,
    LineState,
    Sheet,
    Urgency,
    bounds_on,
    due_on,
    state_of,
    urgency_of,
)
from rights.processing.sheet_queries import Line, Tally, count_requests, dates_before, open_dates, tallies
from rights.request_dates import next_processing_date
from rights.request_states import KIND_LABELS, RequestKind
from rights.shown_requests import title_of

COLOURS: Mapping[LineState, str] = {LineState.ORDERED: "blue", LineState.ANSWERED: "amber", LineState.DONE: "green"}
EMPTY = Tally()
EARLIER = 24


@dataclass(frozen=True, slots=True)
class ShownDay:
    """`requests`: how many are of this M, `ordered`: how many of them were carried out. `delayed` None: the rule's days hold."""

    m: date
    is_next: bool
    is_past: bool
    days: StartingDays
    by_rule: StartingDays
    delayed: ProcessingDay | None
    requests: int
    ordered: int
    sheets: Mapping[Sheet, Tally]

    @property
    def late(self) -> int:
        return sum(tally.late for tally in self._by_hand)

    @property
    def today(self) -> int:
        return sum(tally.today for tally in self._by_hand)

    @property
    def left(self) -> int:
        return sum(tally.left for tally in self._by_hand)

    @property
    def _by_hand(self) -> Sequence[Tally]:
        return [tally for sheet, tally in self.sheets.items() if sheet.is_completed_by_hand]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """`fault` and `typed`: what stood beside the line when it was refused."""

    line: Line
    kind_label: str
    state: LineState
    words: str
    colour: str
    due: date | None
    urgency: Urgency
    held: str
    title: str
    typed: str = ""
    fault: str = ""
    is_ticked: bool = False

    @property
    def is_open(self) -> bool:
        """Something can be entered: a removal's completion also before M (R5-18)."""
        is_removal = self.line.request.kind == RequestKind.REMOVAL
        return self.state in {LineState.ORDERED, LineState.ANSWERED} or (is_removal and self.state is LineState.BEFORE)

    @property
    def waits_for_number(self) -> bool:
        """⑩ of a new person comes after ⑥."""
        request, is_left = self.line.request, self.state in {LineState.ORDERED, LineState.ANSWERED}
        is_of_system = self.line.part is not None and request.kind == RequestKind.NEW
        return is_of_system and is_left and request.registered_at is None


def shown_days(session: Session, now: datetime) -> list[ShownDay]:
    """Every M with something left to do, the next one, and the one that follows from today's entries."""
    today, calendar = day_of(now), business_calendar(session)
    coming = {next_processing_date(today, calendar), processing_date(today, calendar)}
    return _shown(session, sorted({*open_dates(session), *coming}), today, calendar)


def earlier_days(session: Session, before: date, now: datetime) -> list[ShownDay]:
    """What has been, the newest first."""
    return _shown(session, dates_before(session, before, EARLIER), day_of(now), business_calendar(session))


def shown_day(session: Session, m: date, now: datetime) -> ShownDay:
    return _shown(session, [m], day_of(now), business_calendar(session))[0]


def shown_lines(
    lines: Sequence[Line],
    today: date,
    calendar: BusinessCalendar,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    ticked: Sequence[str] = (),
) -> list[ShownLine]:
    return [_line(line, today, calendar, typed or {}, faults or {}, ticked) for line in lines]


def _shown(session: Session, dates: Sequence[date], today: date, calendar: BusinessCalendar) -> list[ShownDay]:
    counted, requests = tallies(session, dates, bounds_on(today, calendar)), count_requests(session, dates)
    following = next_processing_date(today, calendar)
    delayed = {m: session.get(ProcessingDay, m) for m in dates}
    return [
        ShownDay(
            m=m,
            is_next=m == following,
            is_past=m < today,
            days=_days(delayed[m]) or starting_days(m, calendar),
            by_rule=starting_days(m, calendar),
            delayed=delayed[m],
            requests=requests.get(m, (0, 0))[0],
            ordered=requests.get(m, (0, 0))[1],
            sheets={sheet: counted.get((m, sheet), EMPTY) for sheet in Sheet},
        )
        for m in dates
    ]


def _days(delayed: ProcessingDay | None) -> StartingDays | None:
    return StartingDays(delayed.taxis_johs_from, delayed.juju_loacus_from) if delayed else None


def _line(
    line: Line,
    today: date,
    calendar: BusinessCalendar,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
    ticked: Sequence[str],
) -> ShownLine:
    facts = _facts(line)
    state, due = state_of(facts), due_on(facts, calendar)
    public_id, part = line.request.public_id, line.part
    system = System(part.system) if part else None
    return ShownLine(
        line=line,
        kind_label=KIND_LABELS[RequestKind(line.request.kind)],
        state=state,
        words=LINE_WORDS[state],
        colour=COLOURS.get(state, ""),
        due=due,
        urgency=urgency_of(due, today),
        held=title_of(system, part.held_code) if part and system else "",
        title=title_of(system, part.code) if part and system else "",
        typed=typed.get(public_id, ""),
        fault=faults.get(public_id, ""),
        is_ticked=public_id in ticked,
    )


def _facts(line: Line) -> Facts:
    request, part = line.request, line.part
    answered_at = part.result_at if part else request.account_result_at
    done_at = part.done_at if part else request.registered_at
    return Facts(*(day_of(at) if at else None for at in (request.ordered_at, answered_at, done_at)))
