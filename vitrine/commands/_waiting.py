"""The line that says what a command waits for, at most every ten seconds."""

import threading
import time
from collections.abc import Callable
from typing import Final

from plugin_config.errors import VitrineError

_EVERY_SECONDS: Final = 10.0


class WaitingLine:
    """Called with each failure that a command sits out, from any thread; says some of them."""

    def __init__(self, say: Callable[[str], None], *, seconds: float) -> None:
        """`seconds`: how long the command sits it out, for the line."""
        self._say = say
        self._seconds = seconds
        self._lock = threading.Lock()
        self._next = 0.0

    def __call__(self, error: VitrineError) -> None:
        with self._lock:
            if time.monotonic() < self._next:
                return
            self._next = time.monotonic() + _EVERY_SECONDS
        self._say(f"vitrine: {error}. Waiting for it, {self._seconds:.0f} s at most; nothing is lost")
