"""What a file of J-note's IDs says, row by row; asks nobody (R5-7, R8-7)."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth.login_id import LONGEST, fold
from base.csv_in import Fault, csv_rows
from base.refusals import Refused
from base.sentences import say

HEADINGS = frozenset({"id", "メールアドレス", "メールアドレス(id)", "ログインid", "e-mail", "email", "mail"})
NO_ID = say("IDの欄が空です。")
NO_ADDRESS = say("IDは「name@company.example」の形のメールアドレスです。")
TOO_LONG = say("IDは%(longest)s文字までです。", longest=LONGEST)
NOTHING_THERE = say("IDが1件もありません。一覧を空にする取り込みはできません。")


@dataclass(frozen=True, slots=True)
class JudgedList:
    """`ids` in the form in which they are compared, each once; `repeated`: rows that name one again."""

    ids: Sequence[str]
    repeated: int
    faults: Sequence[Fault]


def judge_list(content: bytes) -> JudgedList:
    """`Refused` where it is no CSV, or holds no row at all. A first row that names its columns says which one holds the IDs."""
    ids: dict[str, None] = {}
    repeated, place, faults = 0, 0, list[Fault]()
    for number, cells in csv_rows(content):
        if number == 1 and (heading := _heading(cells)) is not None:
            place = heading
            continue
        try:
            folded = _read(cells[place] if place < len(cells) else "")
            repeated += folded in ids
            ids[folded] = None
        except Refused as refusal:
            faults.append(Fault(number, refusal.reason))
    if not ids and not faults:
        raise Refused(NOTHING_THERE, "file")
    return JudgedList(list(ids), repeated, faults)


def _heading(cells: Sequence[str]) -> int | None:
    named = [place for place, cell in enumerate(cells) if cell.lower() in HEADINGS]
    if named:
        return named[0]
    return None if any("@" in cell for cell in cells) else 0


def _read(cell: str) -> str:
    """Only its form: which signs J-note allows in an ID is J-note's own rule."""
    if not cell:
        raise Refused(NO_ID)
    folded = fold(cell)
    local, at, domain = folded.partition("@")
    if not (local and at and domain) or "@" in domain:
        raise Refused(NO_ADDRESS)
    if len(folded) > LONGEST:
        raise Refused(TOO_LONG)
    return folded
