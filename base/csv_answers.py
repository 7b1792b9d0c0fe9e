"""A list as a file for Excel, named after the list and the day, written while it is read (R2-3)."""

from collections.abc import Iterable
from datetime import datetime

from flask import Response, stream_with_context

from base.csv_out import csv_lines
from base.jst import day_of


def csv_answer(rows: Iterable[Iterable[object]], name: str, now: datetime) -> Response:
    answer = Response(stream_with_context(csv_lines(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}-{day_of(now):%Y%m%d}.csv"
    return answer
