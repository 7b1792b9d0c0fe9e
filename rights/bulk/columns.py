"""The columns of a bulk file, found by their headings, and the words that stand in its cells (R9-13, R8-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from base.refusals import Refused
from base.sentences import say
from rights.codes import SYSTEMS_WITH_RIGHTS, System, code_for, codes_of
from rights.request_states import KIND_LABELS, RequestKind

KIND, CONTRACTOR, KANJI, KANA, LOGIN_ID, MEMO = (
    *("申請種別", "所属事業者", "利用者名(漢字)", "利用者名(カナ)", "メールアドレス(ID)", "申請メモ"),
)
HEADINGS = (KIND, CONTRACTOR, KANJI, KANA, LOGIN_ID, *map(str, SYSTEMS_WITH_RIGHTS), MEMO)
NEEDED = (KIND, LOGIN_ID)
# The list of requests names its columns so; whoever takes one of its rows as a pattern need not change them.
OTHER_NAMES = {f"{system}申請後": str(system) for system in SYSTEMS_WITH_RIGHTS}

KINDS: Mapping[str, RequestKind] = {
    **{str(label): kind for kind, label in KIND_LABELS.items()},
    **{k: k for k in RequestKind},
}
TAKE_AWAY = "なし"
HAS_IT = frozenset({"あり", "権限あり", "○", "〇"})


@dataclass(frozen=True, slots=True)
class Cells:
    """One row by heading; what the file hasn't got is blank."""

    places: Mapping[str, int]
    cells: Sequence[str]

    def __getitem__(self, heading: str) -> str:
        place = self.places.get(heading)
        return self.cells[place] if place is not None and place < len(self.cells) else ""


def places_of(headings: Sequence[str], needed: Sequence[str] = NEEDED) -> dict[str, int]:
    """`Refused` where a needed column is missing or one stands there twice. Others than ours are passed over."""
    named = [OTHER_NAMES.get(heading, heading) for heading in headings]
    missing = [heading for heading in needed if heading not in named]
    if missing:
        raise Refused(
            say(
                "1行目に見出し「%(heading)s」がありません。ひな形の見出しをそのまま使ってください。", heading=missing[0]
            )
        )
    twice = [heading for heading in HEADINGS if named.count(heading) > 1]
    if twice:
        raise Refused(say("見出し「%(heading)s」が2つあります。", heading=twice[0]))
    return {heading: place for place, heading in enumerate(named) if heading in HEADINGS}


def code_in(system: System, cell: str) -> str:
    """The code that a cell names: itself, with its title as files of ours have it, or 「あり」 where there is only one.

    What a spreadsheet has taken for a number has lost its zero in front.
    """
    code = cell.partition(" ")[0]
    if len(codes_of(system)) == 1 and (cell in HAS_IT or code_for(system, code)):
        return codes_of(system)[0].value
    if code_for(system, f"0{code}"):
        return f"0{code}"
    return code
