"""CSV that people bring: UTF-8 with or without BOM, or CP932 as Excel writes it; each row keeps its number in the file (R8-7)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from base.refusals import Refused
from base.sentences import say

ENCODINGS = ("utf-8-sig", "cp932")
MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row; `row` as a spreadsheet counts, the first one is 1."""

    row: int
    reason: str


def decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(say("文字コードが UTF-8 でも Shift_JIS(CP932)でもないため、読み取れません。"))


def csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number and cells, without the blanks around them, of each row that isn't empty. `Refused` where it is no CSV."""
    text = decoded(content)
    if "\0" in text:
        raise Refused(say("CSVファイルではありません。"))
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, cells in enumerate(rows, start=1):
            if number > MOST_ROWS:
                raise Refused(say("行数が多すぎます(%(most)s行まで)。", most=MOST_ROWS))
            if any(cell.strip() for cell in cells):
                yield number, [cell.strip() for cell in cells]
    except csv.Error as fault:
        raise Refused(say("CSVとして読み取れません(%(fault)s)。", fault=fault)) from fault
