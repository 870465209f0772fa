"""Small packed values from Redis, as many as wanted in one round trip."""

import logging
from collections.abc import Callable, Sequence

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import RedisError

from query_service.redis_line import RedisLine

log = logging.getLogger(__name__)
Values = list[bytes | None]


class PackedRows:
    """Reads values by key over lines of its own; close them in the end. `redis` None: nothing is there to be read."""

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis
        self._idle: list[RedisLine] = []

    async def read(self, keys: Sequence[str], *, meanwhile: Callable[[], None] = lambda: None) -> Values | None:
        """The values in the order of the keys, None for a key that has none; None in all when Redis cannot be read.

        `meanwhile` is called once in any case, while Redis looks where it can be asked.
        """
        if self._redis is None or not keys:
            meanwhile()
            return None if self._redis is None else []
        try:
            line = await self._asked(self._redis, keys)
        except (RedisError, OSError) as error:
            log.warning("packed rows cannot be asked for: %s", error)
            meanwhile()
            return None
        try:
            meanwhile()
            return await self._answer(self._redis, line, keys)
        except (RedisError, OSError) as error:
            log.warning("packed rows cannot be read: %s", error)
            return None
        except BaseException:
            line.close()
            raise

    def close(self) -> None:
        """Hang up the lines that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    async def _asked(self, redis: Redis, keys: Sequence[str]) -> RedisLine:
        """A line that the keys were sent over. Raises RedisError and OSError."""
        while self._idle:
            line = self._idle.pop()
            if line.is_open:
                break
        else:
            line = await RedisLine.open(redis)
        line.ask(("MGET", *keys))
        return line

    async def _answer(self, redis: Redis, line: RedisLine, keys: Sequence[str]) -> Values:
        """What comes over the line, which is kept then; over a new one, where Redis had left that one meanwhile."""
        try:
            rows: Values = await line.answer()
        except LostConnection:
            if not line.was_kept:
                raise
            line = await RedisLine.open(redis)
            line.ask(("MGET", *keys))
            rows = await line.answer()
        line.was_kept = True
        self._idle.append(line)
        return rows
