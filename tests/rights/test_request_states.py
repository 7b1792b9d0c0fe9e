from itertools import chain, combinations, product

import pytest

from base.refusals import Conflict
from rights.codes import System
from rights.request_states import (
    KIND_LABELS,
    OPEN_STATES,
    RequestEvent,
    RequestKind,
    RequestState,
    done_by_registration,
    next_state,
    progress,
    system_states,
)

T, J, U, L = System.TAXIS, System.JOHS, System.JUJU, System.LOACUS
FOUR = (T, J, U, L)
NOTHING: frozenset[System] = frozenset()
COMBINATIONS = [frozenset(c) for c in chain.from_iterable(combinations(FOUR, n) for n in range(1, 5))]

LEGAL = {
    ("entered", "accept"): "accepted",
    ("entered", "cancel"): "cancelled",
    ("entered", "withdraw"): "withdrawn",
    ("entered", "remove"): "cancelled",
    ("accepted", "remove"): "cancelled",
    ("accepted", "complete"): "completed",
}

AFTER_REGISTRATION = [
    ({T}, "処理完了", "済 (不要) (不要) (不要)"),
    ({J}, "処理完了", "(不要) 済 (不要) (不要)"),
    ({U}, "処理中", "(不要) (不要) 未済 (不要)"),
    ({L}, "処理中", "(不要) (不要) (不要) 未済"),
    ({T, J}, "処理完了", "済 済 (不要) (不要)"),
    ({T, U}, "処理中", "済 (不要) 未済 (不要)"),
    ({T, L}, "処理中", "済 (不要) (不要) 未済"),
    ({J, U}, "処理中", "(不要) 済 未済 (不要)"),
    ({J, L}, "処理中", "(不要) 済 (不要) 未済"),
    ({U, L}, "処理中", "(不要) (不要) 未済 未済"),
    ({T, J, U}, "処理中", "済 済 未済 (不要)"),
    ({T, J, L}, "処理中", "済 済 (不要) 未済"),
    ({T, U, L}, "処理中", "済 (不要) 未済 未済"),
    ({J, U, L}, "処理中", "(不要) 済 未済 未済"),
    ({T, J, U, L}, "処理中", "済 済 未済 未済"),
]


@pytest.mark.parametrize(("state", "event"), list(product(RequestState, RequestEvent)))
def test_a_request_moves_only_as_the_rules_allow(state: RequestState, event: RequestEvent) -> None:
    """G7, R5-10, R5-17: every event in every state."""
    if (state, event) in LEGAL:
        assert next_state(state, event) == LEGAL[state, event]
    else:
        with pytest.raises(Conflict) as refused:
            next_state(state, event)
        assert refused.value.reason.startswith("この申請は")


def test_a_refused_step_says_where_the_request_stands() -> None:
    """G7, R8-3."""
    with pytest.raises(Conflict, match="すでに受け付けられています"):
        next_state(RequestState.ACCEPTED, RequestEvent.CANCEL)
    with pytest.raises(Conflict, match="まだ受け付けられていません"):
        next_state(RequestState.ENTERED, RequestEvent.COMPLETE)


@pytest.mark.parametrize("state", RequestState)
def test_a_removal_stops_exactly_the_open_requests(state: RequestState) -> None:
    """R5-17: a removal is never refused; a closed request never opens again."""
    events = {event for event in RequestEvent if (state, event) in LEGAL}
    assert (RequestEvent.REMOVE in events) == (state in OPEN_STATES)
    assert bool(events) == (state in OPEN_STATES)


def test_a_person_has_one_open_request_before_completion() -> None:
    """R5-17."""
    assert {"entered", "accepted"} == OPEN_STATES


@pytest.mark.parametrize("asked", COMBINATIONS)
@pytest.mark.parametrize(
    ("state", "word"),
    [
        (RequestState.ENTERED, "受付待ち"),
        (RequestState.ACCEPTED, "処理中"),
        (RequestState.CANCELLED, "申請取消"),
        (RequestState.WITHDRAWN, "申請取下げ"),
    ],
)
def test_before_registration_nothing_asked_is_done(state: RequestState, word: str, asked: frozenset[System]) -> None:
    """R5-12: all 15 combinations before acceptance, after it, and cancelled."""
    assert progress(state, asked, NOTHING) == word
    assert system_states(asked, NOTHING) == {each: "未済" if each in asked else "(不要)" for each in FOUR}


def test_the_table_after_registration_has_all_combinations() -> None:
    """R5-12."""
    assert {frozenset(asked) for asked, _, _ in AFTER_REGISTRATION} == set(COMBINATIONS)


@pytest.mark.parametrize(("asked", "word", "states"), AFTER_REGISTRATION)
def test_registration_finishes_taxis_and_johs(asked: set[System], word: str, states: str) -> None:
    """R5-12, R5-10 ⑥: all 15 combinations."""
    done = done_by_registration(asked)
    assert progress(RequestState.ACCEPTED, asked, done) == word
    assert list(system_states(asked, done).values()) == states.split(" ")


@pytest.mark.parametrize("asked", COMBINATIONS)
@pytest.mark.parametrize("state", [RequestState.ACCEPTED, RequestState.COMPLETED])
def test_at_the_end_everything_asked_is_done(state: RequestState, asked: frozenset[System]) -> None:
    """R5-12, R5-10 ⑩ ⑪: all 15 combinations."""
    assert progress(state, asked, asked) == "処理完了"
    assert system_states(asked, asked) == {each: "済" if each in asked else "(不要)" for each in FOUR}


def test_a_removal_after_registration_leaves_what_was_done_visible() -> None:
    """R5-12, R5-17."""
    asked = frozenset({T, U})
    done = done_by_registration(asked)
    assert progress(RequestState.CANCELLED, asked, done) == "申請取消"
    assert list(system_states(asked, done).values()) == ["済", "(不要)", "未済", "(不要)"]


@pytest.mark.parametrize("asked", COMBINATIONS)
def test_registration_finishes_nothing_that_was_not_asked(asked: frozenset[System]) -> None:
    """R5-10 ⑥."""
    assert done_by_registration(asked) == {system for system in asked if system in {T, J}}


@pytest.mark.parametrize(
    ("state", "word"),
    [(RequestState.ENTERED, "受付待ち"), (RequestState.CANCELLED, "申請取消"), (RequestState.WITHDRAWN, "申請取下げ")],
)
def test_only_an_accepted_request_is_completed_by_what_was_done(state: RequestState, word: str) -> None:
    """R5-12."""
    assert progress(state, {T}, {T}) == word


def test_the_systems_stand_in_the_order_of_the_screens() -> None:
    """R5-12."""
    assert list(system_states(frozenset(FOUR), NOTHING)) == list(FOUR)


def test_every_kind_has_its_word() -> None:
    """R5-1."""
    assert {kind: KIND_LABELS[kind] for kind in RequestKind} == {"new": "新規", "change": "変更", "removal": "抹消"}
