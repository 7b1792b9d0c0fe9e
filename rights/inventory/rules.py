"""棚卸: what may be answered, where somebody and an organization stand, when it is reminded (R5-20, R9-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from base.business_days import BusinessCalendar
from base.sentences import say

LONGEST_NAME = 60
LONGEST_SPAN = timedelta(days=366)
# So many business days before the due date.
REMINDED_BEFORE = (10, 5, 1)


class Answer(StrEnum):
    KEEP = "keep"
    CHANGE = "change"
    REMOVE = "remove"


class Standing(StrEnum):
    """`GONE`: no right is left to ask about, and nobody had to answer."""

    UNANSWERED = "unanswered"
    KEEP = "keep"
    CHANGE = "change"
    REMOVE = "remove"
    GONE = "gone"


STANDING_TAGS: Mapping[Standing, tuple[str, str]] = {
    Standing.UNANSWERED: (say("未回答"), "amber"),
    Standing.KEEP: (say("継続"), "green"),
    Standing.CHANGE: (say("変更"), "blue"),
    Standing.REMOVE: (say("抹消"), "red"),
    Standing.GONE: (say("権限なし"), ""),
}


class Stage(StrEnum):
    """Of an organization in a campaign: it still answers, has answered for everybody, has said so."""

    ANSWERING = "answering"
    ANSWERED = "answered"
    COMPLETED = "completed"


STAGE_TAGS: Mapping[Stage, tuple[str, str]] = {
    Stage.ANSWERING: (say("回答中"), "amber"),
    Stage.ANSWERED: (say("完了待ち"), "blue"),
    Stage.COMPLETED: (say("完了"), "green"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of an organization's people stand where."""

    counts: Mapping[Standing, int]

    @property
    def people(self) -> int:
        return sum(self.counts.values())

    @property
    def unanswered(self) -> int:
        return self.counts.get(Standing.UNANSWERED, 0)

    @property
    def settled(self) -> int:
        return self.people - self.unanswered


def stage_of(tally: Tally, *, is_signed: bool) -> Stage:
    if is_signed:
        return Stage.COMPLETED
    return Stage.ANSWERING if tally.unanswered else Stage.ANSWERED


def name_refusal(name: str) -> str | None:
    if not name or len(name) > LONGEST_NAME:
        return say("1文字以上%(longest)s文字以内で入力してください。", longest=LONGEST_NAME)
    return None


def due_refusal(due_on: date, today: date) -> str | None:
    """The due day itself still counts: it has to be to come."""
    if due_on <= today:
        return say("明日からあとの日を入力してください。")
    if due_on > today + LONGEST_SPAN:
        return say("1年より先の日は期限にできません。")
    return None


def is_late(due_on: date, today: date) -> bool:
    return today > due_on


def reminder_stage(started_on: date, due_on: date, today: date, calendar: BusinessCalendar) -> int | None:
    """Which reminder is due: the latest that has come since the start, so many business days before the due date.

    What was missed is made up for by the latest alone; after the due date nothing goes by itself.
    """
    if is_late(due_on, today):
        return None
    stage = min((days for days in REMINDED_BEFORE if calendar.plus(today, days) >= due_on), default=None)
    has_come_since = stage is not None and calendar.plus(started_on, stage) < due_on
    return stage if has_come_since else None
