"""Addresses of static files name their content: a browser keeps each for good, and a changed one has another address."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

YEAR = 365 * 24 * 60 * 60
VERSION = "v"
LETTERS = 8


def asset_addresses(folder: Path) -> Callable[[str], str]:
    """For templates: `asset("css/core.css")`. Read once: a new release is a new process."""

    @cache
    def asset(path: str) -> str:
        digest = hashlib.sha256((folder / path).read_bytes()).hexdigest()
        return f"/static/{path}?{VERSION}={digest[:LETTERS]}"

    return asset
