"""The audit trail as a file for Excel, written while it is read: no more than one batch is in memory (R2-3, R8-7)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from flask import Response, stream_with_context

from base.csv_out import csv_lines
from base.jst import day_of, in_jst
from desk.audit_lines import Change, Line
from desk.audit_words import GROUPS, fact_words, value_words

HEADINGS = (
    *("日時", "だれが", "ID", "事業者", "種別", "何を", "対象の種類", "対象", "内容"),
    *("パソコン", "証明書の指紋(SHA-256)", "接続元", "参照番号", "封印", "記録番号", "操作名"),
)


def csv_answer(lines: Iterable[Line], now: datetime) -> Response:
    answer = Response(stream_with_context(csv_lines(_rows(lines))), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename=audit-{day_of(now):%Y%m%d}.csv"
    return answer


def _rows(lines: Iterable[Line]) -> Iterator[tuple[object, ...]]:
    yield HEADINGS
    for line in lines:
        row = line.row
        who = (f"{in_jst(row.at):%Y/%m/%d %H:%M:%S}", line.actor_name, row.actor, line.organization)
        what = (
            GROUPS.get(line.kind, ""),
            line.label,
            line.subject_kind,
            line.subject,
            "\n".join(map(_written, line.changes)),
        )
        where = (line.pc_name, row.fingerprint, row.address, row.reference)
        yield (*who, *what, *where, "済" if line.is_sealed else "未", row.id, row.action)


def _written(change: Change) -> str:
    before, after = (value_words(change.name, value, str) for value in (change.before, change.after))
    what = after if change.before is None else f"{before} → {after}"
    return f"{fact_words(change.name)}:{what}"
