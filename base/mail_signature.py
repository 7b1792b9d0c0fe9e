"""DKIM: the signature by which other servers know that a mail is ours (R7-16)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from base.late import Late

if TYPE_CHECKING:
    import dkim
else:
    dkim = Late("dkim")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`private_key` is an RSA key as PEM text; its public half stands in DNS under `selector._domainkey.domain`."""

    domain: str
    selector: str
    private_key: str = field(repr=False)


def signed(message: bytes, key: SigningKey) -> bytes:
    """The message with its signature in front; `dkim.DKIMException` where the key can't sign."""
    header: bytes = dkim.sign(
        message,
        key.selector.encode("ascii"),
        key.domain.encode("ascii"),
        key.private_key.encode("ascii"),
        canonicalize=(b"relaxed", b"relaxed"),
    )
    return header + message
