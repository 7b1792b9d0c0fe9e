"""Which country an address belongs to: the ranges of Debian's `tor-geoipdb` text files, kept as bytes (R2-8)."""

import re
import socket
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address, summarize_address_range
from itertools import chain

from auth.origin_rules import Address, Network

WIDTHS = {4: 4, 6: 16}
COUNTRY = re.compile(r"[A-Z][A-Z]|\?\?")
NO_COUNTRY = b"??"
GENERATED = re.compile(r"#\s*Generated:\s*(.+)")


class UnusableRanges(ValueError):
    """The file is no list of ranges: nobody's country is told from a part of it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Keys of one width in a row of bytes, as a sequence to bisect in."""

    held: bytes
    width: int

    def __len__(self) -> int:
        return len(self.held) // self.width

    def __getitem__(self, index: int) -> bytes:
        return self.held[index * self.width : (index + 1) * self.width]


@dataclass(frozen=True, slots=True)
class CountryRanges:
    """`made_at`: when the list was made, as its head says; None where it doesn't."""

    version: int
    lows: Block
    highs: Block
    countries: Block
    made_at: datetime | None

    def country_of(self, address: Address) -> str | None:
        if address.version != self.version:
            return None
        place = bisect_right(self.lows, address.packed) - 1
        if place < 0 or address.packed > self.highs[place]:
            return None
        country = self.countries[place]
        return None if country == NO_COUNTRY else country.decode("ascii")

    def networks_in(self, country: str) -> Iterator[Network]:
        """All that belongs to it, range by range."""
        wanted = country.encode("ascii")
        for place in range(len(self.lows)):
            if self.countries[place] == wanted:
                yield from summarize_address_range(ip_address(self.lows[place]), ip_address(self.highs[place]))


def read_ranges(lines: Iterable[str]) -> CountryRanges:
    """`LOW,HIGH,CC` in rising order, IPv4 as numbers, IPv6 as addresses; UnusableRanges names the first odd line."""
    comments: list[str] = []
    rows = _rows(lines, comments)
    first = next(rows, None)
    if first is None:
        raise UnusableRanges("no ranges")
    version = 6 if ":" in first else 4
    lows, highs, countries = _packed(chain([first], rows), _READERS[version])
    width = WIDTHS[version]
    return CountryRanges(version, Block(lows, width), Block(highs, width), Block(countries, 2), _made_at(comments))


def _rows(lines: Iterable[str], comments: list[str]) -> Iterator[str]:
    """One at a time: there are hundreds of thousands."""
    for line in lines:
        if line.startswith("#"):
            comments.append(line)
        elif row := line.rstrip("\r\n"):
            yield row


def _packed(rows: Iterable[str], packed: Callable[[str], bytes]) -> tuple[bytes, bytes, bytes]:
    lows, highs, countries, last = bytearray(), bytearray(), bytearray(), b""
    for row in rows:
        try:
            low_text, high_text, country = row.split(",")
            low, high = packed(low_text), packed(high_text)
        except (ValueError, OSError, OverflowError) as fault:
            raise UnusableRanges(f"no range: {row[:60]}") from fault
        if not last < low <= high or not COUNTRY.fullmatch(country):
            raise UnusableRanges(f"odd or out of order: {row[:60]}")
        lows += low
        highs += high
        countries += country.encode("ascii")
        last = high
    return bytes(lows), bytes(highs), bytes(countries)


def _of_number(text: str) -> bytes:
    return int(text).to_bytes(4, "big")


def _of_address(text: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6, text)


_READERS: dict[int, Callable[[str], bytes]] = {4: _of_number, 6: _of_address}


def _made_at(comments: Iterable[str]) -> datetime | None:
    found = next(filter(None, map(GENERATED.match, comments)), None)
    return _moment(found[1].strip()) if found else None


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
