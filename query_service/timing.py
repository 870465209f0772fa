"""Where the time of one search goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

STAGES = ("encode", "retrieve", "features", "rank", "rules")


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds by stage. `engine` adds up what OpenSearch reports as its own time on the search's critical path."""

    started: float = field(default_factory=time.perf_counter)
    stages: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    engine: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time spent inside to this stage."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] += (time.perf_counter() - begin) * 1000

    def took(self) -> dict[str, float]:
        """Milliseconds so far, rounded to a hundredth, with `total` and `engine`."""
        total = (time.perf_counter() - self.started) * 1000
        measured = {**self.stages, "total": total, "engine": self.engine}
        return {name: round(milliseconds, 2) for name, milliseconds in measured.items()}
