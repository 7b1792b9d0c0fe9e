"""The files that tell an address's country (R2-8): read at first need, again when they change; a broken one tells nothing (H4)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Protocol

import maxminddb

from auth.country_ranges import read_ranges
from auth.origin_rules import Address, Network, Origin, origin_of
from base.logs import log

LOOK_EVERY = timedelta(seconds=60)
OLD_AFTER = timedelta(days=90)
MOST_KEPT = 8192

Mark = tuple[int, int, int] | None


class CountrySource(Protocol):
    def country_of(self, address: Address) -> str | None: ...
    def networks_in(self, country: str) -> Iterator[Network]: ...


@dataclass(frozen=True, slots=True)
class CountryFile:
    """One file as it was read. `fault` says why it tells nothing; `made_at`: its own word, else when it was put there."""

    path: Path
    source: CountrySource | None
    made_at: datetime | None
    fault: str = ""

    def is_old(self, now: datetime) -> bool:
        return self.made_at is None or now - self.made_at > OLD_AFTER


@dataclass(frozen=True, slots=True)
class MaxMindFile:
    """Any `.mmdb` with `country.iso_code`."""

    reader: maxminddb.Reader

    def country_of(self, address: Address) -> str | None:
        try:
            found = self.reader.get(address)
        except ValueError:
            # An IPv6 address asked of a file of IPv4, or a record that can't be read.
            return None
        return _code_in(found)

    def networks_in(self, country: str) -> Iterator[Network]:
        return (network for network, record in self.reader if _code_in(record) == country)


def _code_in(record: object) -> str | None:
    country = record.get("country") if isinstance(record, dict) else None
    code = country.get("iso_code") if isinstance(country, dict) else None
    return code if isinstance(code, str) else None


def _read_text(path: Path) -> CountryFile:
    with path.open(encoding="ascii") as lines:
        ranges = read_ranges(lines)
    return CountryFile(path, ranges, ranges.made_at or _put_there(path))


def _read_maxmind(path: Path) -> CountryFile:
    # Into memory: a mapped file that is cut short while it is replaced would end the program.
    reader = maxminddb.open_database(path, maxminddb.MODE_MEMORY)
    return CountryFile(path, MaxMindFile(reader), datetime.fromtimestamp(reader.metadata().build_epoch, UTC))


def _put_there(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def read_country_file(path: Path) -> CountryFile:
    try:
        return _read_maxmind(path) if path.suffix == ".mmdb" else _read_text(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as fault:
        log.error("country data unusable", path=str(path), fault=f"{type(fault).__name__}: {fault}")
        return CountryFile(path, None, None, str(fault) or type(fault).__name__)


def _mark(path: Path) -> Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class CountryData:
    """All of an installation's files; the first that knows an address's country tells it."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths = paths
        self._lock = Lock()
        self._looked_at: datetime | None = None
        self._marks: tuple[Mark, ...] | None = None
        self._files: tuple[CountryFile, ...] = ()
        self._known = self._judge_with(())

    def origin(self, address: str, now: datetime) -> Origin:
        self._look(now)
        return self._known(address)

    def files(self, now: datetime) -> tuple[CountryFile, ...]:
        self._look(now)
        return self._files

    def _look(self, now: datetime) -> None:
        """Once a minute. Whoever asks while a changed file is read is judged by the older one."""
        if not self._is_due(now):
            return
        with self._lock:
            if not self._is_due(now):
                return
            if self._marks is not None:
                self._looked_at = now
            self._read_if_changed()
            self._looked_at = now

    def _is_due(self, now: datetime) -> bool:
        return self._looked_at is None or abs(now - self._looked_at) >= LOOK_EVERY

    def _read_if_changed(self) -> None:
        marks = tuple(map(_mark, self._paths))
        if marks == self._marks:
            return
        files = tuple(map(read_country_file, self._paths))
        self._files, self._marks, self._known = files, marks, self._judge_with(files)

    @staticmethod
    def _judge_with(files: tuple[CountryFile, ...]) -> Callable[[str], Origin]:
        sources = [file.source for file in files if file.source is not None]

        def country_of(address: Address) -> str | None:
            return next(filter(None, (source.country_of(address) for source in sources)), None)

        return lru_cache(MOST_KEPT)(lambda address: origin_of(address, country_of))
