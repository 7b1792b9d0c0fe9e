"""The allow-list, and what was refused, as files for Excel (R2-3)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from flask import Response

from auth.allowed_lists import Listed
from auth.allowed_rules import EntryState
from auth.models import BlockedAccess
from base.csv_answers import csv_answer
from base.csv_out import csv_day, csv_moment

STATE_WORDS = {
    EntryState.CURRENT: "許可中",
    EntryState.SOON: "見直し間近",
    EntryState.OVERDUE: "見直し期日超過",
    EntryState.ENDED: "終了",
}
ALLOWED_HEADINGS = (
    *(
        "事業者",
        "IPアドレス",
        "状態",
        "理由",
        "承認者",
        "見直し期日",
        "登録日時",
        "最後に継続を確認した日時",
        "終了日時",
    ),
)
BLOCKED_HEADINGS = ("日付", "IPアドレス", "国", "事業者", "証明書(SHA-256)", "回数", "最初の日時", "最後の日時")


def allowed_csv(entries: Iterable[Listed], now: datetime) -> Response:
    return csv_answer(_allowed(entries), "allowed-addresses", now)


def _allowed(entries: Iterable[Listed]) -> Iterator[tuple[str, ...]]:
    yield ALLOWED_HEADINGS
    for each in entries:
        row = each.row
        who = (row.organization.name, row.network, STATE_WORDS[each.state], row.reason, row.approver)
        yield (*who, csv_day(row.review_on), *map(csv_moment, (row.added_at, row.confirmed_at, row.ended_at)))


def blocked_csv(rows: Iterable[BlockedAccess], now: datetime) -> Response:
    return csv_answer(_blocked(rows), "blocked-access", now)


def _blocked(rows: Iterable[BlockedAccess]) -> Iterator[tuple[object, ...]]:
    yield BLOCKED_HEADINGS
    for row in rows:
        name = row.organization.name if row.organization else ""
        told = (csv_day(row.day), row.address, row.country, name, row.fingerprint, row.count)
        yield (*told, csv_moment(row.first_at), csv_moment(row.last_at))
