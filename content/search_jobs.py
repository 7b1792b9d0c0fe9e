"""What the worker does for search: files are read, articles that the index lacks are indexed (R7-5)."""

from collections.abc import Callable
from datetime import datetime

from base.worker import Job
from content.file_reading import Limits
from content.file_text_job import EVERY_SECONDS, NAME, FileReader
from content.search_upkeep import index_missing
from content.storage import FileStore

INDEX_SECONDS = 600


def search_jobs(store: FileStore, clock: Callable[[], datetime]) -> list[Job]:
    return [
        Job(NAME, EVERY_SECONDS, FileReader(store, clock, Limits()).read_some),
        Job("index for search", INDEX_SECONDS, index_missing),
    ]
