"""Connections to a Redis that a request may ask: one that is gone or slow is known at once, and nothing is tried twice."""

from typing import TYPE_CHECKING

from base.late import Late

if TYPE_CHECKING:
    import redis
    from redis import backoff, retry
else:
    redis, backoff, retry = Late("redis"), Late("redis.backoff"), Late("redis.retry")

CONNECT_SECONDS = 1
ANSWER_SECONDS = 3


def impatient_pool(url: str) -> "redis.ConnectionPool":
    return redis.ConnectionPool.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=retry.Retry(backoff.NoBackoff(), 0),
    )
