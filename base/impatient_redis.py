"""Connections to a Redis that a request may ask: one that is gone or slow is known at once, and nothing is tried twice."""

from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_SECONDS = 1
ANSWER_SECONDS = 3


def impatient_pool(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
