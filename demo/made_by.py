"""Which migrations a demo's database has seen: it is brought up to date, or can't be used any more."""

import hashlib
import json
from pathlib import Path

from demo.folder import DemoFolder

VERSIONS = Path(__file__).resolve().parent.parent / "migrations" / "versions"


class MadeByAnother(Exception):
    """Its tables come from migrations that have been rewritten since."""


def known_migrations() -> dict[str, str]:
    """The digest of each file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(VERSIONS.glob("*.py"))}


def note_migrations(folder: DemoFolder) -> None:
    folder.migrations.write_text(json.dumps(known_migrations(), indent=2), encoding="utf-8")


def is_up_to_date(folder: DemoFolder) -> bool:
    """`MadeByAnother` where only a new folder helps."""
    if not folder.accounts.exists():
        return False
    seen, known = json.loads(folder.migrations.read_text(encoding="utf-8")), known_migrations()
    if any(known.get(name) != digest for name, digest in seen.items()):
        raise MadeByAnother(f"{folder.root} was made by another version of the product; remove it to begin anew")
    return bool(seen == known)
