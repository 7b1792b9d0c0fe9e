"""The list of requests as a file for Excel (R2-3)."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date, datetime

from flask import Response

from base.csv_answers import csv_answer
from base.csv_out import csv_day, csv_moment
from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.request_states import SET_BY_REGISTRATION
from rights.shown_requests import Shown

HEADINGS = (
    *("申請番号", "種別", "進捗", "事業者", "所属事業者", "利用者名(漢字)", "利用者名(カナ)", "メールアドレス(ID)"),
    *(f"{system}申請前" for system in SYSTEMS_WITH_RIGHTS),
    *(f"{system}申請後" for system in SYSTEMS_WITH_RIGHTS),
    *(f"{system}処理" for system in SYSTEMS_WITH_RIGHTS),
    *("申請日時", "申請者", "受付日時", "システム処理日", "TAXIS・JOHS適用日", "JUJU・LOACUS適用日"),
    *("申請メモ", "取消・取下げ日時", "取消の理由"),
)


def requests_csv(requests: Iterable[Shown], now: datetime) -> Response:
    return csv_answer(_rows(requests), "requests", now)


def _rows(requests: Iterable[Shown]) -> Iterator[tuple[object, ...]]:
    yield HEADINGS
    for one in requests:
        titles = (*(cell.held for cell in one.cells), *(cell.title for cell in one.cells))
        yield (*_who(one), *titles, *(cell.state for cell in one.cells), *_when(one))


def _who(one: Shown) -> tuple[str, ...]:
    row = one.row
    belongs_to = row.contractor.name if row.contractor else row.organization.name
    names = (row.organization.name, belongs_to, row.name_kanji, row.name_kana, row.login_id)
    return (row.number, one.kind_label, one.progress, *names)


def _when(one: Shown) -> tuple[str, ...]:
    row = one.row
    days = (one.processing_date, _first_day(one, SET_BY_REGISTRATION), _first_day(one, one.asked - SET_BY_REGISTRATION))
    entered = (csv_moment(row.entered_at), row.entered_by.name_kanji, csv_moment(row.accepted_at))
    return (*entered, *map(csv_day, days), row.memo, csv_moment(row.ended_at), row.cancel_reason or "")


def _first_day(one: Shown, systems: AbstractSet[System]) -> date | None:
    return min((cell.day for cell in one.asked_cells if cell.day and cell.system in systems), default=None)
