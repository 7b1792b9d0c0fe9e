"""CSV and other plain text: really text, in an encoding that Japanese Windows writes, and not a web page (E3, R8-7)."""

import codecs
import re
from typing import BinaryIO

from base.refusals import Refused

_PIECE = 1 << 16
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"\s*<|<script|<html|<!doctype|<svg|<iframe", re.IGNORECASE)
_LONGEST_TAG = 9


def refuse_unsafe_text(stream: BinaryIO) -> None:
    """Refuse what is neither UTF-8 nor CP932, holds control characters, or would be taken for HTML."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            _refuse_markup(stream, encoding)
        except UnicodeDecodeError:
            continue
        return
    raise Refused("文字コードを判別できません。UTF-8 か Shift_JIS(CP932)で保存し直してください。")


def _refuse_markup(stream: BinaryIO, encoding: str) -> None:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    overlap, find = "", _MARKUP.match
    while True:
        piece = stream.read(_PIECE)
        text = overlap + decoder.decode(piece, final=not piece)
        if _CONTROL.search(text):
            raise Refused("テキストではないファイルです。CSV は表計算ソフトの「CSV で保存」で作ってください。")
        if find(text) or _MARKUP.search(text.lstrip()[1:] if find is _MARKUP.match else text):
            raise Refused("HTML やスクリプトを含むファイルは掲載できません。")
        if not piece:
            return
        overlap = text[-_LONGEST_TAG:]
