"""PDF files: whole, readable by everyone, and without anything that acts by itself (E3)."""

import re
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from typing import IO

from base.refusals import Refused
from content.archives import ends_as_archive
from content.inspection import PIECE_BYTES, Budget

_TAIL = 66_000
_LONGEST_NAME = 40
_BREAK = rb"(?=[\s\x00()<>\[\]{}/%]|$)"
_ESCAPED_NAME = re.compile(rb"/[^\s\x00()<>\[\]{}/%]{0,120}#[0-9A-Fa-f]{2}[^\s\x00()<>\[\]{}/%]{0,120}")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?<!end)stream\r?\n(?=[\x08-\x78][\x00-\xff])")
_END_OF_STREAM = re.compile(rb"endstream")
_COMPRESSED_OBJECTS = re.compile(rb"/ObjStm" + _BREAK)
_OTHER_FILTERS = re.compile(rb"/(?:ASCIIHexDecode|ASCII85Decode|LZWDecode|RunLengthDecode|Crypt)" + _BREAK)

_REASONS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        re.compile(rb"/Encrypt" + _BREAK),
        "パスワードや印刷・編集の制限が付いた PDF は中を確認できないため、掲載できません。制限を外してください。",
    ),
    (
        re.compile(rb"/(?:JavaScript|Launch|RichMedia|XFA)" + _BREAK),
        "スクリプトや、ほかのプログラムを動かす仕掛けを含む PDF は掲載できません。印刷から PDF を作り直してください。",
    ),
    (
        re.compile(rb"/EmbeddedFiles?" + _BREAK),
        "ほかのファイルが埋め込まれた PDF は掲載できません。別の添付ファイルにしてください。",
    ),
)


def refuse_unsafe_pdf(stream: IO[bytes], size: int, budget: Budget) -> None:
    """Search a PDF for names of actions, also where it is compressed; linear in what it inflates to (E3)."""
    stream.seek(0)
    content = stream.read(size)
    _refuse_ends(content)
    _refuse_names(content)
    if _COMPRESSED_OBJECTS.search(content) and _OTHER_FILTERS.search(content):
        raise Refused("この PDF の圧縮方式では中を確認できません。印刷から PDF を作り直してください。")
    for text in _inflated(content):
        budget.spend(len(text))
        _refuse_names(text)


def _refuse_ends(content: bytes) -> None:
    body, end, rest = content[-_TAIL:].rpartition(b"%%EOF")
    if not end or rest.strip(b"\r\n\t \x00") or b"startxref" not in body[-2048:] or ends_as_archive(content[-_TAIL:]):
        raise Refused("PDF が壊れているか、後ろに別のものが付いています。作り直してください。")


def _refuse_names(text: bytes) -> None:
    names = b"\n".join(_unescaped(match.group()) for match in _ESCAPED_NAME.finditer(text))
    for pattern, reason in _REASONS:
        if pattern.search(text) or pattern.search(names):
            raise Refused(reason)


def _unescaped(name: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes.fromhex(match.group(1).decode()), name)


def _inflated(content: bytes) -> Iterator[bytes]:
    """What every compressed stream holds, in overlapping pieces; which of them hold objects isn't asked."""
    view = memoryview(content)
    ends = [match.start() for match in _END_OF_STREAM.finditer(content)]
    for match in _STREAM.finditer(content):
        nearest = bisect_left(ends, match.end())
        last = ends[nearest] if nearest < len(ends) else len(content)
        yield from _pieces(view[match.end() : last])


def _pieces(packed: memoryview) -> Iterator[bytes]:
    inflater, overlap = zlib.decompressobj(), b""
    for start in range(0, len(packed), PIECE_BYTES):
        try:
            text = inflater.decompress(packed[start : start + PIECE_BYTES])
        except zlib.error:
            return
        yield overlap + text
        overlap = text[-_LONGEST_NAME:]
        if inflater.eof:
            return
