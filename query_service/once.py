"""Work that many ask for at the same time and that is done once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Once(Generic[K, T]):
    """Who asks while the work of a key is under way waits for it and gets what it gives, or raises what it raises.

    It goes on when one of those who wait leaves.
    """

    def __init__(self) -> None:
        self._under_way: dict[K, asyncio.Future[T]] = {}

    async def get(self, key: K, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives. Raises what it raises."""
        doing = self._under_way.get(key)
        if doing is None or doing.get_loop() is not asyncio.get_running_loop():
            doing = asyncio.ensure_future(work())
            self._under_way[key] = doing
            doing.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(doing)

    def _finished(self, key: K, done: asyncio.Future[T]) -> None:
        if self._under_way.get(key) is done:
            del self._under_way[key]
        if not done.cancelled():
            done.exception()  # looked at, so that nothing is said of it when all who waited have left
