"""Signed tokens for links. The row that a token names holds its times and decides; the signature only stops guessing."""

import hashlib
from collections.abc import Sequence
from typing import Any

from itsdangerous import BadData, BadPayload, BadSignature, Serializer, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

LONGEST = 280


class TokenFault(Exception):
    """What is wrong with a token."""


class TokenMalformed(TokenFault):
    """Not something this product ever made."""


class TokenForged(TokenFault):
    """The signature fits neither this purpose nor any of our keys."""


class TokenMisfit(TokenFault):
    """Signed by us for this purpose, but doesn't hold what it should."""


def _is_canonical(token: str) -> bool:
    # The last character of a base64 text has bits that mean nothing: flipped, they would pass as the same signature.
    signature = token.rsplit(".", 1)[1].encode()
    try:
        return base64_encode(base64_decode(signature)) == signature
    except BadData:
        return False


class _PlainSerializer(URLSafeSerializer):
    """Never compressed: each token has one dot, whatever it holds, and nothing is unpacked to read it."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(Serializer.dump_payload(self, obj))


class TokenDesk:
    """Makes and reads the tokens of one purpose: a token for another purpose is forged here."""

    def __init__(self, keys: Sequence[str], purpose: str, fields: Sequence[str]) -> None:
        # itsdangerous signs with the last key of its list and verifies with all.
        self._serializer = _PlainSerializer(
            list(reversed(keys)),
            salt=f"portal.{purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
        self._fields = tuple(fields)

    def make(self, **content: str | int) -> str:
        if tuple(content) != self._fields:
            raise ValueError(f"this token holds {self._fields}")
        token = str(self._serializer.dumps(list(content.values())))
        if len(token) > LONGEST:
            raise ValueError(f"a token has at most {LONGEST} characters")
        return token

    def read(self, token: str) -> dict[str, Any]:
        """`TokenMalformed`, `TokenForged` or `TokenMisfit`."""
        if not token.isascii() or len(token) > LONGEST or token.count(".") != 1 or not _is_canonical(token):
            raise TokenMalformed
        try:
            content = self._serializer.loads(token)
        except BadPayload:
            raise TokenMisfit from None
        except BadSignature:
            # Without its cause, whose text holds a piece of the token.
            raise TokenForged from None
        if not isinstance(content, list) or len(content) != len(self._fields):
            raise TokenMisfit
        return dict(zip(self._fields, content, strict=True))
