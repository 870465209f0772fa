"""Small packed values from Redis, as many as wanted in one round trip."""

import logging
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class PackedRows:
    """Reads values by key. `redis` None: nothing is there to be read."""

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis

    async def read(self, keys: Sequence[str]) -> list[bytes | None] | None:
        """The values in the order of the keys, None for a key that has none; None in all when Redis cannot be read."""
        if self._redis is None:
            return None
        try:
            rows: list[Any] = await self._redis.mget(keys)
        except (RedisError, OSError) as error:
            log.warning("packed rows cannot be read: %s", error)
            return None
        return rows
