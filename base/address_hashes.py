import hashlib

from base.mail_address import folded

HASH_DIGITS = 16


def hash_of(address: str) -> str:
    """In a token: a link serves the address it was mailed to and no later one (D4)."""
    return hashlib.sha256(folded(address).encode()).hexdigest()[:HASH_DIGITS]
