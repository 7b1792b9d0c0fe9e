"""What may stand in the allow-list: a table of edges and of odd entries (R2-8, H5)."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.allowed_queries import networks_around
from auth.allowed_rules import EntryState, a_year_after, entry_state, refuse_review
from auth.network_rules import overlapping, read_network
from base.refusals import Refused
from tests.certificates import NOW

TODAY = NOW.date()
UNREADABLE = "IPアドレスとして読み取れません"
TOO_WIDE = "範囲が広すぎます"
HOST_BITS = "ネットワークの先頭のアドレスではありません"
LOCAL = "社内や機器の中だけで使われる"
TUNNEL = "トンネルや変換のための"
NOBODYS = "接続元になることのない"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("198.51.100.8", "198.51.100.8/32"),
        (" 198.51.100.8 ", "198.51.100.8/32"),
        ("198.51.100.8/32", "198.51.100.8/32"),
        ("198.51.100.8/31", "198.51.100.8/31"),
        ("198.51.100.8/29", "198.51.100.8/29"),
        ("198.51.100.8/255.255.255.248", "198.51.100.8/29"),
        ("2001:DB8::8", "2001:db8::8/128"),
        ("2001:db8:0:0::/64", "2001:db8::/64"),
        ("2001:db8::/65", "2001:db8::/65"),
        ("2001:db8::8/128", "2001:db8::8/128"),
    ],
)
def test_an_entry_is_kept_in_one_form(text: str, kept: str) -> None:
    """H5."""
    assert str(read_network(text)) == kept


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *(("", UNREADABLE), ("example.com", UNREADABLE), ("198.51.100", UNREADABLE), ("198.51.100.8/33", UNREADABLE)),
        *(("198.51.100.8/-1", UNREADABLE), ("198.51.100.8-15", UNREADABLE), ("198.51.100.8, 198.51.100.9", UNREADABLE)),
        *(("198.51.100.08", UNREADABLE), ("[2001:db8::8]", UNREADABLE), ("2001:db8::8::", UNREADABLE)),
        *(("198.51.100.0/28", "/29まで"), ("0.0.0.0/0", TOO_WIDE), ("2001:db8::/63", "/64まで"), ("::/0", TOO_WIDE)),
        *(
            ("198.51.100.9/24", "/29まで"),
            ("198.51.100.9/29", "「198.51.100.8/29」"),
            ("2001:db8::1/64", "「2001:db8::/64」"),
        ),
        *(("10.0.0.8", LOCAL), ("172.16.0.0/29", LOCAL), ("192.168.1.1", LOCAL), ("127.0.0.1", LOCAL)),
        *(("100.64.0.1", LOCAL), ("169.254.1.1", LOCAL), ("::1", LOCAL), ("fe80::/64", LOCAL), ("fd00::1", LOCAL)),
        *(("::ffff:198.51.100.8", "IPv4の形(198.51.100.8)"), ("fe80::1%eth0", "「%」は使えません")),
        *(
            ("2002:c633:6408::/64", TUNNEL),
            ("64:ff9b::c633:6408", TUNNEL),
            ("2001:0:1::/64", TUNNEL),
            ("::1.2.3.4", TUNNEL),
        ),
        *(("0.0.0.0", NOBODYS), ("224.0.0.1", NOBODYS), ("255.255.255.255", NOBODYS), ("ff02::1", NOBODYS)),
    ],
)
def test_whatever_else_is_entered_is_refused_with_its_reason(text: str, why: str) -> None:
    """H5: beside the field."""
    with pytest.raises(Refused, match=r".") as caught:
        read_network(text)
    assert why in caught.value.reason
    assert caught.value.field == "network"


@pytest.mark.parametrize(
    ("one", "other", "is_shared"),
    [
        *(("198.51.100.8/29", "198.51.100.15/32", True), ("198.51.100.8/29", "198.51.100.16/32", False)),
        *(("198.51.100.8/32", "198.51.100.8/29", True), ("198.51.100.0/29", "198.51.100.8/29", False)),
        *(("2001:db8::/64", "2001:db8::1/128", True), ("2001:db8::/64", "2001:db8:0:1::/64", False)),
        *(("0.0.0.8/32", "::8/128", False),),
    ],
)
def test_two_entries_overlap_where_they_share_an_address(one: str, other: str, *, is_shared: bool) -> None:
    """H5: IPv4 and IPv6 share none."""
    found = overlapping(ip_network(one), [ip_network("203.0.113.0/29"), ip_network(other)])
    assert found == (ip_network(other) if is_shared else None)


@given(st.ip_addresses(), st.integers(0, 128))
def test_an_address_is_found_in_just_the_networks_that_hold_it(address: object, length: int) -> None:
    """R2-8: the list is asked by the names of the networks around an address."""
    here = ip_address(str(address))
    prefix = min(length, here.max_prefixlen)
    network = ip_network((here, prefix), strict=False)
    is_small = prefix >= (29 if here.version == 4 else 64)
    assert (str(network) in networks_around(here)) is is_small
    beside = network.broadcast_address + 1 if int(network.broadcast_address) + 1 < 2**here.max_prefixlen else None
    assert beside is None or str(network) not in networks_around(beside)


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, EntryState.OVERDUE), (0, EntryState.SOON), (30, EntryState.SOON), (31, EntryState.CURRENT)],
)
def test_when_an_entry_asks_for_its_review(days: int, state: EntryState) -> None:
    """R2-8."""
    due = TODAY.fromordinal(TODAY.toordinal() + days)
    assert entry_state(due, is_ended=False, today=TODAY) is state
    assert entry_state(due, is_ended=True, today=TODAY) is EntryState.ENDED


def test_a_review_is_due_within_a_year() -> None:
    """R2-8: a leap day's year ends on 28 February."""
    assert a_year_after(TODAY.replace(2028, 2, 29)).isoformat() == "2029-02-28"
    refuse_review(a_year_after(TODAY), TODAY)
    refuse_review(TODAY.fromordinal(TODAY.toordinal() + 1), TODAY)
    for wrong in (
        TODAY,
        a_year_after(TODAY).fromordinal(a_year_after(TODAY).toordinal() + 1),
        TODAY.replace(year=2020),
    ):
        with pytest.raises(Refused, match="1年後まで"):
            refuse_review(wrong, TODAY)
