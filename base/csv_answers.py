"""A list as a file for Excel, named after the list and the day, written while it is read (R2-3)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from flask import Response, stream_with_context

from base.csv_out import Encoding, csv_lines
from base.jst import day_of

CHARSETS: Mapping[Encoding, str] = {"utf-8": "utf-8", "cp932": "windows-31j"}


def asked_encoding(address: Mapping[str, str]) -> Encoding:
    """CP932 where the address asks for it: `?encoding=cp932`."""
    return "cp932" if address.get("encoding") == "cp932" else "utf-8"


def csv_answer(rows: Iterable[Iterable[object]], name: str, now: datetime, encoding: Encoding = "utf-8") -> Response:
    answer = Response(stream_with_context(csv_lines(rows, encoding)))
    answer.content_type = f"text/csv; charset={CHARSETS[encoding]}"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}-{day_of(now):%Y%m%d}.csv"
    return answer
