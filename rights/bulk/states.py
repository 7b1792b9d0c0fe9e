"""How a bulk file moves: read, checked, sent, entered (R9-13). Nothing is a request before it is entered."""

from collections.abc import Mapping
from enum import StrEnum

from base.refusals import Conflict
from base.sentences import say


class FileState(StrEnum):
    WAITING = "waiting"
    FAULTY = "faulty"
    CHECKED = "checked"
    SENT = "sent"
    ENTERED = "entered"


LABELS: Mapping[FileState, str] = {
    FileState.WAITING: say("確認中"),
    FileState.FAULTY: say("誤りあり"),
    FileState.CHECKED: say("申請できます"),
    FileState.SENT: say("申請中"),
    FileState.ENTERED: say("申請済み"),
}
COLOURS: Mapping[FileState, str] = {
    FileState.WAITING: "blue",
    FileState.FAULTY: "red",
    FileState.CHECKED: "amber",
    FileState.SENT: "blue",
    FileState.ENTERED: "green",
}
AT_WORK = frozenset({FileState.WAITING, FileState.SENT})

_WHERE_IT_STANDS: Mapping[FileState, str] = {
    FileState.WAITING: say("このファイルは確認中です。終わるまでお待ちください。"),
    FileState.FAULTY: say("このファイルには誤りがあります。直したファイルをあらためて送ってください。"),
    FileState.CHECKED: say("このファイルは、まだ申請していません。"),
    FileState.SENT: say("このファイルの申請は、すでに始まっています。"),
    FileState.ENTERED: say("このファイルの申請は、すでに済んでいます。"),
}


def refuse_unless(state: FileState, *allowed: FileState) -> None:
    """`Conflict`, saying where the file stands."""
    if state not in allowed:
        raise Conflict(_WHERE_IT_STANDS[state])
