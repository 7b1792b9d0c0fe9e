"""The completion record on paper (R9-5)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain

from flask import Response
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from base.jst import day_of, show_day, show_time
from base.pdf_out import paper, style, table, words
from rights.inventory.csv_files import code_words
from rights.inventory.record import Codes, Record, RecordLine
from rights.inventory.rules import STANDING_TAGS, Standing

TITLE_WORDS = "利用権限の棚卸 完了記録"
TITLE = style(16, 24, spaceAfter=4 * mm)
TEXT = style(9.5, 15)
CELL = 8.0
MARGIN = 18 * mm
# Longer tables are laid out ever more slowly.
ROWS_AT_ONCE = 300
HEAD = (
    "No.",
    "利用者",
    "メールアドレス(ID)",
    "所属事業者",
    "開始時の権限",
    "回答",
    "完了時の権限",
    "回答者・日時",
    "申請番号",
)
WIDTHS = tuple(width * mm for width in (10, 33, 50, 34, 29, 14, 29, 38, 24))


def record_pdf(record: Record, author: str, now: datetime) -> Response:
    made = paper(TITLE_WORDS, author, _pieces(record, now), landscape(A4), MARGIN)
    answer = Response(made.getvalue(), mimetype="application/pdf")
    name = f"inventory-record-{day_of(record.signed.at):%Y%m%d}.pdf"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def _pieces(record: Record, now: datetime) -> Iterator[Flowable]:
    yield words(TITLE_WORDS, TITLE)
    yield from (words(line, TEXT) for line in _facts(record, now))
    yield Spacer(1, 4 * mm)
    for first in range(0, len(record.lines), ROWS_AT_ONCE):
        rows = [_row(number, line) for number, line in enumerate(record.lines[first : first + ROWS_AT_ONCE], first + 1)]
        yield table(chain([HEAD], rows), CELL, WIDTHS)


def _facts(record: Record, now: datetime) -> Sequence[str]:
    campaign, signed, tally = record.campaign, record.signed, record.tally
    counts = "、".join(f"{STANDING_TAGS[each][0]} {tally.counts[each]}名" for each in Standing if tally.counts[each])
    return (
        f"事業者:{signed.organization.name}",
        f"棚卸:{campaign.name}({show_time(campaign.started_at)} 開始、回答の期限 {show_day(campaign.due_on)})",
        f"完了:{show_time(signed.at)} {signed.by.name_kanji}(システム窓口責任者)",
        f"対象者:{tally.people}名({counts})",
        f"出力:{show_time(now)}",
    )


def _row(number: int, line: RecordLine) -> tuple[str, ...]:
    user, item = line.user, line.item
    answered = f"{item.answered_by.name_kanji}{'(ご本人)' if line.is_own else ''}" if item.answered_by else "–"
    when = f"\n{show_time(item.answered_at)}" if item.answered_at else ""
    return (
        *(str(number), f"{user.name_kanji}\n{user.name_kana}", user.login_id),
        (user.contractor or user.organization).name,
        *(_codes(line.before), STANDING_TAGS[line.standing][0], _codes(line.after)),
        *(answered + when, item.request.number if item.request else "–"),
    )


def _codes(codes: Codes) -> str:
    return "\n".join(f"{system} {code_words(system, code)}" for system, code in codes.items()) or "–"
