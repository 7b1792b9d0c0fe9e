"""How a request moves (R5-10, R5-17), and the words for where it stands (R5-12)."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum

from base.refusals import Conflict
from base.sentences import say
from rights.codes import SYSTEMS_WITH_RIGHTS, System


class RequestKind(StrEnum):
    NEW = "new"
    CHANGE = "change"
    REMOVAL = "removal"


class RequestState(StrEnum):
    ENTERED = "entered"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"


class RequestEvent(StrEnum):
    """`REMOVE` is the entry of a removal for the same person, which no open request may hold up (R5-17)."""

    ACCEPT = "accept"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"
    REMOVE = "remove"
    COMPLETE = "complete"


OPEN_STATES = frozenset({RequestState.ENTERED, RequestState.ACCEPTED})
GIVEN_UP_STATES = frozenset({RequestState.CANCELLED, RequestState.WITHDRAWN})

KIND_LABELS: Mapping[RequestKind, str] = {
    RequestKind.NEW: say("新規"),
    RequestKind.CHANGE: say("変更"),
    RequestKind.REMOVAL: say("抹消"),
}

Moves = Mapping[tuple[RequestState, RequestEvent], RequestState]

_NEW_REQUEST: Moves = {
    (RequestState.ENTERED, RequestEvent.ACCEPT): RequestState.ACCEPTED,
    (RequestState.ENTERED, RequestEvent.CANCEL): RequestState.CANCELLED,
    (RequestState.ENTERED, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.ENTERED, RequestEvent.REMOVE): RequestState.CANCELLED,
    (RequestState.ACCEPTED, RequestEvent.REMOVE): RequestState.CANCELLED,
    (RequestState.ACCEPTED, RequestEvent.COMPLETE): RequestState.COMPLETED,
}
# Nobody accepts a change or a removal (R5-14, R5-15, R5-18). A second removal would only put its end off: it leads to the first.
_CHANGE: Moves = {
    (RequestState.ENTERED, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.ENTERED, RequestEvent.REMOVE): RequestState.CANCELLED,
    (RequestState.ENTERED, RequestEvent.COMPLETE): RequestState.COMPLETED,
}
_REMOVAL: Moves = {
    (RequestState.ENTERED, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.ENTERED, RequestEvent.COMPLETE): RequestState.COMPLETED,
}
MOVES: Mapping[RequestKind, Moves] = {
    RequestKind.NEW: _NEW_REQUEST,
    RequestKind.CHANGE: _CHANGE,
    RequestKind.REMOVAL: _REMOVAL,
}

_WHERE_IT_STANDS: Mapping[RequestState, str] = {
    RequestState.ENTERED: say("この申請はまだ受け付けられていません。"),
    RequestState.ACCEPTED: say("この申請はすでに受け付けられています。"),
    RequestState.CANCELLED: say("この申請はすでに取り消されています。"),
    RequestState.WITHDRAWN: say("この申請はすでに取り下げられています。"),
    RequestState.COMPLETED: say("この申請はすでに処理が完了しています。"),
}

UNDER_WAY = say("この申請は処理中です。")

_PROGRESS: Mapping[RequestState, str] = {
    RequestState.ENTERED: say("受付待ち"),
    RequestState.ACCEPTED: say("処理中"),
    RequestState.CANCELLED: say("申請取消"),
    RequestState.WITHDRAWN: say("申請取下げ"),
    RequestState.COMPLETED: say("処理完了"),
}

DONE = say("済")
NOT_DONE = say("未済")
NOT_ASKED = say("(不要)")
NOT_PURSUED = "–"

SET_BY_REGISTRATION = frozenset({System.TAXIS, System.JOHS})


def next_state(state: RequestState, event: RequestEvent, kind: RequestKind = RequestKind.NEW) -> RequestState:
    """Where the event takes a request; Conflict, saying where it stands, for everything else (G7)."""
    following = MOVES[kind].get((state, event))
    if following is None:
        is_under_way = state is RequestState.ENTERED and kind is not RequestKind.NEW
        raise Conflict(UNDER_WAY if is_under_way else _WHERE_IT_STANDS[state])
    return following


def done_by_registration(asked: AbstractSet[System]) -> frozenset[System]:
    """What 「認証システム登録完了入力」 finishes of it: the asked ones of TAXIS and JOHS (R5-10 ⑥)."""
    return SET_BY_REGISTRATION & asked


def progress(
    state: RequestState,
    asked: AbstractSet[System],
    done: AbstractSet[System],
    kind: RequestKind = RequestKind.NEW,
) -> str:
    """「進捗」: a request under way is complete as soon as everything asked is done; only a new one waits for acceptance (R5-12)."""
    under_way = RequestState.ACCEPTED if state is RequestState.ENTERED and kind is not RequestKind.NEW else state
    if under_way is RequestState.ACCEPTED and asked <= done:
        return _PROGRESS[RequestState.COMPLETED]
    return _PROGRESS[under_way]


def system_states(asked: AbstractSet[System], done: AbstractSet[System]) -> dict[System, str]:
    """「TAXIS処理」「JOHS処理」「JUJU処理」「LOACUS処理」 in this order (R5-12)."""
    return {system: _system_state(system, asked, done) for system in SYSTEMS_WITH_RIGHTS}


def _system_state(system: System, asked: AbstractSet[System], done: AbstractSet[System]) -> str:
    if system not in asked:
        return NOT_ASKED
    return DONE if system in done else NOT_DONE
