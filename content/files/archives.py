"""ZIP containers judged by their directory, before anything is unpacked (E5)."""

import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from base.refusals import Refused
from base.sentences import say

ENTRIES = 1_000
DIRECTORY_BYTES = 1 << 20
UNPACKED_BYTES = 200_000_000
RATIO = 100
RATIO_FROM = 10_000_000

BROKEN = say("ファイルが壊れているか、ZIP の構造が正しくありません。作り直してください。")

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_END_64_MARK = b"PK\x06\x07"
_LOCAL_HEADER_BYTES = 30
_HIDDEN = 0x1 | 0x40 | 0x2000
_UTF8_NAME = 0x800
_FAULTS = (BadZipFile, zlib.error, ValueError, struct.error, NotImplementedError, EOFError, OverflowError)


@contextmanager
def opened(stream: IO[bytes], size: int) -> Iterator[ZipFile]:
    """A ZIP whose directory promises nothing excessive or sly; Refused otherwise, and where an entry is broken."""
    _refuse_directory(stream, size)
    try:
        with ZipFile(stream) as archive:
            _refuse_entries(archive, size)
            yield archive
    except _FAULTS as fault:
        raise Refused(BROKEN) from fault


def name_of(entry: ZipInfo) -> str:
    """The whole stored name: as Japanese Windows wrote it where it isn't marked as UTF-8."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.orig_filename
    return entry.orig_filename.encode("cp437").decode("cp932", errors="replace")


def ends_as_archive(tail: bytes) -> bool:
    """Would a reader that looks from the end take this for a ZIP? (E3: two files in one)."""
    starts = (match.start() for match in re.finditer(re.escape(_END_MARK), tail))
    return any(start + 22 + int.from_bytes(tail[start + 20 : start + 22], "little") == len(tail) for start in starts)


def _refuse_directory(stream: IO[bytes], size: int) -> None:
    """Read the last 42 bytes only: Python's own reader loads a directory of a million entries before anyone can ask."""
    start = max(0, size - _END.size - 20)
    stream.seek(start)
    tail = stream.read(size - start)
    if size < _END.size or not tail[-_END.size :].startswith(_END_MARK) or tail.startswith(_END_64_MARK):
        raise Refused(BROKEN)
    _, disk, first_disk, here, entries, length, offset, _ = _END.unpack(tail[-_END.size :])
    if entries > ENTRIES or length > DIRECTORY_BYTES:
        raise Refused(say("ZIP の中のファイルが多すぎます(%(most)s個まで)。", most=f"{ENTRIES:,}"))
    if disk or first_disk or here != entries or offset + length + _END.size != size:
        raise Refused(BROKEN)


def _refuse_entries(archive: ZipFile, size: int) -> None:
    entries = archive.infolist()
    names = [name_of(entry) for entry in entries]
    if not entries or len(entries) > ENTRIES or len({name.casefold() for name in names}) != len(names):
        raise Refused(BROKEN)
    for entry, name in zip(entries, names, strict=True):
        _refuse_entry(entry, name)
    _refuse_sums(entries, size)
    _refuse_overlaps(entries, archive.start_dir)


def _refuse_entry(entry: ZipInfo, name: str) -> None:
    if _is_sly(name):
        raise Refused(say("ZIP の中に、フォルダーの外を指すなどの不正な名前のファイルがあります。"))
    if entry.flag_bits & _HIDDEN:
        raise Refused(
            say("パスワードの付いた ZIP は中を確認できないため、掲載できません。パスワードを外してください。")
        )
    mode = stat.S_IFMT(entry.external_attr >> 16)
    if mode not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Refused(
            say("ZIP の中に、ショートカット(シンボリックリンク)があります。ファイルそのものを入れてください。")
        )
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise Refused(say("この圧縮方式の ZIP は確認できません。Windows の「圧縮(zip形式)」で作り直してください。"))


def _is_sly(name: str) -> bool:
    parts = name.removesuffix("/").split("/")
    return bool(re.search(r"[\\:\x00-\x1f\x7f]", name)) or not all(part.strip(". ") for part in parts)


def _refuse_sums(entries: list[ZipInfo], size: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_BYTES or unpacked > max(RATIO * size, RATIO_FROM):
        raise Refused(say("展開すると大きくなりすぎるため、掲載できません。ファイルを分けてください。"))


def _refuse_overlaps(entries: list[ZipInfo], directory: int) -> None:
    """Entries that share their bytes are how a small file promises gigabytes."""
    spans = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    for (offset, length), (following, _) in pairwise([*spans, (directory, 0)]):
        if offset + _LOCAL_HEADER_BYTES + length > following:
            raise Refused(BROKEN)
