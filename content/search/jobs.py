"""What the worker does for search: files are read, articles that the index lacks are indexed (R7-5)."""

from collections.abc import Callable
from datetime import datetime

from base.worker import Job
from content.files.reading import Limits
from content.files.storage import FileStore
from content.files.text_job import EVERY_SECONDS, NAME, FileReader
from content.search.upkeep import index_missing

INDEX_SECONDS = 600


def search_jobs(store: FileStore, clock: Callable[[], datetime]) -> list[Job]:
    return [
        Job(NAME, EVERY_SECONDS, FileReader(store, clock, Limits()).read_some),
        Job("index for search", INDEX_SECONDS, index_missing),
    ]
