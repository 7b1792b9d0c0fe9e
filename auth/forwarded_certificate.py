"""What nginx says about the client certificate: `$ssl_client_escaped_cert` and `$ssl_client_verify` (A4, A20)."""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from auth.certificate_facts import Unreadable
from auth.certificate_rules import Reason
from auth.pem_file import CERTIFICATE, BrokenPem, PemBlock
from base.sentences import say

SUCCESS = "SUCCESS"
NONE = "NONE"
LARGEST_VALUE = 65_536

_NOT_ESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~/=%-]")
_ONE_PEM = re.compile(
    rb"-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{1,64}={0,2}\n)-----END CERTIFICATE-----\n?"
)
_FAILURES = {
    "FAILED:certificate has expired": Reason.EXPIRED,
    "FAILED:certificate is not yet valid": Reason.NOT_YET_VALID,
}


@lru_cache(maxsize=512)
def der_of(forwarded: str) -> bytes:
    """Take the certificate out of nginx's header; whatever nginx would not have written is Unreadable."""
    if len(forwarded) > LARGEST_VALUE or _NOT_ESCAPED.search(forwarded):
        raise Unreadable(say("証明書の受け渡しの形式が正しくありません。"))
    pem = _ONE_PEM.fullmatch(unquote_to_bytes(forwarded))
    if pem is None:
        raise Unreadable(say("証明書の受け渡しの形式が正しくありません。"))
    try:
        return PemBlock(CERTIFICATE, pem[1]).der()
    except BrokenPem as fault:
        raise Unreadable(say("証明書として読み取れません。")) from fault


def handshake_refusal(verify: str, der: bytes | None) -> Reason | None:
    """What the front's own check says; its SUCCESS admits nobody yet (R4-3)."""
    if verify == SUCCESS:
        return Reason.UNREADABLE if der is None else None
    if verify == NONE:
        return Reason.MISSING
    if verify.startswith("FAILED:"):
        return _FAILURES.get(verify, Reason.FOREIGN)
    return Reason.UNREADABLE
