"""Lists of registered certificates as files for Excel (R2-3, R8-7)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from flask import Response

from auth.certificate_lists import Line
from auth.certificate_states import CertificateState
from auth.certificate_words import STATE_TAGS, SUCCESSIONS
from base.csv_out import csv_lines
from base.jst import day_of, in_jst

HEADINGS = (
    *("事業者", "PC名", "状態", "有効期間の開始", "有効期間の終了", "残り日数", "申請の最終日", "後継の証明書"),
    *(
        "主体者",
        "発行者",
        "シリアル番号(16進)",
        "SHA-256",
        "登録日時",
        "停止日時",
        "停止の理由",
        "失効日時",
        "失効の理由",
    ),
)


LISTED = "認証局の失効リスト"


def csv_answer(lines: Iterable[Line], name: str, now: datetime, *, is_for_staff: bool = False) -> Response:
    """Why staff revoked a certificate may be the matter of one of several organizations: it is for staff alone (R8-4)."""
    answer = Response(csv_lines(_rows(lines, is_for_staff=is_for_staff)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}-{day_of(now):%Y%m%d}.csv"
    return answer


def _rows(lines: Iterable[Line], *, is_for_staff: bool) -> Iterator[tuple[object, ...]]:
    yield HEADINGS
    for line in lines:
        yield (*_place(line), *_numbers(line), *_events(line, is_for_staff=is_for_staff))


def _place(line: Line) -> tuple[object, ...]:
    row, it = line.row, line.row.certificate
    safe_on = f"{line.last_safe_on:%Y/%m/%d}" if line.last_safe_on else ""
    follows = SUCCESSIONS[line.succession] if line.state is CertificateState.EXPIRING else ""
    label = STATE_TAGS[line.state][0]
    left = max(line.days_left, 0)
    return (
        row.organization.name,
        row.pc_name,
        label,
        *map(_moment, (it.not_before, it.not_after)),
        left,
        safe_on,
        follows,
    )


def _numbers(line: Line) -> tuple[str, ...]:
    it = line.row.certificate
    return it.subject, it.issuer, it.serial, it.fingerprint


def _events(line: Line, *, is_for_staff: bool) -> tuple[str, ...]:
    row, it = line.row, line.row.certificate
    suspended = (_moment(row.suspended_at), row.suspend_reason or "")
    reason = (it.revoke_reason if is_for_staff else "") or (LISTED if line.listed_at else "")
    return _moment(row.registered_at), *suspended, _moment(it.revoked_at or line.listed_at), reason


def _moment(moment: datetime | None) -> str:
    return f"{in_jst(moment):%Y/%m/%d %H:%M}" if moment else ""
