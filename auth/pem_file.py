"""PEM blocks in files that people upload or operators configure; text around the blocks is allowed."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass

CERTIFICATE = "CERTIFICATE"

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]*)-----")
_EDGE = re.compile(rb"-----(?:BEGIN|END) ")
_DASHES = b"-----"
_BLANKS = b" \t\n\r\x0b\x0c"


class BrokenPem(Exception):
    """A block is cut, unpaired, or not base64."""


@dataclass(frozen=True, slots=True)
class PemBlock:
    label: str
    body: bytes

    def der(self) -> bytes:
        try:
            return b64decode(self.body.translate(None, _BLANKS), validate=True)
        except Base64Error as fault:
            raise BrokenPem from fault


def pem_blocks(file: bytes) -> list[PemBlock]:
    """Step by step: one expression over a large file would keep a note of its every byte (I9)."""
    found, place = [], 0
    while edge := _EDGE.search(file, place):
        begin = _BEGIN.match(file, edge.start())
        stop = file.find(_DASHES, begin.end()) if begin else -1
        end = _DASHES + b"END " + begin[1] + _DASHES if begin else b""
        if begin is None or stop < 0 or not file.startswith(end, stop):
            raise BrokenPem
        found.append(PemBlock(begin[1].decode("ascii"), file[begin.end() : stop]))
        place = stop + len(end)
    return found
