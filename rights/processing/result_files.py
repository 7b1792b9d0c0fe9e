"""The CSV that comes back with results: each row answered, and nothing is stored unless all is well (R8-7, R9-4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from base.actors import Actor
from base.business_days import BusinessCalendar
from base.csv_in import csv_rows
from base.refusals import Refused
from base.sentences import say
from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.completions import complete_parts, complete_registration
from rights.models import RightsRequest
from rights.processing.answers import NOT_THERE, lock_lines
from rights.processing.sheet_csv import KEY, NUMBER, RESULT, SYSTEM, key_of, public_id_in
from rights.request_states import SET_BY_REGISTRATION

MOST_ROWS = 10_000
DONE = frozenset({"済", "完了", "OK", "ok"})


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one row; `fault` is empty where it is in order, `is_blank` where it asks for nothing."""

    row: int
    about: str = ""
    words: str = ""
    fault: str = ""
    is_blank: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row asks for: ⑥ with this number, or ⑩ of this system."""

    row: int
    public_id: str
    number: str
    system: System | None

    @property
    def words(self) -> str:
        if self.system is None:
            return say("登録完了 %(number)s", number=self.number)
        return say("%(system)s 完了", system=self.system)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row the cells stand that matter; `number` of a file of accounts, the other two of one of systems."""

    key: int
    number: int | None
    system: int | None
    result: int | None


def take_results(
    session: Session, m: date, content: bytes, calendar: BusinessCalendar, *, by: Actor, now: datetime
) -> list[Answer]:
    """Carries all out and answers each row; where one is at fault, or where it is only tried, the caller drops the transaction."""
    answers: dict[int, Answer] = {}
    asked: list[Asked] = []
    for row, found in _read(content):
        if isinstance(found, Asked):
            asked.append(found)
        else:
            answers[row] = found
    answers |= {answer.row: answer for answer in _twice(asked)}
    left = [one for one in asked if one.row not in answers]
    answers |= {answer.row: answer for answer in _carry_out(session, m, left, calendar, by, now)}
    return [answers[row] for row in sorted(answers)]


def _read(content: bytes) -> Iterator[tuple[int, Asked | Answer]]:
    columns: Columns | None = None
    for count, (row, cells) in enumerate(csv_rows(content)):
        if columns is None:
            columns = _columns(cells)
        elif count > MOST_ROWS:
            raise Refused(say("行数が多すぎます(%(most)s行まで)。分けて取り込んでください。", most=MOST_ROWS))
        else:
            yield row, _asked(row, cells, columns)
    if columns is None:
        raise Refused(say("ファイルに何も入っていません。"))


def _columns(headings: Sequence[str]) -> Columns:
    places = {heading: place for place, heading in enumerate(headings)}
    if KEY not in places:
        raise Refused(say("1行目に見出し「%(key)s」がありません。引渡しCSVに結果を入れて取り込んでください。", key=KEY))
    if RESULT in places and SYSTEM in places:
        return Columns(places[KEY], None, places[SYSTEM], places[RESULT])
    if NUMBER not in places:
        raise Refused(
            say("1行目に見出し「%(number)s」または「%(result)s」がありません。", number=NUMBER, result=RESULT)
        )
    return Columns(places[KEY], places[NUMBER], None, None)


def _asked(row: int, cells: Sequence[str], columns: Columns) -> Asked | Answer:
    """A blank cell asks for nothing."""

    def cell(place: int | None) -> str:
        return cells[place] if place is not None and place < len(cells) else ""

    public_id, answer = public_id_in(cell(columns.key)), cell(columns.number) or cell(columns.result)
    if public_id is None:
        return Answer(row, fault=say("「%(key)s」が読み取れません。", key=KEY))
    if not answer:
        return Answer(row, cell(columns.key), is_blank=True)
    if columns.number is not None:
        return Asked(row, public_id, answer, None)
    if answer not in DONE:
        return Answer(row, cell(columns.key), fault=say("「%(result)s」は「済」か空欄にしてください。", result=RESULT))
    return _of_system(row, public_id, cell(columns.system))


def _of_system(row: int, public_id: str, name: str) -> Asked | Answer:
    if name in SET_BY_REGISTRATION:
        return Answer(
            row, key_of(public_id), say("%(system)s は、利用者番号の入力で完了します", system=name), is_blank=True
        )
    if name not in SYSTEMS_WITH_RIGHTS:
        return Answer(row, key_of(public_id), fault=say("「%(system)s」という個別システムはありません。", system=name))
    return Asked(row, public_id, "", System(name))


def _twice(asked: Sequence[Asked]) -> Iterator[Answer]:
    seen: dict[tuple[str, System | None], int] = {}
    for one in asked:
        first = seen.setdefault((one.public_id, one.system), one.row)
        if first != one.row:
            yield Answer(one.row, key_of(one.public_id), fault=say("%(first)s行目と同じ申請です。", first=first))


def _carry_out(
    session: Session, m: date, asked: Sequence[Asked], calendar: BusinessCalendar, by: Actor, now: datetime
) -> Iterator[Answer]:
    by_request: dict[str, list[Asked]] = {}
    for one in asked:
        by_request.setdefault(one.public_id, []).append(one)
    for request in lock_lines(session, list(by_request)):
        for one in by_request.pop(request.public_id):
            yield _answer(request, one, m, lambda request, one: _enter(session, request, one, calendar, by, now))
    for rest in by_request.values():
        yield from (Answer(one.row, key_of(one.public_id), fault=NOT_THERE) for one in rest)


def _answer(request: RightsRequest, one: Asked, m: date, enter: Callable[[RightsRequest, Asked], None]) -> Answer:
    about = f"{request.number} {request.name_kanji}({request.organization.name})"
    if request.processing_date != m:
        return Answer(one.row, about, one.words, NOT_THERE)
    if _is_entered(request, one):
        return Answer(one.row, about, say("入力済み"), is_blank=True)
    try:
        enter(request, one)
    except Refused as refusal:
        return Answer(one.row, about, one.words, refusal.reason)
    return Answer(one.row, about, one.words)


def _is_entered(request: RightsRequest, one: Asked) -> bool:
    """A file that comes back twice, or that was written after some were entered, changes nothing again."""
    if one.system is None:
        return (
            request.registered_at is not None
            and request.person is not None
            and request.person.user_number == one.number
        )
    return any(part.system == one.system and part.done_at is not None for part in request.parts)


def _enter(
    session: Session, request: RightsRequest, one: Asked, calendar: BusinessCalendar, by: Actor, now: datetime
) -> None:
    if one.system is None:
        complete_registration(session, request, one.number, calendar, by=by, now=now)
    else:
        complete_parts(session, request, {one.system}, calendar, by=by, now=now)


def counts_of(answers: Sequence[Answer]) -> Mapping[str, int]:
    faults, blank = sum(bool(one.fault) for one in answers), sum(one.is_blank for one in answers)
    return {"good": len(answers) - faults - blank, "blank": blank, "faults": faults}
