"""How many pages a PDF says it has, found in time that grows with its size alone: no table and no chain of it is followed (E5)."""

import re
import zlib
from collections.abc import Iterator

MOST_PAGES = 100_000

# A dictionary begins, ends, is a node of the tree of pages; or an object ends, whatever stood in its bytes.
_TOKENS = re.compile(rb"<<|>>|/Type\s*/Pages(?![0-9A-Za-z])|endobj")
_PARENT = re.compile(rb"/Parent(?![0-9A-Za-z])")
_COUNT = re.compile(rb"/Count\s+(\d{1,6})(?![0-9]|\s+\d+\s+R)")
_PACKED = re.compile(rb"/ObjStm(?![0-9A-Za-z])")
_STREAM = re.compile(rb"stream\r?\n")
_MOST_DICTIONARIES = 1_000_000
_MOST_NODES = 1_000
_LONGEST_NODE = 1 << 17
_LONGEST_HEAD = 1_000
_MOST_UNPACKED = 1 << 24
_UNPACKED_AT_ONCE = 1 << 22


def pages_said(content: bytes) -> int | None:
    """None where no root of the pages tells it. Of several the one that was written last counts."""
    found = [*_roots(content, 0), *(root for at, text in _packed_objects(content) for root in _roots(text, at))]
    count = max(found)[1] if found else 0
    return count if 0 < count <= MOST_PAGES else None


def _roots(text: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Place and number of pages of each node that has no parent."""
    if text.count(b"<<") > _MOST_DICTIONARIES:
        return
    for number, (start, end) in enumerate(_nodes(text)):
        if number >= _MOST_NODES:
            return
        count = _COUNT.search(text, start, end)
        if count and end - start <= _LONGEST_NODE and not _PARENT.search(text, start, end):
            yield at + start, int(count[1])


def _nodes(text: bytes) -> Iterator[tuple[int, int]]:
    """Where each dictionary that is a node of the tree of pages begins and ends."""
    starts: list[int] = []
    nodes: set[int] = set()
    for token in _TOKENS.finditer(text):
        if token[0] == b"<<":
            starts.append(token.start())
        elif token[0] == b"endobj":
            starts.clear()
        elif starts and token[0] != b">>":
            nodes.add(starts[-1])
        elif starts and (start := starts.pop()) in nodes:
            yield start, token.end()


def _packed_objects(content: bytes) -> Iterator[tuple[int, bytes]]:
    """What the streams of objects hold; the first piece of a large one."""
    unpacked = 0
    for match in _PACKED.finditer(content):
        head = _STREAM.search(content, match.end(), match.end() + _LONGEST_HEAD)
        if head and unpacked < _MOST_UNPACKED:
            text = _inflated(content[head.end() : head.end() + _UNPACKED_AT_ONCE])
            unpacked += len(text) + _LONGEST_HEAD
            yield match.start(), text


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _UNPACKED_AT_ONCE)
    except zlib.error:
        return b""
