"""Attachments: who sees the article's page may have its files; everything else is 404 (R8-6, E3, E9)."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from auth.permissions import PUBLISH
from base.audience import READER, audience
from content.article_states import is_visible
from content.file_names import content_disposition
from content.reading_queries import SentFile, sent_file
from content.reading_room import Look, ReadingRoom
from content.storage import FileStore, relative_path

POLICY = "default-src 'none'; sandbox"
FRONT_FOLDER = "/_files"
PIECE = 1 << 16


def _may_open(file: SentFile, look: Look) -> bool:
    """Those who publish may open what their readers can't see yet or any more."""
    return look.viewer.may(PUBLISH) or (file.page_id in look.reach.by_id and _is_there(file, look.now))


def _is_there(file: SentFile, now: datetime) -> bool:
    return file.removed_at is None and is_visible(file.times, now)


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

    @blueprint.get("/files/<public_id>")
    @audience(READER)
    def send_file(public_id: str) -> Response:
        look = room.look()
        file = sent_file(look.session, public_id)
        if file is None or not _may_open(file, look):
            abort(404)
        return send(file, store)

    return blueprint
