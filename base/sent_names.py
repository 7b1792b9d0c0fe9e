def sent_name(name: str) -> str:
    """What the sender called his file, on one line and without the folders before it."""
    return "".join(sign if sign.isprintable() else " " for sign in name.rsplit("\\", 1)[-1]).strip()[:120]
