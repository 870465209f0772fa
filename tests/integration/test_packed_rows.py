"""Packed rows over lines of their own to a real Redis: what is read, and what becomes of a line that ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from query_service.packed_rows import PackedRows
from query_service.redis_line import RedisLine

PREFIX = "tpackedrows"
LARGE = bytes(range(256)) * 400  # more than one piece of an answer


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Any = Redis.from_url(redis_url)
    await client.mset({f"{PREFIX}:a": b"one", f"{PREFIX}:b": LARGE})
    yield client
    await client.delete(f"{PREFIX}:a", f"{PREFIX}:b")
    await client.aclose()


@pytest_asyncio.fixture
async def rows(redis: Redis, redis_url: str) -> AsyncIterator[PackedRows]:
    client: Any = Redis.from_url(redis_url, client_name=PREFIX, socket_timeout=60)
    made = PackedRows(client)
    yield made
    made.close()
    await client.aclose()


KEYS = [f"{PREFIX}:a", f"{PREFIX}:nothing", f"{PREFIX}:b"]


async def test_values_come_in_the_order_of_their_keys_and_absent_ones_are_none(rows: PackedRows) -> None:
    called: list[int] = []
    assert await rows.read(KEYS, meanwhile=lambda: called.append(1)) == [b"one", None, LARGE]
    assert await rows.read(KEYS[::-1]) == [LARGE, None, b"one"]
    assert await rows.read([], meanwhile=lambda: called.append(2)) == []
    assert called == [1, 2]


async def test_readings_at_the_same_time_do_not_take_each_others_answers(rows: PackedRows) -> None:
    found = await asyncio.gather(*(rows.read([KEYS[number % 3]]) for number in range(12)))
    assert found == [[b"one"], [None], [LARGE]] * 4


async def test_a_line_that_redis_left_is_replaced_without_anybody_noticing(rows: PackedRows, redis_url: str) -> None:
    assert await rows.read(KEYS[:1]) == [b"one"]
    with BlockingRedis.from_url(redis_url) as other:  # the loop has no turn in which it could learn of the end
        ended = [other.client_kill_filter(_id=one["id"]) for one in other.client_list() if one["name"] == PREFIX]
    assert ended
    assert await rows.read(KEYS) == [b"one", None, LARGE]
    assert await rows.read(KEYS) == [b"one", None, LARGE]


async def test_a_reading_that_is_given_up_leaves_nothing_for_the_next_one(rows: PackedRows) -> None:
    assert await rows.read(KEYS[:1]) == [b"one"]
    given_up = asyncio.ensure_future(rows.read([KEYS[2]]))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await rows.read(KEYS[:1]) == [b"one"]


async def test_what_fails_meanwhile_is_raised_and_leaves_nothing_for_the_next_one(rows: PackedRows) -> None:
    with pytest.raises(ZeroDivisionError):
        await rows.read([KEYS[2]], meanwhile=lambda: 1 // 0)
    assert await rows.read(KEYS[:1]) == [b"one"]


async def test_rows_that_cannot_be_read_are_none(caplog: pytest.LogCaptureFixture) -> None:
    called: list[int] = []
    nowhere = Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=1)
    assert await PackedRows(nowhere).read(KEYS, meanwhile=lambda: called.append(1)) is None
    assert "cannot be asked for" in caplog.text
    assert await PackedRows(None).read(KEYS, meanwhile=lambda: called.append(2)) is None
    assert called == [1, 2]
    await nowhere.aclose()


async def test_a_line_is_over_when_redis_refuses_or_takes_too_long(redis: Redis, redis_url: str) -> None:
    refused = await RedisLine.open(redis)
    refused.ask(("NO-SUCH-COMMAND",))
    with pytest.raises(RedisError, match="unknown command"):
        await refused.answer()
    impatient: Any = Redis.from_url(redis_url, socket_timeout=1)
    late = await RedisLine.open(impatient)
    late.ask(("BLPOP", f"{PREFIX}:never", "30"))
    with pytest.raises(RedisError, match="too long"):
        await late.answer()
    assert not refused.is_open
    assert not late.is_open
    await impatient.aclose()
