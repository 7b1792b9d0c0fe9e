from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.addresses.states import AddressFacts, AddressState, LinkAnswer, address_state, link_answer, valid_until

SENT = datetime(2026, 11, 19, 5, 5, tzinfo=UTC)
LATER = SENT + timedelta(hours=3)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "answer", "state"),
    [
        (timedelta(seconds=-3600), LinkAnswer.OK, AddressState.PROVISIONAL),
        (timedelta(0), LinkAnswer.OK, AddressState.PROVISIONAL),
        (timedelta(seconds=604_799), LinkAnswer.OK, AddressState.PROVISIONAL),
        (timedelta(seconds=604_800), LinkAnswer.OK, AddressState.PROVISIONAL),
        (timedelta(seconds=604_800, microseconds=1), LinkAnswer.EXPIRED, AddressState.EXPIRED),
        (timedelta(seconds=604_801), LinkAnswer.EXPIRED, AddressState.EXPIRED),
    ],
)
def test_a_link_works_for_exactly_seven_days(age: timedelta, answer: LinkAnswer, state: AddressState) -> None:
    """R7-12, D3; D9: a clock set back an hour doesn't spoil the link."""
    facts = AddressFacts(link_version=1, link_sent_at=SENT)
    assert link_answer(facts, 1, SENT + age) == answer
    assert address_state(facts, SENT + age) == state


def test_the_page_and_the_mail_can_say_until_when() -> None:
    """R7-12."""
    assert valid_until(SENT) == datetime(2026, 11, 26, 5, 5, tzinfo=UTC)


# removed, verified, held, sent (no, fresh, old) → state; answer of the newest link; answer of an older one
TABLE = {
    (True, True, True, "no"): "removed removed removed",
    (True, True, True, "fresh"): "removed removed removed",
    (True, True, True, "old"): "removed removed removed",
    (True, True, False, "no"): "removed removed removed",
    (True, True, False, "fresh"): "removed removed removed",
    (True, True, False, "old"): "removed removed removed",
    (True, False, True, "no"): "removed removed removed",
    (True, False, True, "fresh"): "removed removed removed",
    (True, False, True, "old"): "removed removed removed",
    (True, False, False, "no"): "removed removed removed",
    (True, False, False, "fresh"): "removed removed removed",
    (True, False, False, "old"): "removed removed removed",
    (False, True, True, "no"): "verified used used",
    (False, True, True, "fresh"): "verified used used",
    (False, True, True, "old"): "verified used used",
    (False, True, False, "no"): "verified used used",
    (False, True, False, "fresh"): "verified used used",
    (False, True, False, "old"): "verified used used",
    (False, False, True, "no"): "held expired replaced",
    (False, False, True, "fresh"): "held ok replaced",
    (False, False, True, "old"): "held expired replaced",
    (False, False, False, "no"): "provisional expired replaced",
    (False, False, False, "fresh"): "provisional ok replaced",
    (False, False, False, "old"): "expired expired replaced",
}


def facts_of(is_removed: bool, is_verified: bool, is_held: bool, sent: str) -> AddressFacts:  # noqa: FBT001 - a row of the table
    return AddressFacts(
        link_version=3,
        link_sent_at={"no": None, "fresh": SENT, "old": SENT - timedelta(days=8)}[sent],
        is_held=is_held,
        verified_at=LATER if is_verified else None,
        removed_at=LATER if is_removed else None,
    )


@pytest.mark.parametrize(("row", "expected"), list(TABLE.items()))
def test_every_address_has_one_state_and_every_link_its_own_answer(
    row: tuple[bool, bool, bool, str], expected: str
) -> None:
    """R7-10, R7-11, R7-12, R7-15, D1, D4."""
    facts = facts_of(*row)
    state, newest, older = expected.split()
    assert address_state(facts, LATER) == state
    assert link_answer(facts, 3, LATER) == newest
    assert link_answer(facts, 2, LATER) == older


def test_the_table_leaves_no_combination_out() -> None:
    """R7-12."""
    assert set(TABLE) == set(product((True, False), (True, False), (True, False), ("no", "fresh", "old")))


@given(st.integers(1, 5), st.integers(1, 5), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_only_the_newest_link_of_a_waiting_address_works(version: int, newest: int, age: timedelta) -> None:
    """R7-12, D2, D4."""
    answer = link_answer(AddressFacts(link_version=newest, link_sent_at=SENT), version, SENT + age)
    assert (answer is LinkAnswer.OK) == (version == newest and age <= timedelta(days=7))


def test_sending_anew_gives_a_new_seven_days() -> None:
    """R7-12."""
    sent_again = AddressFacts(link_version=2, link_sent_at=SENT + timedelta(days=8))
    now = SENT + timedelta(days=15)
    assert link_answer(sent_again, 2, now) is LinkAnswer.OK
    assert link_answer(sent_again, 2, now + SECOND) is LinkAnswer.EXPIRED
    assert link_answer(sent_again, 1, now) is LinkAnswer.REPLACED
