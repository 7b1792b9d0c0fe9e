"""CSV and other plain text: really text, in an encoding that Japanese Windows writes, and not a web page (E3, R8-7)."""

import codecs
import re
from collections.abc import Iterator
from typing import IO

from base.refusals import Refused
from base.sentences import say

_PIECE = 1 << 16
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\uf8f0-\uf8f3]")
_MARKUP = re.compile(r"<(?:script|html|!doctype|svg|iframe)", re.IGNORECASE)
_OTHER_BEGINNINGS = ("<", "%PDF-")
_LONGEST_TAG = 9


def refuse_unsafe_text(stream: IO[bytes]) -> None:
    """Refuse what is neither UTF-8 nor CP932, holds control characters, or would be taken for HTML."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            _refuse_pieces(_pieces(stream, encoding))
        except UnicodeDecodeError:
            continue
        return
    raise Refused(say("文字コードを判別できません。UTF-8 か Shift_JIS(CP932)で保存し直してください。"))


def _refuse_pieces(pieces: Iterator[str]) -> None:
    for number, text in enumerate(pieces):
        if _CONTROL.search(text):
            raise Refused(say("テキストではないファイルです。CSV は表計算ソフトの「CSV で保存」で作ってください。"))
        if _MARKUP.search(text) or (number == 0 and text.lstrip().startswith(_OTHER_BEGINNINGS)):
            raise Refused(say("HTML などを含むファイルは、テキストとして掲載できません。"))


def _pieces(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """The text in overlapping pieces, so that no tag hides between two of them."""
    stream.seek(0)
    decoder, overlap = codecs.getincrementaldecoder(encoding)(), ""
    while piece := stream.read(_PIECE):
        text = overlap + decoder.decode(piece)
        yield text
        overlap = text[-_LONGEST_TAG:]
    decoder.decode(b"", final=True)
