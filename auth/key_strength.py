"""Which keys and hashes are strong enough (A22)."""

CLIENT_KEYS = frozenset({"P-256", "P-384", "Ed25519"})
CA_KEYS = CLIENT_KEYS | {"P-521"}
HASHES = frozenset({"sha256", "sha384", "sha512", "ed25519"})
SMALLEST_RSA = 2_048


def is_strong(public_key: str, others: frozenset[str]) -> bool:
    """Judge a key by its name ("RSA 2048", "P-256"); `others` are the names allowed beside RSA."""
    name, _, bits = public_key.partition(" ")
    return public_key in others or (name == "RSA" and int(bits) >= SMALLEST_RSA)
