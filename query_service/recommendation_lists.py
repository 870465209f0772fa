"""Reads the lists that behaviour left in Redis: what goes with products, what trends, what a shopper saw last."""

import logging
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ranking.recommendations.kinds import Kind
from ranking.recommendations.listed import Listed, catalogue_key, person_number, product_key, shopper_key, unpack

log = logging.getLogger(__name__)


class RecommendationLists:
    """`redis` None: there are no lists. A Redis that fails costs the lists, never the answer."""

    def __init__(self, redis: Redis | None, *, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def trending(self, catalogue: str) -> Listed | None:
        """What stands out these days; None when the lists cannot be read."""
        found = await self._read([catalogue_key(self._prefix, catalogue, Kind.TRENDING)])
        return None if found is None else found[0]

    async def recent(self, catalogue: str, shopper: str) -> Listed | None:
        """What the shopper looked at, the latest first; None when the lists cannot be read."""
        found = await self._read([shopper_key(self._prefix, catalogue, person_number(shopper))])
        return None if found is None else found[0]

    async def together(self, catalogue: str, kinds: Sequence[Kind], products: Sequence[str]) -> list[Listed] | None:
        """For each product its list of each kind, product by product, in one round trip; None when they cannot be read."""
        keys = [product_key(self._prefix, catalogue, kind, product) for product in products for kind in kinds]
        return await self._read(keys)

    async def _read(self, keys: Sequence[str]) -> list[Listed] | None:
        if self._redis is None:
            return None
        if not keys:
            return []
        try:
            values: list[Any] = await self._redis.mget(list(keys))
        except (RedisError, OSError) as error:
            log.warning("recommendations cannot be read: %s", error)
            return None
        return [unpack(value) for value in values]
