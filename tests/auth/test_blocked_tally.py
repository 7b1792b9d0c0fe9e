"""Many refusals, few writes, bounded memory (R2-8)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from auth.blocked_tally import EVERYBODY_ELSE, MOST_A_DAY, BlockedTally, Source
from tests.certificates import NOW

TODAY = date(2026, 11, 24)
HERE = Source(TODAY, "198.51.100.7", "")


def test_ten_thousand_refusals_are_one_write() -> None:
    """R2-8: from many threads, none lost."""
    tally = BlockedTally()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: tally.note(HERE, "US", NOW + timedelta(microseconds=number)), range(10_000)))
    taken = tally.take(NOW)
    assert list(taken) == [HERE]
    assert (taken[HERE].count, taken[HERE].first_at) == (10_000, NOW)
    assert taken[HERE].last_at == NOW + timedelta(microseconds=9_999)
    assert tally.take(NOW + timedelta(minutes=1)) == {}


def test_the_next_write_is_due_ten_seconds_later() -> None:
    """R2-8: whatever the clock does."""
    tally = BlockedTally()
    assert not tally.is_due(NOW)
    tally.note(HERE, "US", NOW)
    assert tally.take(NOW)
    tally.note(HERE, "US", NOW)
    assert not tally.is_due(NOW + timedelta(seconds=9.9))
    assert tally.take(NOW + timedelta(seconds=9.9)) == {}
    assert tally.is_due(NOW + timedelta(seconds=10))
    assert tally.is_due(NOW - timedelta(hours=1))


def test_addresses_without_end_fill_neither_memory_nor_table() -> None:
    """R2-8: beyond some thousands a day they are counted together; those known already go on by themselves."""
    tally = BlockedTally()
    for number in range(MOST_A_DAY + 500):
        tally.note(Source(TODAY, f"2001:db8::{number:x}", ""), "US", NOW)
    tally.note(Source(TODAY, "2001:db8::0", ""), "US", NOW)
    taken = tally.take(NOW)
    assert len(taken) == MOST_A_DAY + 1
    assert taken[Source(TODAY, EVERYBODY_ELSE, "")].count == 500
    assert taken[Source(TODAY, "2001:db8::0", "")].count == 2
    tomorrow = Source(TODAY + timedelta(days=1), "2001:db8::ffff", "")
    tally.note(tomorrow, "US", NOW + timedelta(days=1))
    assert list(tally.take(NOW + timedelta(days=1))) == [tomorrow]


def test_what_could_not_be_written_is_added_to_what_came_since() -> None:
    """I5."""
    tally = BlockedTally()
    tally.note(HERE, "US", NOW)
    taken = tally.take(NOW)
    tally.note(HERE, "US", NOW + timedelta(seconds=3))
    tally.put_back(taken)
    later = tally.take(NOW + timedelta(seconds=10))
    assert (later[HERE].count, later[HERE].first_at, later[HERE].last_at) == (2, NOW, NOW + timedelta(seconds=3))
