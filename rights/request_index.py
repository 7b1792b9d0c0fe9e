"""Keeps what requests are found by in step with them, in each database's own index, and asks it.

Listening to the rows, and not a call in every operation: one that forgot it would make requests that are never found.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, event, insert, inspect, select, text, update
from sqlalchemy.orm import Mapper, Session

from base.grams import fts_all, fts_words, needed, tokens, ts_all
from rights.models import RequestText, RightsRequest
from rights.request_words import searched_text

SEARCHED = ("number", "name_kanji", "name_kana", "login_id")

_TEXT: Table = RequestText.metadata.tables["request_text"]
_FTS_ADD = text("INSERT INTO request_fts(rowid, tokens) VALUES (:id, :tokens)")
_FTS_REMOVE = text("INSERT INTO request_fts(request_fts, rowid, tokens) VALUES ('delete', :id, :tokens)")
_ON_SQLITE = text("SELECT rowid AS id FROM request_fts WHERE request_fts MATCH :asked LIMIT :most")
_ON_POSTGRESQL = text(
    "SELECT request_id AS id FROM request_text WHERE search_tokens(text, '') @@ CAST(:asked AS tsquery) LIMIT :most"
)


def ids_with(session: Session, word: str, most: int) -> Sequence[int] | None:
    """Requests in whose text this folded word may stand; None where they are more than `most`, or where the index can't tell."""
    found = needed(word)
    if not found:
        return None
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    sql, asked = (_ON_SQLITE, fts_all(found)) if is_sqlite else (_ON_POSTGRESQL, ts_all(found))
    ids: Sequence[int] = session.scalars(sql, {"asked": asked, "most": most + 1}).all()
    return None if len(ids) > most else ids


def with_word(word: str) -> Select[int]:
    """Ids of requests in whose text the word does stand."""
    return select(RequestText.request_id).where(RequestText.text.contains(word, autoescape=True))


@event.listens_for(RightsRequest, "after_insert")
def _index(_mapper: Mapper[Any], connection: Connection, request: RightsRequest) -> None:
    words = _text_of(request)
    connection.execute(insert(_TEXT), {"request_id": request.id, "text": words})
    _keep(connection, _FTS_ADD, request.id, words)


@event.listens_for(RightsRequest, "after_update")
def _index_again(_mapper: Mapper[Any], connection: Connection, request: RightsRequest) -> None:
    if not any(inspect(request).attrs[name].history.has_changes() for name in SEARCHED):
        return
    here, words = _TEXT.c.request_id == request.id, _text_of(request)
    before = connection.scalar(select(_TEXT.c.text).where(here).with_for_update())
    connection.execute(update(_TEXT).where(here).values(text=words))
    _keep(connection, _FTS_REMOVE, request.id, before or "")
    _keep(connection, _FTS_ADD, request.id, words)


def _text_of(request: RightsRequest) -> str:
    return searched_text(request.number, request.name_kanji, request.name_kana, request.login_id)


def _keep(connection: Connection, sql: Any, request_id: int, words: str) -> None:
    """PostgreSQL's index follows by itself."""
    if connection.dialect.name == "sqlite":
        connection.execute(sql, {"id": request_id, "tokens": fts_words(tokens(words))})
