"""Small packed values from Redis, as many as wanted in one round trip."""

import logging
from collections.abc import Sequence
from typing import Any

import hiredis
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
        if not keys:
            return []
        try:
            return await self._read(self._redis, keys)
        except (RedisError, OSError) as error:
            log.warning("packed rows cannot be read: %s", error)
            return None

    async def _read(self, redis: Redis, keys: Sequence[str]) -> list[bytes | None]:
        # Redis.mget packs its keys one by one in Python; for a few hundred of them that takes longer than Redis does.
        pool: Any = redis.connection_pool
        command: Any = ("MGET", *keys)
        connection = await pool.get_connection()
        try:
            await connection.send_packed_command(hiredis.pack_command(command))
            rows: list[bytes | None] = await connection.read_response()
        finally:
            await pool.release(connection)
        return rows
