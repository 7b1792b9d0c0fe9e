"""Stops and disturbances that are over, as a file for Excel (R2-3)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from flask import Response

from base.csv_answers import csv_answer
from base.csv_out import csv_moment
from content.models import SystemStop
from content.systems.queries import state_of_stop, times_of
from content.systems.words import KIND_TAGS, STATE_TAGS

HEADINGS = ("システム", "種類", "状態", "内容", "開始日時", "終了日時", "登録した人", "終えた人", "経過")


def stops_csv(rows: Iterable[SystemStop], now: datetime) -> Response:
    return csv_answer(_rows(rows, now), "system-stops", now)


def _rows(rows: Iterable[SystemStop], now: datetime) -> Iterator[tuple[str, ...]]:
    yield HEADINGS
    for row in rows:
        words = " / ".join(f"{csv_moment(note.at)} {note.words}" for note in row.notes)
        ended_by = row.ended_by.name_kanji if row.ended_by else ""
        labels = (KIND_TAGS[row.kind][0], STATE_TAGS[state_of_stop(row, now)][0])
        times = (csv_moment(row.from_at), csv_moment(times_of(row).effective_until))
        yield (row.system, *labels, row.effect, *times, row.created_by.name_kanji, ended_by, words)
