"""Who is told how the start goes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Watcher(Protocol):
    """Told about each step of a start; the command line draws bars from it."""

    def download(self, name: str, total_bytes: int) -> AbstractContextManager[Callable[[int], None]]:
        """A download begins; the context's value is called with the size of each piece."""

    def starting(self, name: str) -> None:
        """A part was started and is waited for."""

    def ready(self, name: str, seconds: float) -> None:
        """A part works, this long after the beginning. Also called for parts that ran already."""


class Silent:
    """Tells nobody."""

    @contextmanager
    def download(self, name: str, total_bytes: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG002
        yield lambda _count: None

    def starting(self, name: str) -> None:
        pass

    def ready(self, name: str, seconds: float) -> None:
        pass
