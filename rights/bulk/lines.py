"""Rows of a bulk file as orders; a blank cell never takes anything away (R9-13, R8-7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auth.login_id import fold
from auth.names import tidy_kana, tidy_kanji
from base.csv_in import csv_rows
from base.refusals import Refused
from base.sentences import say
from rights.bulk.columns import (
    CONTRACTOR,
    KANA,
    KANJI,
    KIND,
    KINDS,
    LOGIN_ID,
    MEMO,
    TAKE_AWAY,
    Cells,
    code_in,
    places_of,
)
from rights.codes import SYSTEMS_WITH_RIGHTS, AskedRights, System
from rights.request_states import RequestKind

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Line:
    """One order; `row` as a spreadsheet counts. `codes`: what is wanted by system, "" takes it away, a missing one leaves it."""

    row: int
    kind: RequestKind
    login_id: str
    name_kanji: str
    name_kana: str
    contractor: str
    codes: Mapping[System, str]
    memo: str

    @property
    def folded(self) -> str:
        return fold(self.login_id)

    def asked(self) -> AskedRights:
        """Of a new person."""
        return _rights(self.codes)

    def wanted(self, held: AskedRights) -> AskedRights:
        """Of a change: what isn't named stays as it is."""
        return _rights(dict(held.by_system()) | dict(self.codes))


@dataclass(frozen=True, slots=True)
class Unread:
    """A row of which not even the order can be told; `reason` is None where it asks for nothing."""

    row: int
    reason: str | None


def read_lines(content: bytes) -> Iterator[Line | Unread]:
    """Row by row. `Refused` for the file as a whole: no CSV, no headings, nothing in it, too many rows."""
    places: dict[str, int] | None = None
    count = 0
    for row, cells in csv_rows(content):
        if places is None:
            places = places_of(cells)
            continue
        count += 1
        if count > MOST_ROWS:
            raise Refused(say("行数が多すぎます(%(most)s行まで)。", most=MOST_ROWS))
        yield _line(row, Cells(places, cells))
    if not count:
        raise Refused(say("申請の行がありません。見出しの下に、1人1行で入力してください。"))


def _line(row: int, cells: Cells) -> Line | Unread:
    kind = KINDS.get(cells[KIND])
    if not cells[KIND]:
        return Unread(row, None)
    if kind is None:
        return Unread(row, say("申請種別は「新規」「変更」「抹消」のいずれかにしてください。"))
    try:
        fold(cells[LOGIN_ID])
    except Refused as refusal:
        return Unread(row, refusal.reason)
    return Line(
        row=row,
        kind=kind,
        login_id=cells[LOGIN_ID],
        name_kanji=tidy_kanji(cells[KANJI]),
        name_kana=tidy_kana(cells[KANA]),
        contractor=cells[CONTRACTOR],
        codes=_codes(cells),
        memo=cells[MEMO],
    )


def _codes(cells: Cells) -> dict[System, str]:
    named = ((system, cells[system]) for system in SYSTEMS_WITH_RIGHTS)
    return {system: "" if cell == TAKE_AWAY else code_in(system, cell) for system, cell in named if cell}


def _rights(codes: Mapping[System, str]) -> AskedRights:
    return AskedRights(**{system.lower(): code for system, code in codes.items() if code})
