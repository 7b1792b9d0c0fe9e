"""Store and rows side by side: files that no row holds are swept, files that a row misses are named (I8, I13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.files.storage import FileStore, sha256_of
from content.models import Article, Attachment

# A form is open and on its way for hours at the most; its file has no row until it has arrived.
SPARED = timedelta(days=1)
# More than these at once is rather a database that is older than its files (G11 asks the same of dormant IDs).
FEW = 20
SHARE = 0.05


class Damage(StrEnum):
    MISSING = "missing"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Held:
    """What a row says that lies in the store; also of attachments that were taken out, whose bytes stay with the record."""

    public_id: str
    name: str
    article: str
    key: str
    sha256: str
    added_at: datetime


def held_files(session: Session) -> list[Held]:
    file = Attachment
    columns = (file.public_id, file.name, Article.public_id, file.storage_key, file.sha256, file.added_at)
    return [Held(*row) for row in session.execute(select(*columns).join(file.article).order_by(file.id))]


def damage_of(store: FileStore, held: Held) -> Damage | None:
    """None where the file is as it was saved: its bytes are read and counted together anew (I13)."""
    try:
        return None if sha256_of(store, held.key) == held.sha256 else Damage.CHANGED
    except FileNotFoundError:
        return Damage.MISSING


@dataclass(frozen=True, slots=True)
class Compared:
    """`total` files lie there; `orphans` have no row and may go, `missing` have a row and aren't there."""

    total: int
    orphans: Sequence[str]
    missing: Sequence[Held]

    @property
    def are_too_many(self) -> bool:
        return len(self.orphans) > max(FEW, SHARE * self.total)


def compare(session: Session, store: FileStore, now: datetime) -> Compared:
    """By their names alone. What came within a day is left out on both sides: it may have come while this looked."""
    lying = list(store.lying())
    held = held_files(session)
    known, there = {each.key for each in held}, {each.key for each in lying}
    orphans = sorted(each.key for each in lying if each.key not in known and each.saved_at < now - SPARED)
    missing = [each for each in held if each.key not in there and each.added_at < now - SPARED]
    return Compared(len(lying), orphans, missing)


def sweep(store: FileStore, found: Compared, now: datetime) -> int:
    """Answers how many files of programs that died while saving went too."""
    for key in found.orphans:
        store.delete(key)
    return store.drop_unfinished(now - SPARED)
