"""Articles that hold the words, newest first, out of the index; as many as are asked for are looked up.

What comes out has been looked through: every word stands in the article or in one of its files. Whether readers see it is asked of
the article itself (`search`).
"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from content.search.asked import Asked
from content.search.index import is_sqlite
from content.search.postgresql import from_postgresql
from content.search.sqlite import from_sqlite


def newest(session: Session, asked: Asked) -> Iterator[int]:
    """Ids of articles, each once."""
    return from_sqlite(session, asked) if is_sqlite(session) else from_postgresql(session, asked)
