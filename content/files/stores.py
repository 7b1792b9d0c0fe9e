"""Which store an installation has: a folder, or a bucket that speaks S3; with a virus scanner before it or without."""

from importlib import import_module

from flask import current_app

from base.settings import Settings
from content.files.storage import FileStore, FolderStore
from content.files.virus_scan import ScannedStore, VirusScanner

EXTENSION = "files"
BUCKET_MODULE = "content.files.s3_store"


def chosen_store(settings: Settings) -> FileStore:
    """With a virus scanner nothing gets into it unscanned."""
    store = _place(settings)
    return ScannedStore(store, VirusScanner(settings.clamd_socket)) if settings.clamd_socket else store


def _place(settings: Settings) -> FileStore:
    """The bucket's client is loaded only where there is a bucket: it costs memory and start of every process."""
    if settings.files_dir:
        return FolderStore(settings.files_dir)
    store: FileStore = import_module(BUCKET_MODULE).store_of(settings)
    return store


def file_store() -> FileStore:
    """The one that the application was made with."""
    store: FileStore = current_app.extensions[EXTENSION]
    return store
