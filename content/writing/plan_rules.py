"""When an article goes public and until when it stays: what may be planned (R7-4, E13)."""

from dataclasses import dataclass
from datetime import date, datetime

from base.jst import start_of
from base.refusals import Refused
from base.sentences import say

TOO_FAR = start_of(date(2100, 1, 1))


@dataclass(frozen=True, slots=True)
class Decision:
    """The last step before something goes public.

    `revision`: the one that was looked at; `plan_seen`: the planned publication that stood beside it, empty where there was none.
    `go_live_at` None: at once. `ends_at` None: it stays. `suppress_reason`: why no mails go, None where they do.
    `is_ack_asked`: whether readers are asked to acknowledge it from the first moment on (R9-3).
    """

    revision: int
    go_live_at: datetime | None = None
    ends_at: datetime | None = None
    suppress_reason: str | None = None
    plan_seen: str = ""
    is_ack_asked: bool = False


def refuse_bad_plan(decision: Decision, now: datetime) -> None:
    """`Refused`, naming the field."""
    begins_at = decision.go_live_at
    if begins_at is not None and begins_at <= now:
        raise Refused(say("すでに過ぎた日時です。これからの日時を入力してください。"), field="go_live_at")
    if begins_at is not None and begins_at >= TOO_FAR:
        raise Refused(say("日時が遠すぎます。"), field="go_live_at")
    refuse_bad_end(decision.ends_at, begins_at or now)


def refuse_bad_end(ends_at: datetime | None, after: datetime) -> None:
    """`after`: when it goes public, or now where it has."""
    if ends_at is not None and ends_at <= after:
        raise Refused(say("公開の日時や今より後の日時を入力してください。"), field="ends_at")
    if ends_at is not None and ends_at >= TOO_FAR:
        raise Refused(say("日時が遠すぎます。"), field="ends_at")
