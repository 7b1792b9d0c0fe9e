"""The worker's look for planned publications whose time has come, each announced in a transaction of its own (E13)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from base.actors import WORKER
from base.db import db, transaction
from base.logs import log
from base.refusals import Refused
from content.writing.going_live import announce_due, due_publications

EVERY_SECONDS = 10


def announce_all_due(clock: Callable[[], datetime], ring: Callable[[], None]) -> None:
    """What can't be announced is tried again next time, and holds up nothing that comes after it."""
    for publication_id in due_publications(db.session(), clock()):
        try:
            with transaction() as session:
                announced = announce_due(session, publication_id, by=WORKER, now=clock())
        except (SQLAlchemyError, Refused):
            log.exception("not_announced", publication=publication_id)
        else:
            if announced:
                ring()
