"""Where an account stands (R6-1, R6-3, R6-5)."""

from typing import Any

import pytest

from auth.account_states import STATE_TAGS, AccountFacts, AccountState, account_state, account_tag
from auth.models import LOCK_REASONS
from tests.certificates import NOW

LOCK = {"locked_at": NOW, "lock_reason": "staff"}


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"has_password": True}, AccountState.ACTIVE),
        ({"has_password": False}, AccountState.UNREGISTERED),
        ({"has_password": True, "is_password_expired": True}, AccountState.EXPIRED),
        ({"has_password": False, "is_password_expired": True}, AccountState.UNREGISTERED),
        ({"has_password": True, **LOCK}, AccountState.LOCKED),
        ({"has_password": False, **LOCK}, AccountState.LOCKED),
        ({"has_password": True, "is_password_expired": True, **LOCK}, AccountState.LOCKED),
        ({"has_password": True, "deleted_at": NOW}, AccountState.DELETED),
        ({"has_password": True, "deleted_at": NOW, **LOCK}, AccountState.DELETED),
    ],
)
def test_what_stands_in_the_way_first_is_the_state(facts: dict[str, Any], state: AccountState) -> None:
    """R6-1, R6-3, R6-5."""
    assert account_state(AccountFacts(**facts)) is state


def test_every_state_has_words_of_its_own() -> None:
    assert set(STATE_TAGS) == set(AccountState)
    assert len({words for words, _colour in STATE_TAGS.values()}) == len(AccountState)


def test_a_lock_says_why() -> None:
    """R6-3: the desk hears at once which of the four locks it is."""
    facts = [AccountFacts(has_password=True, locked_at=NOW, lock_reason=reason) for reason in LOCK_REASONS]
    assert len({account_tag(each)[0] for each in facts}) == len(LOCK_REASONS)
    assert {account_tag(each)[1] for each in facts} == {"red"}
    assert account_tag(AccountFacts(has_password=True)) == STATE_TAGS[AccountState.ACTIVE]
