"""PEM blocks in files that people upload or operators configure; text around the blocks is allowed."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass

CERTIFICATE = "CERTIFICATE"

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]*)-----((?:(?!-----).)*)-----END \1-----", re.DOTALL)
_EDGE = re.compile(rb"-----(?:BEGIN|END) ")


class BrokenPem(Exception):
    """A block is cut, unpaired, or not base64."""


@dataclass(frozen=True, slots=True)
class PemBlock:
    label: str
    body: bytes

    def der(self) -> bytes:
        try:
            return b64decode(b"".join(self.body.split()), validate=True)
        except Base64Error as fault:
            raise BrokenPem from fault


def pem_blocks(file: bytes) -> list[PemBlock]:
    found = list(_BLOCK.finditer(file))
    if len(_EDGE.findall(file)) != 2 * len(found):
        raise BrokenPem
    return [PemBlock(block[1].decode("ascii"), block[2]) for block in found]
