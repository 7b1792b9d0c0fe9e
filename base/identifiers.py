import secrets

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12


def is_public_id(text: str) -> bool:
    return len(text) == LENGTH and set(text) <= set(CROCKFORD)


def public_id() -> str:
    """What leaves the database instead of a row number: 60 random bits, Crockford base 32."""
    return "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in secrets.token_bytes(LENGTH))
