"""Secrets stand in a file of mode 0600, never in the environment: servers copy that into every request."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

KEY_BYTES = 32
OTHERS = ("front_secret", "smtp_password", "dkim_key", "s3_access_key", "s3_secret_key")


@dataclass(frozen=True, slots=True)
class Secrets:
    """`keys`: the first signs, all verify."""

    keys: tuple[str, ...] = field(repr=False)
    front_secret: str | None = field(default=None, repr=False)
    smtp_password: str | None = field(default=None, repr=False)
    dkim_key: str | None = field(default=None, repr=False)
    s3_access_key: str | None = field(default=None, repr=False)
    s3_secret_key: str | None = field(default=None, repr=False)


def new_secrets() -> dict[str, object]:
    return {
        "keys": [secrets.token_urlsafe(KEY_BYTES)],
        "front_secret": secrets.token_urlsafe(KEY_BYTES),
        **dict.fromkeys(OTHERS[1:]),
    }


def write_secrets(path: Path) -> None:
    """Refuses (FileExistsError) to overwrite a file of secrets."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(new_secrets(), file, indent=2)
        file.write("\n")


def read_secrets(path: Path) -> Secrets:
    """ValueError where the file doesn't hold what it should or others may read it."""
    if path.stat().st_mode & 0o077:
        raise ValueError(f"{path.name} may be read by others: its mode must be 0600")
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not _are_keys(content.get("keys")):
        raise ValueError(f"{path.name} needs a list of keys of at least {KEY_BYTES} characters")
    others = {name: content.get(name) for name in OTHERS}
    if not all(value is None or isinstance(value, str) for value in others.values()):
        raise ValueError(f"{path.name}: {', '.join(OTHERS)} are texts or null")
    if 0 < len(others["front_secret"] or "") < KEY_BYTES:
        raise ValueError(f"{path.name}: front_secret needs at least {KEY_BYTES} characters")
    return Secrets(tuple(content["keys"]), **others)


def _are_keys(keys: object) -> bool:
    return isinstance(keys, list) and keys != [] and all(isinstance(key, str) and len(key) >= KEY_BYTES for key in keys)
