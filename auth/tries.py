"""Attempts are counted before anything is hashed: by certificate, and by ID (R6-2, C1)."""

import hashlib
import math

from flask import current_app, g
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Engine, String, bindparam, cast, select
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from auth.models import CertificateRegistration
from base import clock
from base.db import db, joined
from base.hot_query import HotQuery
from base.impatient_redis import impatient_pool
from base.logs import log

AWAY_SECONDS = 30
JUDGEMENTS_A_MINUTE = 60
# A whole office may ask from one address; guessing a signature takes longer than anything at any rate.
FEEDS_A_MINUTE = 60
SERVED = select(joined(cast(CertificateRegistration.organization_id, String))).where(
    CertificateRegistration.certificate_id == bindparam("certificate_id")
)
Keys = tuple[str, ...]


class CounterAway(Exception):
    """Nobody counts: whoever would be counted is not let through (I7)."""


class Tries:
    """So many within any sixty seconds: in this process' memory, or in the Redis that all processes share."""

    def __init__(self, url: str, by_certificate: int, by_id: int) -> None:
        self._window = MovingWindowRateLimiter(_storage(url))
        self._served = HotQuery(SERVED)
        self._limits = {
            "certificate": RateLimitItemPerMinute(by_certificate),
            "id": RateLimitItemPerMinute(by_id),
            "judgement": RateLimitItemPerMinute(JUDGEMENTS_A_MINUTE),
            "feed": RateLimitItemPerMinute(FEEDS_A_MINUTE),
        }

    def seconds_to_wait(self, what: str, *keys: str) -> int:
        """Counts one; 0 where it may go on. CounterAway where the counter doesn't answer."""
        limit = self._limits[what]
        try:
            if self._window.hit(limit, what, *keys):
                return 0
            frees_at = self._window.get_window_stats(limit, what, *keys).reset_time
        except StorageError as fault:
            raise CounterAway from fault
        # The library counts by the system's time, whatever our clock says.
        return max(1, math.ceil(frees_at - clock.system_time().timestamp()))

    def served_by(self, engine: Engine, certificate_id: int) -> str:
        """Tries by a certificate of other organizations must not shut somebody out (C5): they are counted apart."""
        # No session: a login never holds two lines to the database at once.
        found = self._served.first(engine, {"certificate_id": certificate_id})
        return ",".join(sorted(found[0].split(","))) if found and found[0] else ""


def _storage(url: str) -> MemoryStorage | RedisStorage:
    if url == "memory://":
        return MemoryStorage(wrap_exceptions=True)
    pool = impatient_pool(url.removeprefix("redis+"))
    return RedisStorage(url, connection_pool=pool, wrap_exceptions=True)


def _folded(login_id: str) -> str:
    """The counter keeps no addresses: a hash, ignoring case as IDs do (R5-7)."""
    return hashlib.sha256(login_id.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()


def _refuse_if_over(tries: Tries, what: str, *keys: str) -> None:
    try:
        seconds = tries.seconds_to_wait(what, *keys)
    except CounterAway as fault:
        log.error("tries not counted", reference=g.reference, fault=type(fault.__cause__).__name__)
        raise ServiceUnavailable(retry_after=AWAY_SECONDS) from fault
    if seconds:
        log.warning("too many tries", reference=g.reference, by=what, address=g.remote_address)
        raise TooManyRequests(retry_after=seconds)


def count_try(login_id: str | None = None) -> None:
    """First thing in a view that will hash: 429 when over the limit, 503 when nobody counts."""
    tries: Tries = current_app.extensions["tries"]
    _refuse_if_over(tries, "certificate", g.fingerprint)
    if login_id is not None:
        _refuse_if_over(tries, "id", _folded(login_id), tries.served_by(db.engine, g.certificate_id))


def count_judgement() -> None:
    """A new password is judged again and again while it is typed: nothing is hashed for it, but it isn't free either."""
    _refuse_if_over(current_app.extensions["tries"], "judgement", g.fingerprint)


def count_feed() -> None:
    """A calendar asks without anybody being logged in: it is counted by its address."""
    _refuse_if_over(current_app.extensions["tries"], "feed", g.remote_address)
