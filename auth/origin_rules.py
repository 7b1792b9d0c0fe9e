"""Where a request comes from, judged by its address alone (R2-8): Japan, abroad, nowhere known, or our own network."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

DOMESTIC = "JP"

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
CountryOf = Callable[[Address], str | None]

# Written out: the library's `is_private` holds addresses for documentation and more, and changes with its version.
LOCAL = tuple(
    ip_network(each)
    for each in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)
# Addresses that hold an IPv4 address: a tunnel's or a translator's word for it, which anybody can write (H3).
EMBEDDING = tuple(
    ip_network(each)
    for each in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96")
)


@dataclass(frozen=True, slots=True)
class Origin:
    """`address` as it was seen, in canonical form, empty where none was; `country` None where nobody knows it."""

    address: str
    is_domestic: bool
    country: str | None
    is_local: bool


NOWHERE = Origin("", is_domestic=False, country=None, is_local=False)


def plain_address(text: str) -> Address | None:
    """None for whatever isn't one address that means the same everywhere. An IPv4-mapped one is the IPv4 one (H3)."""
    if "%" in text:
        return None
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def is_local_address(address: Address) -> bool:
    return any(address in network for network in LOCAL)


def is_embedding(address: Address) -> bool:
    return not is_local_address(address) and any(address in network for network in EMBEDDING)


def origin_of(text: str, country_of: CountryOf) -> Origin:
    address = plain_address(text)
    if address is None:
        return NOWHERE
    if is_local_address(address):
        return Origin(str(address), is_domestic=False, country=None, is_local=True)
    country = None if is_embedding(address) else country_of(address)
    return Origin(str(address), is_domestic=country == DOMESTIC, country=country, is_local=False)


def passes(origin: Origin, *, are_local_addresses_allowed: bool) -> bool:
    """Without any entry in the allow-list. Whoever is nowhere known stays outside (H4, H8)."""
    return origin.is_domestic or (origin.is_local and are_local_addresses_allowed)
