"""An attachment as lists show it, to readers and to staff alike (R7-4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from content.files.names import extension
from content.files.sizes import size_text


class File(Protocol):
    """A row of attachments, or what a reader's query took from it."""

    @property
    def public_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def page_count(self) -> int | None: ...
    @property
    def sha256(self) -> str: ...
    @property
    def scanned_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class ShownFile:
    """`kind` is the extension, as it stands in the small box; `what` says the same in words. `scanned_at` is for staff alone (E8)."""

    name: str
    href: str
    kind: str
    what: str
    size: str
    page_count: int | None
    sha256: str
    scanned_at: datetime | None


def shown_file(file: File) -> ShownFile:
    return ShownFile(
        name=file.name,
        href=f"/files/{file.public_id}",
        kind=extension(file.name).upper(),
        what=file.kind,
        size=size_text(file.size),
        page_count=file.page_count,
        sha256=file.sha256,
        scanned_at=file.scanned_at,
    )
