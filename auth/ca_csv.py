"""The list of issuing CAs as a file for Excel (R2-3)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from flask import Response

from auth.ca_queries import CaCounts
from auth.ca_words import STATE_TAGS
from auth.list_states import list_state
from auth.models import IssuingCa
from base.csv_out import csv_lines
from base.jst import day_of, in_jst

HEADINGS = (
    *("認証局", "SHA-256", "有効期間の開始", "有効期間の終了", "登録日時", "終了日時", "登録済みの証明書"),
    *("失効リストの取得元", "失効リストの状態", "失効リストの発行", "失効リストの期限", "読み取り日時", "失効の件数"),
    *("最後の失敗", "失敗した日時"),
)


def csv_answer(rows: Iterable[tuple[IssuingCa, CaCounts]], now: datetime) -> Response:
    answer = Response(csv_lines(_rows(rows, now)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename=issuing-cas-{day_of(now):%Y%m%d}.csv"
    return answer


def _rows(rows: Iterable[tuple[IssuingCa, CaCounts]], now: datetime) -> Iterator[tuple[str, ...]]:
    yield HEADINGS
    for row, counts in rows:
        dates = (row.not_before, row.not_after, row.added_at, row.ended_at)
        yield (
            *(row.subject, row.fingerprint, *map(_moment, dates), str(counts.certificates)),
            *(row.list_source, STATE_TAGS[list_state(row, now)][0]),
            *(*map(_moment, (row.list_from, row.list_until, row.list_read_at)), str(counts.listed)),
            *(row.list_failure or "", _moment(row.list_failed_at)),
        )


def _moment(moment: datetime | None) -> str:
    return f"{in_jst(moment):%Y/%m/%d %H:%M}" if moment else ""
