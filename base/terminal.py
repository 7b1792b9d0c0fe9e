def printable(text: str) -> str:
    """A name may hold what turns a terminal's line around (A21)."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
