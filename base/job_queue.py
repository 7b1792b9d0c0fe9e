"""The queue that the bell hangs on: a file, or Redis."""

import json

from huey import BlackHoleHuey, Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from redis.exceptions import RedisError

from base.impatient_redis import impatient_pool

NAME = "portal"

__all__ = ["RedisError", "make_queue"]


class _PlainSerializer(Serializer):
    """JSON instead of pickle: whoever may write into the queue can ring, and no more."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


def make_queue(jobs_url: str) -> Huey:
    """`sqlite:/FILE` or `redis://…`; without one nobody hears the bell and only the worker's own ticks do the work."""
    scheme, _, rest = jobs_url.partition(":")
    common = {"name": NAME, "results": False, "serializer": _PlainSerializer()}
    if not jobs_url:
        return BlackHoleHuey(**common)
    if scheme == "sqlite":
        return SqliteHuey(filename=rest, **common)
    if scheme in {"redis", "rediss", "unix"}:
        return RedisHuey(connection_pool=impatient_pool(jobs_url), **common)
    raise ValueError(f"no queue of jobs: {scheme}")
