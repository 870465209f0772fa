"""A connection to Redis for one kind of request: many values in one answer, that nobody is woken for before it is whole.

redis-py opens it, so addresses, passwords, TLS and databases are its own; then its streams are taken off. They wake the reader
with every piece that arrives, and an answer of a quarter of a megabyte arrives in a dozen.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import hiredis
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as TookTooLong


class RedisLine(asyncio.Protocol):
    """One request at a time. `is_open` is False once either side has ended it, and after any failure. `was_kept`: it has
    answered before, so that the other side may have left it meanwhile.
    """

    def __init__(self, opened: Any, *, timeout: float | None) -> None:
        self._opened = opened  # closes the socket when it is gone, so it has to stay
        self._timeout = timeout
        self._transport: asyncio.Transport = opened._writer.transport
        self._reader = hiredis.Reader(replyError=RedisError)
        self._waiting: asyncio.Future[Any] | None = None
        self.was_kept = False
        self.is_open = not self._transport.is_closing()
        self._transport.set_protocol(self)

    @classmethod
    async def open(cls, redis: Redis) -> "RedisLine":
        """A line to where this client's connections go. Raises RedisError and OSError."""
        pool: Any = redis.connection_pool
        opened = pool.make_connection()
        await opened.connect()
        return cls(opened, timeout=opened.socket_timeout)

    def ask(self, command: Sequence[str]) -> None:
        """Send a command; `answer` waits for what Redis says to it."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(hiredis.pack_command(cast(Any, command)))

    async def answer(self) -> Any:
        """What Redis says. Raises RedisError; the line is over then."""
        waiting = self._waiting
        if waiting is None or not self.is_open:
            raise LostConnection("the connection to Redis is closed")
        late = None
        if self._timeout is not None:
            late = asyncio.get_running_loop().call_later(self._timeout, self._fail, TookTooLong("Redis took too long"))
        try:
            return await waiting
        except BaseException:  # also when nobody waits any more: the answer must not be taken for the next one's
            self.close()
            raise
        finally:
            self._waiting = None
            if late is not None:
                late.cancel()

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        self._opened._close()
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(LostConnection(f"the connection to Redis was closed: {exc or 'by Redis'}"))

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            answer = self._reader.gets()
            while isinstance(answer, hiredis.PushNotification):
                answer = self._reader.gets()
        except hiredis.HiredisError as error:
            self._fail(LostConnection(f"what came over the connection is not Redis: {error}"))
            return
        if answer is not False and self._waiting is not None and not self._waiting.done():
            if isinstance(answer, RedisError):
                self._waiting.set_exception(answer)
            else:
                self._waiting.set_result(answer)

    def _fail(self, error: RedisError) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
        if self.is_open:
            self.close()
