"""Attachments: who sees the article's page may have its files; everything else is 404 (R8-6, E3, E9)."""

from collections.abc import Iterator
from typing import BinaryIO

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from base.audience import READER, audience
from content.files.access import may_open
from content.files.names import content_disposition
from content.files.storage import FileStore, relative_path
from content.reading.queries import SentFile, latest_file, sent_file
from content.reading.room import Look, ReadingRoom

POLICY = "default-src 'none'; sandbox"
FRONT_FOLDER = "/_files"
PIECE = 1 << 16


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while piece := stream.read(PIECE):
            yield piece


def _answer(file: SentFile) -> Response:
    answer = Response(content_type=file.media_type)
    answer.headers["Content-Disposition"] = content_disposition(file.name)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(file.sha256)
    return answer


def _sent_by_front(file: SentFile, _store: FileStore) -> Response:
    """The front keeps type, name and cache rule, and answers 304 by an ETag of its own: it is asked only after us."""
    answer = _answer(file)
    answer.headers["X-Accel-Redirect"] = f"{FRONT_FOLDER}/{relative_path(file.storage_key)}"
    return answer


def _sent_by_us(file: SentFile, store: FileStore) -> Response:
    answer = _answer(file)
    if request.if_none_match.contains(file.sha256):
        answer.status_code = 304
        return answer
    stream = store.open(file.storage_key)
    answer.call_on_close(stream.close)
    answer.response = _pieces(stream)
    answer.content_length = file.size
    return answer


def file_blueprint(room: ReadingRoom, store: FileStore, *, are_sent_by_front: bool) -> Blueprint:
    blueprint = Blueprint("files", __name__)
    send = _sent_by_front if are_sent_by_front else _sent_by_us

    def checked(look: Look, file: SentFile | None) -> Response:
        """Which version of a manual somebody has is noted where the file was there to be sent (R9-12)."""
        if file is None or not may_open(look, file.page_id, file.times, file.removed_at):
            abort(404)
        answer = send(file, store)
        if file.manual_id is not None and file.version is not None and request.method == "GET":
            room.note_fetched(look, file.manual_id, file.version)
        return answer

    @blueprint.get("/files/<public_id>")
    @audience(READER)
    def send_file(public_id: str) -> Response:
        look = room.look()
        return checked(look, sent_file(look.session, public_id))

    @blueprint.get("/manuals/<public_id>/latest")
    @audience(READER)
    def send_latest(public_id: str) -> Response:
        look = room.look()
        return checked(look, latest_file(look.session, public_id))

    return blueprint
