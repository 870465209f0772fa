"""Token buckets, one per client: a steady rate may be used up in bursts, and no more than that."""

import math
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

from plugin_config.errors import VitrineError

_CLIENTS: Final = 50_000


class TooManyEvents(VitrineError):
    """One client sends more events than it may. `retry_after_seconds` is when the same batch will be taken."""

    code = "too_many_events"
    status = 429

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class FloodGate:
    """Lets each client take so many events a minute; 0 for any number. Thread-safe."""

    def __init__(self, events_per_minute: int, *, clock: Callable[[], float]) -> None:
        self._capacity = float(events_per_minute)
        self._clock = clock
        self._lock = Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # client → what is left, at what time

    def take(self, client: str, events: int) -> None:
        """Count a batch. Raises TooManyEvents when it does not fit now; nothing is counted then."""
        if self._capacity == 0:
            return
        now = self._clock()
        with self._lock:
            left, before = self._levels.pop(client, (self._capacity, now))
            left = min(self._capacity, left + (now - before) * self._capacity / 60)
            # A batch larger than a whole minute's share passes on a full bucket, and what follows waits for it.
            fits = left >= min(events, self._capacity)
            self._levels[client] = (left - events if fits else left, now)
            if len(self._levels) > _CLIENTS:
                self._levels.popitem(last=False)
        if not fits:
            wait = math.ceil((min(events, self._capacity) - left) * 60 / self._capacity)
            raise TooManyEvents(
                f"more than {self._capacity:,.0f} events a minute from one address; send these {events:,} again in {wait} s",
                max(1, wait),
            )
