import secrets

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12
_OF_BYTES = bytes(ord(CROCKFORD[byte % len(CROCKFORD)]) for byte in range(256))


def is_public_id(text: str) -> bool:
    return len(text) == LENGTH and set(text) <= set(CROCKFORD)


def public_id() -> str:
    """What leaves the database instead of a row number: 60 random bits, Crockford base 32."""
    return secrets.token_bytes(LENGTH).translate(_OF_BYTES).decode("ascii")
