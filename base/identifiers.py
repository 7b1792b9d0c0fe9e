import secrets

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12


def is_public_id(text: str) -> bool:
    return len(text) == LENGTH and set(text) <= set(CROCKFORD)


def public_id() -> str:
    """What leaves the database instead of a row number: 60 random bits, Crockford base 32."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(LENGTH))
