"""PDF files: whole, readable by everyone, and without anything that acts by itself (E3)."""

import re
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from typing import IO

from base.refusals import Refused
from base.sentences import say
from content.files.archives import ends_as_archive
from content.files.inspection import Budget

_TAIL = 66_000
_PIECE = 1 << 14
_UNPACKED_PIECE = 1 << 20
_LONGEST_NAME = 60
_BREAK = rb"(?=[\s\x00()<>\[\]{}/%]|$)"
_STREAM = re.compile(rb"(?<!end)stream\r?\n(?=[\x08\x18\x28\x38\x48\x58\x68\x78])")
_END_OF_STREAM = re.compile(rb"endstream")


def _names(*names: str) -> re.Pattern[bytes]:
    """These names in every spelling: a PDF may write any letter as `#` and two digits."""
    spelled = ("".join(rf"(?:{letter}|#(?i:{ord(letter):02x}))" for letter in name) for name in names)
    return re.compile(b"/(?:" + "|".join(spelled).encode() + b")" + _BREAK)


_COMPRESSED_OBJECTS = _names("ObjStm")
_OTHER_FILTERS = _names("ASCIIHexDecode", "ASCII85Decode", "LZWDecode", "RunLengthDecode", "Crypt")
_REASONS = (
    (
        ("Encrypt",),
        say("パスワードや印刷・編集の制限が付いた PDF は中を確認できないため、掲載できません。制限を外してください。"),
    ),
    (
        ("JavaScript", "Launch", "RichMedia", "XFA"),
        say(
            "スクリプトや、ほかのプログラムを動かす仕掛けを含む PDF は掲載できません。印刷から PDF を作り直してください。"
        ),
    ),
    (
        ("EmbeddedFile", "EmbeddedFiles"),
        say("ほかのファイルが埋め込まれた PDF は掲載できません。別の添付ファイルにしてください。"),
    ),
)
_REFUSED = _names(*(name for names, _ in _REASONS for name in names))
_ESCAPED = re.compile(rb"#([0-9a-fA-F]{2})")
# Looking at a name costs as much as running over this many bytes of other text.
_NAME_COST = 80


def refuse_unsafe_pdf(stream: IO[bytes], size: int, budget: Budget) -> None:
    """Search a PDF for names of actions, also where it is compressed; linear in what it inflates to (E3)."""
    stream.seek(0)
    content = stream.read(size)
    _refuse_ends(content)
    budget.spend(_NAME_COST * content.count(b"/"))
    _refuse_names(content)
    if _COMPRESSED_OBJECTS.search(content) and _OTHER_FILTERS.search(content):
        raise Refused(say("この PDF の圧縮方式では中を確認できません。印刷から PDF を作り直してください。"))
    for text in _inflated(content):
        budget.spend(len(text) + _NAME_COST * text.count(b"/"))
        _refuse_names(text)


def _refuse_ends(content: bytes) -> None:
    body, end, rest = content[-_TAIL:].rpartition(b"%%EOF")
    if not end or rest.strip(b"\r\n\t \x00") or b"startxref" not in body[-2048:] or ends_as_archive(content[-_TAIL:]):
        raise Refused(say("PDF が壊れているか、後ろに別のものが付いています。作り直してください。"))


def _refuse_names(text: bytes) -> None:
    found = _REFUSED.search(text)
    if found:
        name = _ESCAPED.sub(lambda code: bytes.fromhex(code[1].decode()), found[0])[1:].decode()
        raise Refused(next(reason for names, reason in _REASONS if name in names))


def _inflated(content: bytes) -> Iterator[bytes]:
    """What every compressed stream holds, in overlapping pieces, an empty one for what isn't compressed."""
    view = memoryview(content)
    ends = [match.start() for match in _END_OF_STREAM.finditer(content)]
    for match in _STREAM.finditer(content):
        nearest = bisect_left(ends, match.end())
        last = ends[nearest] if nearest < len(ends) else len(content)
        yield from _pieces(view[match.end() : last])


def _pieces(packed: memoryview) -> Iterator[bytes]:
    overlap = b""
    try:
        for text in _unpacked(packed):
            yield overlap + text
            overlap = text[-_LONGEST_NAME:]
    except zlib.error:
        yield b""


def _unpacked(packed: memoryview) -> Iterator[bytes]:
    """At most so much at a time: a thousandth of it may be what was packed."""
    inflater = zlib.decompressobj()
    for start in range(0, len(packed), _PIECE):
        left: bytes | memoryview = packed[start : start + _PIECE]
        while not inflater.eof:
            text = inflater.decompress(left, _UNPACKED_PIECE)
            yield text
            left = inflater.unconsumed_tail
            if not left and len(text) < _UNPACKED_PIECE:
                break
