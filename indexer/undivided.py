"""Steps that Ctrl-C does not divide: what was written is counted, so that the report of an interrupted load is true."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STOPS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def undivided() -> Iterator[None]:
    """A stop that comes meanwhile is heard at the end. Keep it short; outside the main thread nothing is held back."""
    handlers = [signal.getsignal(number) for number in _STOPS]
    if threading.current_thread() is not threading.main_thread() or None in handlers:
        yield
        return
    came: list[int] = []
    for number in _STOPS:
        signal.signal(number, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in zip(_STOPS, handlers, strict=True):
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
