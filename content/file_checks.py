"""Store and rows side by side: files that no row holds are swept, files that a row misses are named (I8, I13)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.models import Article, Attachment
from content.storage import FileStore, Lying, sha256_of

# A form is open and on its way for hours at the most; its file has no row until it has arrived.
SPARED = timedelta(days=1)
CHUNK = 500
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


def held_files(session: Session) -> Iterator[Held]:
    columns = (Attachment.public_id, Attachment.name, Article.public_id, Attachment.storage_key, Attachment.sha256)
    rows = session.execute(select(*columns).join(Attachment.article).order_by(Attachment.id)).yield_per(CHUNK)
    return (Held(*row) for row in rows)


def damage_of(store: FileStore, held: Held) -> Damage | None:
    """None where the file is as it was saved: its bytes are read and counted together anew (I13)."""
    try:
        return None if sha256_of(store, held.key) == held.sha256 else Damage.CHANGED
    except FileNotFoundError:
        return Damage.MISSING


@dataclass(frozen=True, slots=True)
class Orphans:
    """`keys` may go; `total` is how many files there are."""

    keys: Sequence[str]
    total: int

    @property
    def are_too_many(self) -> bool:
        return len(self.keys) > max(FEW, SHARE * self.total)


def find_orphans(session: Session, store: FileStore, now: datetime) -> Orphans:
    """Files older than a day whose row never came, or went with a transaction that failed."""
    total, keys = 0, []
    for chunk in _chunks(store.lying()):
        total += len(chunk)
        old = {each.key for each in chunk if each.saved_at < now - SPARED}
        keys += sorted(
            old - set(session.scalars(select(Attachment.storage_key).where(Attachment.storage_key.in_(old))))
        )
    return Orphans(keys, total)


def sweep(store: FileStore, orphans: Orphans, now: datetime) -> int:
    """Answers how many files of programs that died while saving went too."""
    for key in orphans.keys:
        store.delete(key)
    return store.drop_unfinished(now - SPARED)


def _chunks(items: Iterable[Lying]) -> Iterator[list[Lying]]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
