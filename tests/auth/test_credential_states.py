"""Where a pair of mails stands and what its link answers (R6-1)."""

from datetime import timedelta
from typing import Any

import pytest

from auth.credential_states import (
    STATE_TAGS,
    LinkAnswer,
    PairFacts,
    PairState,
    link_answer,
    pair_state,
    pair_until,
)
from tests.certificates import NOW

DAYS = 7
LATER = NOW + timedelta(hours=2)
SENT = {"link_sent_at": NOW, "password_sent_at": NOW}
LAST = NOW + timedelta(days=DAYS)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("facts", "at", "state"),
    [
        ({"is_held": True}, NOW, PairState.HELD),
        ({}, NOW, PairState.WAITING),
        ({"link_sent_at": NOW}, NOW, PairState.WAITING),
        ({"password_sent_at": NOW}, NOW, PairState.WAITING),
        (SENT, NOW, PairState.SENT),
        (SENT, NOW - timedelta(hours=1), PairState.SENT),
        (SENT, LAST, PairState.SENT),
        (SENT, LAST + SECOND, PairState.EXPIRED),
        ({**SENT, "password_sent_at": LATER}, LAST + SECOND, PairState.EXPIRED),
        ({**SENT, "link_sent_at": LATER}, LAST + SECOND, PairState.EXPIRED),
        ({**SENT, "used_at": LATER}, LAST + SECOND, PairState.USED),
        ({**SENT, "ended_at": LATER}, LATER, PairState.KILLED),
        ({"is_held": True, "ended_at": LATER}, LATER, PairState.KILLED),
        ({**SENT, "used_at": LATER, "ended_at": LATER}, LATER, PairState.USED),
    ],
)
def test_both_mails_have_to_be_sent_and_in_time(facts: dict[str, Any], at: Any, state: PairState) -> None:
    """R6-1, D3: the days count from the sending of each."""
    assert pair_state(PairFacts(**facts), DAYS, at) is state


def test_the_pair_lasts_as_long_as_its_older_mail() -> None:
    """R6-1."""
    assert pair_until(PairFacts(link_sent_at=LATER, password_sent_at=NOW), DAYS) == LAST
    assert pair_until(PairFacts(link_sent_at=NOW), DAYS) is None


def test_a_lock_is_told_only_where_a_registration_would_be_possible() -> None:
    """R6-3."""
    told = {state: link_answer(state, is_locked=True) for state in PairState}
    assert [state for state, answer in told.items() if answer is LinkAnswer.LOCKED] == [PairState.SENT]
    assert [state for state in PairState if link_answer(state, is_locked=False) is LinkAnswer.OK] == [PairState.SENT]
    assert set(STATE_TAGS) == set(PairState)
