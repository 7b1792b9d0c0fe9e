"""Images: judged by their headers and ends, never decoded (E3, E6)."""

import re
import struct
from typing import IO, cast

from PIL import Image, UnidentifiedImageError

from base.refusals import Refused
from base.sentences import say
from content.files.archives import ends_as_archive

PIXELS = 40_000_000
SIDE = 20_000

_TAIL = 66_000
_ENDINGS = {
    "PNG": re.compile(rb"\x00\x00\x00\x00IEND\xaeB`\x82\Z"),
    "JPEG": re.compile(rb"\xff\xd9\x00*\Z"),
    "GIF": re.compile(rb"\x3b\x00*\Z"),
    "WEBP": re.compile(rb"\Z"),
}
_MARKUP = (b"<script", b"<html", b"<!doctype", b"<iframe", b"<?php", b"javascript:")
_LONGEST_MARKUP = 16
_PIECE = 1 << 20
# A photograph has dozens of segments before its pixels; each takes a few reads.
_MOST_READS = 20_000
_BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error, EOFError, OverflowError)
_TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

BROKEN = say("画像が壊れているか、後ろに別のものが付いています。保存し直してください。")
TOO_LARGE = say(
    "画像の縦横が大きすぎます(合わせて%(pixels)s万画素まで)。縮小してください。", pixels=f"{PIXELS // 10_000:,}"
)


def refuse_unsafe_image(stream: IO[bytes], size: int, image_format: str) -> None:
    """Refuse an image that is too large to show, or that is also something else (E3, E6)."""
    width, height = _dimensions(stream, image_format)
    if width * height > PIXELS or max(width, height) > SIDE:
        raise Refused(TOO_LARGE)
    stream.seek(0)
    content = stream.read(size)
    is_cut = image_format == "WEBP" and int.from_bytes(content[4:8], "little") + 8 != size
    if is_cut or not _ENDINGS[image_format].search(content[-_TAIL:]) or ends_as_archive(content[-_TAIL:]):
        raise Refused(BROKEN)
    if _has_markup(content):
        raise Refused(say("画像の中に HTML やスクリプトが入っています。画像だけを保存し直してください。"))


def _has_markup(content: bytes) -> bool:
    """In any case. Word by word in overlapping pieces: several times as fast as one pattern over all."""
    starts = range(0, len(content), _PIECE)
    pieces = (content[start : start + _PIECE + _LONGEST_MARKUP].lower() for start in starts)
    return any(word in piece for piece in pieces for word in _MARKUP)


class _Rationed:
    """A stream that ends the patience of whoever reads millions of small pieces of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = _MOST_READS
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int = -1) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise OSError("too many pieces")
        return self._stream.read(size)


def _dimensions(stream: IO[bytes], image_format: str) -> tuple[int, int]:
    """From the header alone: Pillow reads no pixels until it is asked to."""
    stream.seek(0)
    try:
        return Image.open(cast("IO[bytes]", _Rationed(stream)), formats=[image_format]).size
    except _TOO_MANY_PIXELS as fault:
        raise Refused(TOO_LARGE) from fault
    except _BROKEN as fault:
        raise Refused(BROKEN) from fault
