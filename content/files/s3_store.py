"""Attachments in a bucket that speaks S3. Only `stores.py` imports this, by name: who has a folder needs no client."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import SEEK_SET, BufferedReader, RawIOBase
from typing import Any, BinaryIO

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from base.refusals import Unable
from base.sentences import say
from base.settings import Settings
from content.files.storage import PIECE, Lying, StoredFile, key_in, measured, new_key, relative_path

PARTS_AT_ONCE = 2
READ_AHEAD = 1 << 20
CONNECT_SECONDS = 3
ANSWER_SECONDS = 20
RETRIES = 2
RETRY_SECONDS = 10
NOT_STORED = say("ファイルの保管先を利用できないため、保存できませんでした。")
NOT_OPENED = say("ファイルの保管先を利用できないため、いまは開けません。")

log: Any = structlog.get_logger()


class BucketStore:
    """One object for each file, under the path it would have in a folder; an object is there when it is whole (I3, I13)."""

    def __init__(self, bucket: S3Store) -> None:
        self._bucket = bucket

    def save(self, stream: BinaryIO, limit: int) -> StoredFile:
        """Measured first: nothing is sent of what is too large. Sent in parts, of which a few stand in memory."""
        size, sha256 = measured(stream, limit)
        stream.seek(0)
        key = new_key()
        try:
            obstore.put(self._bucket, relative_path(key), stream, max_concurrency=PARTS_AT_ONCE)
        except (BaseError, FileNotFoundError) as fault:
            # The client's word for a bucket that isn't there is that a file isn't.
            raise _unable(fault, NOT_STORED) from fault
        return StoredFile(key, size, sha256)

    def open(self, key: str) -> BufferedReader:
        path = relative_path(key)
        try:
            return BufferedReader(_Reading(self._bucket, path), PIECE)
        except BaseError as fault:
            raise _unable(fault, NOT_OPENED) from fault

    def delete(self, key: str) -> None:
        try:
            obstore.delete(self._bucket, relative_path(key))
        except BaseError as fault:
            raise _unable(fault, NOT_STORED) from fault

    def lying(self) -> Iterator[Lying]:
        for found in obstore.list(self._bucket):
            for each in found:
                key = key_in(each["path"])
                if key:
                    yield Lying(key, each["last_modified"])

    def drop_unfinished(self, before: datetime) -> int:  # noqa: ARG002 - as every store
        """Parts of what never became whole are no objects: the bucket's own rule removes them (docs/operations.md)."""
        return 0


def _unable(fault: Exception, words: str) -> Unable:
    log.error("bucket_unable", exc_info=fault)
    return Unable(words)


class _Reading(RawIOBase):
    """The client's reader with the methods that Python's own files have."""

    def __init__(self, bucket: S3Store, path: str) -> None:
        self._file = obstore.open_reader(bucket, path, buffer_size=READ_AHEAD)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = memoryview(piece)
        return len(piece)


def store_of(settings: Settings) -> BucketStore:
    secrets = settings.secrets
    options: Any = {  # its type can't be imported at run time
        "allow_http": settings.s3_endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        "timeout": timedelta(seconds=ANSWER_SECONDS),
    }
    if settings.s3_ca_file:
        options["root_certificate"] = settings.s3_ca_file.read_bytes()
    bucket = S3Store(
        settings.s3_bucket,
        endpoint=_endpoint(settings),
        region=settings.s3_region,
        access_key_id=secrets.s3_access_key or "",
        secret_access_key=secrets.s3_secret_key or "",
        virtual_hosted_style_request=not settings.is_s3_path_style,
        client_options=options,
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
    )
    return BucketStore(bucket)


def _endpoint(settings: Settings) -> str:
    """With the bucket in the name of the host the client wants to be told that name."""
    if settings.is_s3_path_style:
        return settings.s3_endpoint
    scheme, _, host = settings.s3_endpoint.partition("://")
    return f"{scheme}://{settings.s3_bucket}.{host}"
