"""CSV that people bring: UTF-8 with or without BOM, or CP932 as Excel writes it; each row keeps its number in the file (R8-7)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Faulty:
    """Rows with one fault, as 2, 5, 9–120: however many there are, each is named (R8-7)."""

    reason: str
    count: int
    rows: str


def by_reason(faults: Iterable[Fault]) -> list[Faulty]:
    """The most frequent first."""
    found: dict[str, list[int]] = {}
    for fault in faults:
        found.setdefault(fault.reason, []).append(fault.row)
    groups = (Faulty(reason, len(rows), ", ".join(_ranges(sorted(rows)))) for reason, rows in found.items())
    return sorted(groups, key=lambda group: -group.count)


def _ranges(rows: Sequence[int]) -> Iterator[str]:
    first = last = rows[0]
    for row in (*rows[1:], None):
        if row is not None and row <= last + 1:
            last = row
            continue
        yield str(first) if first == last else f"{first}–{last}"
        first = last = row or 0


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
