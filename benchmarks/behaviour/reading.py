"""Reading rows of many candidates: one MGET of packed values beside a pipeline of HGETALL, from one Redis, in turns."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence

import redis.asyncio
from redis import Redis

from benchmarks.behaviour.making import SCHEMA
from query_service.packed_rows import PackedRows
from ranking.features.packed import row_key
from ranking.features.rows import ProductRows

PREFIX = "benchmark_behaviour"
Times = tuple[float, float]


def measure(url: str, ids: Sequence[str], rows: ProductRows, *, turns: int) -> tuple[Times, Times]:
    """Median milliseconds (CPU of this process, wall) to read and decode all rows: by MGET, and by HGETALL."""
    store = Redis.from_url(url)
    keys = [row_key(PREFIX, "shop", id) for id in ids]
    hashes = [f"{key}:hash" for key in keys]
    try:
        store.mset(dict(zip(keys, SCHEMA.encode(rows), strict=True)))
        pipeline = store.pipeline(transaction=False)
        for key, values in zip(hashes, rows.matrix.values, strict=True):
            pipeline.hset(key, mapping={name: repr(float(v)) for name, v in zip(SCHEMA.names, values, strict=True)})
        pipeline.execute()
        return asyncio.run(in_turns(url, keys, hashes, turns))
    finally:
        store.delete(*keys, *hashes)
        store.close()


async def in_turns(url: str, keys: Sequence[str], hashes: Sequence[str], turns: int) -> tuple[Times, Times]:
    client: redis.asyncio.Redis = redis.asyncio.Redis.from_url(url)
    reader = PackedRows(client)

    async def packed() -> None:
        SCHEMA.decode(await reader.read(keys) or [])

    async def hashed() -> None:
        pipeline = client.pipeline(transaction=False)
        for key in hashes:
            pipeline.hgetall(key)
        rows = await pipeline.execute()
        for found in rows:
            [float(found[name.encode()]) for name in SCHEMA.names]

    ways: tuple[Callable[[], Awaitable[None]], ...] = (packed, hashed)
    times: tuple[list[Times], list[Times]] = [], []
    for turn in range(turns + 3):
        for do, found in zip(ways, times, strict=True):
            cpu, wall = time.process_time(), time.perf_counter()
            await do()
            if turn >= 3:
                found.append((time.process_time() - cpu, time.perf_counter() - wall))
    reader.close()
    await client.aclose()
    return median(times[0]), median(times[1])


def median(times: Sequence[Times]) -> Times:
    return 1000 * statistics.median(cpu for cpu, _ in times), 1000 * statistics.median(wall for _, wall in times)
