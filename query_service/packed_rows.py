"""Small packed values from Redis, as many as wanted in one round trip."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import hiredis
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class PackedRows:
    """Reads values by key. `redis` None: nothing is there to be read."""

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis

    async def read(
        self, keys: Sequence[str], *, meanwhile: Callable[[], None] = lambda: None
    ) -> list[bytes | None] | None:
        """The values in the order of the keys, None for a key that has none; None in all when Redis cannot be read.

        `meanwhile` is called once in any case, while Redis looks where it can be asked.
        """
        if self._redis is None or not keys:
            meanwhile()
            return None if self._redis is None else []
        pool: Any = self._redis.connection_pool
        connection = await self._asked(pool, keys)
        try:
            meanwhile()
            rows: list[bytes | None] | None = None if connection is None else await connection.read_response()
        except (RedisError, OSError) as error:
            log.warning("packed rows cannot be read: %s", error)
            return None
        finally:
            if connection is not None:
                await pool.release(connection)
        return rows

    async def _asked(self, pool: Any, keys: Sequence[str]) -> Any:
        """The connection that the answer will come over; None when Redis cannot be asked."""
        # Redis.mget packs its keys one by one in Python; for a few hundred of them that takes longer than Redis does.
        command: Any = ("MGET", *keys)
        connection = None
        try:
            connection = await pool.get_connection()
            await connection.send_packed_command(hiredis.pack_command(command))
        except (RedisError, OSError) as error:
            log.warning("packed rows cannot be asked for: %s", error)
            if connection is not None:
                await pool.release(connection)
            return None
        return connection
