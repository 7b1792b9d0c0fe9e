"""CSV that Excel opens without garbling and without running anything (R2-3, R8-7, E7)."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Literal

from base.jst import in_jst

Encoding = Literal["utf-8", "cp932"]

SUBSTITUTE = "〓"

_FORMULA = "[=+\\-@＝＋－＠−﹢﹣﹦﹫]"
_UNSEEN = '[\\s\\x00-\\x20\\x7f-\\xa0\\xad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff"]'
_STARTS_FORMULA = re.compile(rf"(?:{_UNSEEN}|;)*{_FORMULA}|[\t\r\n]")
# No farther than to the next thing that may part cells, or many of them would each look through all that follow (E17).
_STARTS_FORMULA_INSIDE = re.compile(rf"(?<=[;\t\r\n])(?=(?:(?![;\t\r\n]){_UNSEEN})*{_FORMULA})")


def cell(value: object) -> str:
    """The text of a cell that no spreadsheet takes for a formula, not even where `;` parts the cells (R8-7, E7)."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\0", "")
    guarded = _STARTS_FORMULA_INSIDE.sub("'", text)
    return f"'{guarded}" if _STARTS_FORMULA.match(text) else guarded


def csv_day(day: date | None) -> str:
    return f"{day:%Y/%m/%d}" if day else ""


def csv_moment(moment: datetime | None) -> str:
    return f"{in_jst(moment):%Y/%m/%d %H:%M}" if moment else ""


def csv_lines(rows: Iterable[Iterable[object]], encoding: Encoding = "utf-8") -> Iterator[bytes]:
    """The rows as encoded CSV, one at a time: UTF-8 with a byte order mark, or CP932 with 〓 for what it lacks (R2-3)."""
    if encoding == "utf-8":
        yield codecs.BOM_UTF8
    for row in rows:
        yield _encoded(_line(row), encoding)


def _line(row: Iterable[object]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([cell(value) for value in row])
    return line.getvalue()


def _encoded(line: str, encoding: Encoding) -> bytes:
    try:
        return line.encode(encoding)
    except UnicodeEncodeError:
        return b"".join(_letter(letter, encoding) for letter in line)


def _letter(letter: str, encoding: Encoding) -> bytes:
    try:
        return letter.encode(encoding)
    except UnicodeEncodeError:
        return SUBSTITUTE.encode(encoding)
