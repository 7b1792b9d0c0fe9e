"""The worker's part in reading files: what is new is read within seconds, one file after the other (R7-5)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from base.db import transaction
from content.files.reading import FoundText, Limits, TextState, read_apart
from content.files.storage import FileStore
from content.files.texts import claim, extension_of, keep, put_back

NAME = "read texts of files"
EVERY_SECONDS = 3.0
FILES_A_RUN = 5
NOT_THERE = "保管場所から取り出せないため、読み取れません。"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FileReader:
    store: FileStore
    clock: Callable[[], datetime]
    limits: Limits

    def read_next(self) -> FoundText | None:
        """None where there is nothing to read just now. Nothing is open in the database while a file is read."""
        with transaction() as session:
            file = claim(session, self.clock())
        if file is None:
            return None
        try:
            found = self._found(file.storage_key, extension_of(file))
        except Exception:  # whatever keeps the store from answering: the file is not to blame
            log.exception("file_not_read", file=file.public_id)
            found = None
        with transaction() as session:
            if found:
                keep(session, file.id, found, self.clock())
            else:
                put_back(session, file.id, self.clock())
        if found:
            log.info("file_read", file=file.public_id, state=found.state.value, letters=len(found.text))
        return found

    def _found(self, key: str, suffix: str) -> FoundText:
        try:
            content = self.store.open(key)
        except FileNotFoundError:
            return FoundText(TextState.FAILED, "", NOT_THERE)
        with content:
            return read_apart(suffix, content, self.limits)

    def read_some(self) -> None:
        """A run of the job: few files, so that a worker that is to end needn't be waited for."""
        for _ in range(FILES_A_RUN):
            if self.read_next() is None:
                return
