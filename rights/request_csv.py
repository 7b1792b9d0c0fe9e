"""The list of requests as a file for Excel (R2-3)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask import Response

from base.csv_answers import csv_answer
from base.csv_out import csv_day, csv_moment
from rights.codes import SYSTEMS_WITH_RIGHTS
from rights.request_states import KIND_LABELS, SET_BY_REGISTRATION, RequestKind
from rights.shown_requests import Shown

HEADINGS = (
    *("申請番号", "種別", "進捗", "事業者", "所属事業者", "利用者名(漢字)", "利用者名(カナ)", "メールアドレス(ID)"),
    *SYSTEMS_WITH_RIGHTS,
    *(f"{system}処理" for system in SYSTEMS_WITH_RIGHTS),
    *("申請日時", "申請者", "受付日時", "システム処理日", "TAXIS・JOHS利用開始", "JUJU・LOACUS利用開始"),
    *("申請メモ", "取消・取下げ日時", "取消の理由"),
)


def requests_csv(requests: Sequence[Shown], now: datetime) -> Response:
    return csv_answer(_rows(requests), "requests", now)


def _rows(requests: Sequence[Shown]) -> Iterator[tuple[object, ...]]:
    yield HEADINGS
    for one in requests:
        yield (*_who(one), *(cell.title for cell in one.cells), *(cell.state for cell in one.cells), *_when(one))


def _who(one: Shown) -> tuple[str, ...]:
    row = one.row
    belongs_to = row.contractor.name if row.contractor else row.organization.name
    kind = KIND_LABELS[RequestKind(row.kind)]
    names = (row.organization.name, belongs_to, row.name_kanji, row.name_kana, row.login_id)
    return (row.number, kind, one.progress, *names)


def _when(one: Shown) -> tuple[str, ...]:
    row, schedule = one.row, one.schedule
    registered, others = one.asked & SET_BY_REGISTRATION, one.asked - SET_BY_REGISTRATION
    days = (
        schedule.processing_date if schedule else None,
        schedule.taxis_johs_from if schedule and registered else None,
        schedule.juju_loacus_from if schedule and others else None,
    )
    entered = (csv_moment(row.entered_at), row.entered_by.name_kanji, csv_moment(row.accepted_at))
    return (*entered, *map(csv_day, days), row.memo, csv_moment(row.ended_at), row.cancel_reason or "")
