"""What stands against a new request, told for each field; screen and operation ask the same question."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from auth.login_id import refusal_for
from auth.names import kana_refusal_for, kanji_refusal_for
from base.sentences import say
from rights.codes import AskedRights, Refusal, refusals_for

JUJU_SEATS = 5
LONGEST_MEMO = 1000
CONTRACTOR_GONE = say("登録されている委託先事業者の中から選択してください。")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a contact manager enters (R5-1); `contractor` is a public id, empty for the organization's own people."""

    contractor: str
    name_kanji: str
    name_kana: str
    login_id: str
    asked: AskedRights
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the organization may ask for; `juju_taken` counts its JUJU users and those asked for (R5-5)."""

    systems_in_use: AbstractSet[str]
    kinds: AbstractSet[str]
    juju_taken: int


def reasons_against(entry: Entry, terms: Terms) -> list[Refusal]:
    """Every reason that can be told without knowing who else there is (R5-1 to R5-6, R5-13)."""
    fields = {
        "name_kanji": kanji_refusal_for(entry.name_kanji),
        "name_kana": kana_refusal_for(entry.name_kana),
        "login_id": refusal_for(entry.login_id),
        "memo": memo_refusal_for(entry, terms.juju_taken),
    }
    found = [Refusal(field, reason) for field, reason in fields.items() if reason]
    return found + refusals_for(entry.asked, terms.systems_in_use, terms.kinds)


def extra_seat(number: int) -> int | None:
    """The number of a JUJU user beyond those that are provided for (R5-5)."""
    return number if number > JUJU_SEATS else None


def memo_refusal_for(entry: Entry, juju_taken: int) -> str | None:
    return memo_reason(entry.memo, juju_taken, asks_for_juju=bool(entry.asked.juju))


def memo_reason(memo: str, juju_taken: int, *, asks_for_juju: bool) -> str | None:
    """The sixth JUJU user is not refused, but needs a reason (R5-5)."""
    if len(memo) > LONGEST_MEMO:
        return say(
            "%(longest)s文字以内で入力してください(いま%(count)s文字です)。",
            longest=LONGEST_MEMO,
            count=len(memo),
        )
    number = extra_seat(juju_taken + 1)
    if asks_for_juju and number and not memo:
        return say(
            "JUJUは1事業者あたり原則%(seats)s名までで、%(number)s人目になります。必要な理由を入力してください。",
            seats=JUJU_SEATS,
            number=number,
        )
    return None
