"""Where an address stands: a table, and whatever hypothesis thinks of (R2-8, H3, H8)."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.origin_rules import EMBEDDING, LOCAL, NOWHERE, Address, origin_of, passes, plain_address

JAPANESE = {"192.0.2.7": "JP", "2001:db8::7": "JP", "198.51.100.7": "US", "2001:db8:1::7": "DE"}


def country_of(address: Address) -> str | None:
    """Knows everything as Japan that isn't named: what must be refused is refused whatever the data say."""
    return JAPANESE.get(str(address), "JP")


@pytest.mark.parametrize(
    ("text", "seen", "country", "is_let_in"),
    [
        ("192.0.2.7", "192.0.2.7", "JP", True),
        ("198.51.100.7", "198.51.100.7", "US", False),
        ("2001:db8::7", "2001:db8::7", "JP", True),
        ("2001:DB8:0:0:0:0:0:7", "2001:db8::7", "JP", True),
        ("2001:db8:1::7", "2001:db8:1::7", "DE", False),
        # Mapped: judged as the IPv4 address that it is.
        ("::ffff:192.0.2.7", "192.0.2.7", "JP", True),
        ("::ffff:c000:207", "192.0.2.7", "JP", True),
        ("::ffff:198.51.100.7", "198.51.100.7", "US", False),
        ("::ffff:10.0.0.1", "10.0.0.1", None, False),
        ("::ffff:127.0.0.1", "127.0.0.1", None, False),
        # An address of Japan inside an address of a tunnel or a translator is believed by nobody.
        ("2002:c000:207::1", "2002:c000:207::1", None, False),
        ("64:ff9b::c000:207", "64:ff9b::c000:207", None, False),
        ("64:ff9b:1::c000:207", "64:ff9b:1::c000:207", None, False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdf8", "2001:0:4136:e378:8000:63bf:3fff:fdf8", None, False),
        ("::192.0.2.7", "::c000:207", None, False),
        ("::ffff:0:192.0.2.7", "::ffff:0:c000:207", None, False),
        ("::", "::", None, False),
        # Nothing, more than one thing, or what means something else on every machine.
        ("", "", None, False),
        ("localhost", "", None, False),
        ("192.0.2.7, 127.0.0.1", "", None, False),
        (" 192.0.2.7", "", None, False),
        ("192.0.2.7:443", "", None, False),
        ("[2001:db8::7]", "", None, False),
        ("192.0.2.07", "", None, False),
        ("192.0.2", "", None, False),
        ("3221225991", "", None, False),
        ("192.0.2.7/32", "", None, False),
        ("2001:db8::7%eth0", "", None, False),
        ("fe80::1%1", "", None, False),
    ],
)
def test_an_address_is_judged_by_what_it_is(text: str, seen: str, country: str | None, *, is_let_in: bool) -> None:
    """H3, H4, R2-8."""
    origin = origin_of(text, country_of)
    assert (origin.address, origin.country) == (seen, country)
    assert passes(origin, are_local_addresses_allowed=False) is is_let_in
    assert origin.is_domestic is is_let_in


EDGES = [str(address) for network in LOCAL for address in (network[0], network[-1])]


@pytest.mark.parametrize("text", EDGES)
def test_our_own_networks_pass_by_the_setting_alone(text: str) -> None:
    """H8: private, loopback, link-local, shared by carriers; first and last of each."""
    origin = origin_of(text, country_of)
    assert (origin.is_local, origin.is_domestic, origin.country) == (True, False, None)
    assert not passes(origin, are_local_addresses_allowed=False)
    assert passes(origin, are_local_addresses_allowed=True)


@pytest.mark.parametrize(
    "text",
    [
        *("9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"),
        *("126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "100.63.255.255", "100.128.0.0"),
        *("fbff:ffff::", "fe00::", "fec0::"),
    ],
)
def test_the_address_beside_our_own_networks_is_judged_by_its_country(text: str) -> None:
    """H8: not one address more."""
    assert not origin_of(text, lambda _address: None).is_local
    assert not passes(origin_of(text, lambda _address: None), are_local_addresses_allowed=True)


def test_an_unknown_country_and_no_address_are_blocked_whatever_is_set() -> None:
    """H4."""
    assert origin_of("", country_of) == NOWHERE
    for origin in (NOWHERE, origin_of("203.0.113.7", lambda _address: None)):
        assert not passes(origin, are_local_addresses_allowed=True)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_a_mapped_address_is_the_ipv4_address(address: IPv4Address) -> None:
    """H3: in every respect."""
    mapped = IPv6Address(b"\x00" * 10 + b"\xff\xff" + address.packed)
    assert origin_of(str(mapped), country_of) == origin_of(str(address), country_of)


@given(st.sampled_from(EMBEDDING), st.integers(0, 2**128 - 1))
def test_no_tunnelled_address_is_ever_domestic(network: object, bits: int) -> None:
    """H3."""
    prefix = ip_network(str(network))
    address = IPv6Address(int(prefix.network_address) | (bits & int(prefix.hostmask)))
    origin = origin_of(str(address), lambda _address: "JP")
    assert not origin.is_domestic or address.ipv4_mapped is not None


@given(st.text(max_size=60) | st.from_regex(r"[0-9a-f:.%/\[\] ,]{1,50}", fullmatch=True))
def test_whatever_is_sent_is_an_address_or_nowhere(text: str) -> None:
    """H2: never an error; what is taken has one form."""
    origin = origin_of(text, country_of)
    if plain_address(text) is None:
        assert origin == NOWHERE
    else:
        assert origin_of(origin.address, country_of) == origin
