"""What stands against each order of a bulk file: the rules of the screens, asked for many rows at once (R9-13, R8-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auth.models import Organization
from auth.names import tidy_kana, tidy_kanji
from base.sentences import say
from rights.bulk.facts import Known
from rights.bulk.lines import Line
from rights.changes import Wanted, refusals_against
from rights.codes import System
from rights.id_refusals import refusal_of_known
from rights.removals import NOTHING_TO_REMOVE
from rights.request_parts import parts_between
from rights.request_queries import contractors_of
from rights.request_rules import LONGEST_MEMO, Entry, Terms, reasons_against
from rights.request_states import RequestKind

NOT_OURS = say("貴社の利用者の中に、このIDの方はいません。")
NO_CONTRACTOR = say("所属事業者は、登録されている委託先事業者の名前か、自社の名前(または空欄)にしてください。")
OTHER_NAME = say("利用者名が、このIDの方の登録と違います。氏名の訂正は利用者の画面から申請してください。")
OTHER_CONTRACTOR = say("所属事業者が、このIDの方の登録と違います。訂正は利用者の画面から申請してください。")
NO_CODE = say("抹消では、すべての権限がなくなります。権限の列は空欄にしてください。")


@dataclass(slots=True)
class Check:
    """Goes through the file from top to bottom: an ID that stood there before, and JUJU's seats, count (R5-5, R5-17)."""

    organization: Organization
    terms: Terms
    now: datetime
    contractors: dict[str, str] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.contractors = {row.name: row.public_id for row in contractors_of(self.organization)}
        self.contractors |= {"": "", self.organization.name: ""}

    def reasons(self, line: Line, known: Known) -> list[str]:
        """In the order of the columns; empty where the order can be entered."""
        first = self.seen.setdefault(line.folded, line.row)
        if first != line.row:
            return [say("%(row)s行目と同じIDです。申請は1人につき1件です。", row=first)]
        found = self._by_kind(line, known)
        if not found:
            self._count_seats(line, known)
        return found

    def _by_kind(self, line: Line, known: Known) -> list[str]:
        if line.kind is RequestKind.NEW:
            return self._against_new(line, known)
        if known.user is None:
            return [NOT_OURS]
        against = self._against_change if line.kind is RequestKind.CHANGE else _against_removal
        return [*self._against_person(line, known), *against(line, known)]

    def _against_new(self, line: Line, known: Known) -> list[str]:
        found = {} if line.contractor in self.contractors else {"contractor": str(NO_CONTRACTOR)}
        for refusal in reasons_against(entry_of(line, self.contractors), self.terms):
            found.setdefault(refusal.field, refusal.reason)
        taken = None if "login_id" in found else refusal_of_known(known.of_id, self.organization, self.now)
        return [*found.values(), *([taken] if taken else [])]

    def _against_change(self, line: Line, known: Known) -> list[str]:
        assert known.user is not None
        wanted = Wanted(line.wanted(known.held), line.memo)
        found = refusals_against(known.user, known.held, known.of_id.first, self.terms, wanted)
        return [refusal.reason for refusal in found]

    def _against_person(self, line: Line, known: Known) -> list[str]:
        """Names are there so that nobody is mistaken for another; what is blank says nothing."""
        user = known.user
        assert user is not None
        names = ((line.name_kanji, tidy_kanji(user.name_kanji)), (line.name_kana, tidy_kana(user.name_kana)))
        found: list[str] = [OTHER_NAME] if any(typed and typed != name for typed, name in names) else []
        belongs_to = user.contractor.name if user.contractor else self.organization.name
        return found + ([OTHER_CONTRACTOR] if line.contractor and line.contractor != belongs_to else [])

    def _count_seats(self, line: Line, known: Known) -> None:
        step = _seats(line, known)
        self.terms = Terms(self.terms.systems_in_use, self.terms.kinds, self.terms.juju_taken + step)


def entry_of(line: Line, contractors: Mapping[str, str]) -> Entry:
    return Entry(
        contractor=contractors.get(line.contractor, ""),
        name_kanji=line.name_kanji,
        name_kana=line.name_kana,
        login_id=line.login_id,
        asked=line.asked(),
        memo=line.memo,
    )


def _against_removal(line: Line, known: Known) -> list[str]:
    found: list[str] = [NO_CODE] if any(line.codes.values()) else []
    if len(line.memo) > LONGEST_MEMO:
        found.append(say("申請メモは%(most)s文字以内で入力してください。", most=LONGEST_MEMO))
    if not known.held.systems and known.of_id.first is None:
        found.append(NOTHING_TO_REMOVE)
    return found


def _seats(line: Line, known: Known) -> int:
    if line.kind is RequestKind.REMOVAL:
        return -1 if known.held.juju else 0
    wanted = line.asked() if line.kind is RequestKind.NEW else line.wanted(known.held)
    steps = {part.system: 1 if part.code else -1 for part in parts_between(known.held, wanted)}
    return steps.get(System.JUJU, 0)


def reasons_of(check: Check, lines: Sequence[Line], known: Mapping[str, Known]) -> dict[int, list[str]]:
    """By row; only those against which something stands."""
    found = {line.row: check.reasons(line, known[line.folded]) for line in lines}
    return {row: reasons for row, reasons in found.items() if reasons}
