"""The broker's Redis, beside Celery: how much waits, who reconciles, and what was queued again a moment ago.

All of it is a hint: when Redis is empty or away, work is done twice at worst.
"""

import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from plugin_config.settings import Settings

_log = logging.getLogger(__name__)
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Broker:
    """What the reconciler asks of Redis. No method raises when Redis is away; construction does not speak to it."""

    def __init__(self, settings: Settings, *, queue: str) -> None:
        self._prefix = settings.index_prefix
        self._queue = queue
        self._redis: redis.Redis | None = None if settings.redis_url is None else connect_redis(settings)

    def depth(self) -> int | None:
        """Tasks that wait or are being worked on; None when nobody can say."""
        if self._redis is None:
            return None
        try:
            pipeline = self._redis.pipeline()
            pipeline.llen(self._queue)
            pipeline.hlen("unacked")
            waiting, unacknowledged = pipeline.execute()
        except redis.RedisError as error:
            _log.warning("the queue's depth is unknown: %s", error)
            return None
        return int(waiting) + int(unacknowledged)

    @contextmanager
    def only_one(self, name: str, *, seconds: float) -> Iterator[bool]:
        """Yields True to one caller at a time; also to all of them while Redis is away, since nothing breaks by it."""
        key, token = f"{self._prefix}:lock:{name}", secrets.token_hex(8)
        try:
            held = self._redis is None or bool(self._redis.set(key, token, nx=True, px=int(seconds * 1000)))
        except redis.RedisError as error:
            _log.warning("no lock for %s, going on without: %s", name, error)
            held, token = True, ""
        try:
            yield held
        finally:
            if held and token and self._redis is not None:
                self._quietly(self._redis.eval, _RELEASE, 1, key, token)

    def queued_lately(self, catalogue: str, *, seconds: float) -> frozenset[str]:
        """Ids that `remember` was told of within the last seconds."""
        if self._redis is None:
            return frozenset()
        key = self._memory(catalogue)
        self._quietly(self._redis.zremrangebyscore, key, 0, time.time() - seconds)
        found: Any = self._quietly(self._redis.zrange, key, 0, -1) or ()
        return frozenset(id.decode() for id in found)

    def remember(self, catalogue: str, ids: Sequence[str], *, seconds: float) -> None:
        """Note that these were queued now."""
        if self._redis is None or not ids:
            return
        key, now = self._memory(catalogue), time.time()
        self._quietly(self._redis.zadd, key, dict.fromkeys(ids, now))
        self._quietly(self._redis.pexpire, key, int(max(seconds, 1) * 1000))

    def forget(self, catalogue: str) -> None:
        """As if nothing had been queued."""
        if self._redis is not None:
            self._quietly(self._redis.delete, self._memory(catalogue))

    def close(self) -> None:
        if self._redis is not None:
            self._redis.close()

    def _memory(self, catalogue: str) -> str:
        return f"{self._prefix}:queued:{catalogue}"

    def _quietly(self, command: Any, *arguments: Any) -> Any:
        try:
            return command(*arguments)
        except redis.RedisError as error:
            _log.warning("Redis does not keep the reconciler's notes: %s", error)
            return None


def connect_redis(settings: Settings) -> redis.Redis:
    """The broker's Redis with short time limits. Does not speak to it yet."""
    url = settings.redis_url or ""
    # The client's own retries would multiply the time limits.
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=1.0,
        socket_timeout=2.0,
        retry=Retry(NoBackoff(), 0),
        **settings.redis_trust(url),
    )
