"""Loading a feed: read here, written by a few threads, never more in flight than a few chunks, and all of it counted."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Final

from indexer.feed import FeedError, FeedLine
from indexer.queueing import EnrichmentQueue, QueueUnavailable
from indexer.rejects import Rejection, Rejects, RejectsError, excerpt
from indexer.repeats import SeenIds
from indexer.undivided import undivided
from indexer.writing import Change, Effect, ProductWriter, Written
from mappings.coercion import RejectedProduct
from mappings.products import Product
from plugin_config.errors import VitrineError

_CHUNK: Final = 500
_CHUNK_BYTES: Final = 4_000_000
_WRITERS: Final = 3


@dataclass(slots=True)
class LoadReport:
    """What a feed came to. `effects` counts products; `queued` of them were handed to enrichment.

    `failure`: why loading ended before the feed did; everything counted here is written.
    """

    lines: int = 0
    effects: Counter[Effect] = field(default_factory=Counter)
    rejected: int = 0
    repeated: int = 0
    queued: int = 0
    waiting: int = 0
    seconds: float = 0.0
    is_interrupted: bool = False
    failure: VitrineError | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_resumable(self) -> bool:
        """Loading ended early for a reason that passes: the same feed again would go on."""
        return self.is_interrupted or (self.failure is not None and not isinstance(self.failure, FeedError))

    @property
    def written(self) -> int:
        return self.effects[Effect.CREATED] + self.effects[Effect.UPDATED] + self.effects[Effect.DELETED]


@dataclass(slots=True)
class _Chunk:
    changes: dict[str, Change] = field(default_factory=dict)
    lines: dict[str, tuple[int, bytes | str]] = field(default_factory=dict)
    bytes: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.changes) >= _CHUNK or self.bytes >= _CHUNK_BYTES


class FeedLoader:
    """Loads one feed into one catalogue. `queue` None: enrichment is left to the reconciler."""

    def __init__(
        self,
        writer: ProductWriter,
        *,
        catalogue: str,
        queue: EnrichmentQueue | None,
        rejects: Rejects,
        is_partial: bool = False,
    ) -> None:
        self._writer = writer
        self._catalogue = catalogue
        self._queue = queue
        self._rejects = rejects
        self._is_partial = is_partial
        self._seen = SeenIds()
        self.report = LoadReport()

    def load(self, lines: Iterable[FeedLine | Rejection], *, on_progress: Callable[[LoadReport], None]) -> LoadReport:
        """Load all lines. Ends early, with a report of what was done, on Ctrl-C and when OpenSearch or the feed fails.

        Of several lines with one id the last wins, as it would one after the other.
        """
        started = time.monotonic()
        flights: dict[Future[list[Written]], _Chunk] = {}
        with ThreadPoolExecutor(_WRITERS, thread_name_prefix="write") as pool:
            try:
                for chunk in self._chunks(lines):
                    self._land(flights, until=lambda chunk=chunk: self._may_fly(chunk, flights))  # type: ignore[misc]
                    with undivided():
                        flights[pool.submit(self._writer.write, list(chunk.changes.values()))] = chunk
                    on_progress(self.report)
                self._land(flights, until=lambda: not flights)
            except KeyboardInterrupt:
                self.report.is_interrupted = True
            except VitrineError as error:
                self.report.failure = error
            self._land_the_rest(flights)
        self.report.seconds = time.monotonic() - started
        on_progress(self.report)
        return self.report

    def _chunks(self, lines: Iterable[FeedLine | Rejection]) -> Iterator[_Chunk]:
        chunk = _Chunk()
        try:
            for line in lines:
                self.report.lines += 1
                if isinstance(line, Rejection):
                    self._reject(line)
                    continue
                self._take(line, chunk)
                if chunk.is_full:
                    yield chunk
                    chunk = _Chunk()
        except (FeedError, RejectsError) as error:
            # What came before the break is taken all the same.
            self.report.failure = error
        if chunk.changes:
            yield chunk

    def _take(self, line: FeedLine, chunk: _Chunk) -> None:
        try:
            change = self._writer.read_change(line.raw, is_partial=self._is_partial)
        except RejectedProduct as error:
            self._reject(Rejection(line.number, error.field, error.reason, excerpt(line.start)))
            return
        if self._seen.add(change.id):
            self.report.repeated += 1
            reason = f"the id {change.id!r} came before in this feed; this later line was taken"
            self._rejects.add(Rejection(line.number, "id", reason, excerpt(line.start), is_taken=True))
        chunk.bytes += len(change.source) if isinstance(change, Product) else len(line.start)
        chunk.changes.pop(change.id, None)
        chunk.changes[change.id] = change
        chunk.lines[change.id] = (line.number, line.start)

    def _may_fly(self, chunk: _Chunk, flights: dict[Future[list[Written]], _Chunk]) -> bool:
        # A product that is still in the air must land before its next version starts, or the older could win.
        crosses = any(not chunk.changes.keys().isdisjoint(other.changes) for other in flights.values())
        return len(flights) < _WRITERS and not crosses

    def _land(self, flights: dict[Future[list[Written]], _Chunk], *, until: Callable[[], bool]) -> None:
        while not until():
            landed, _ = wait(flights, return_when=FIRST_COMPLETED)
            for future in landed:
                with undivided():
                    self._settle(flights.pop(future), future.result())

    def _land_the_rest(self, flights: dict[Future[list[Written]], _Chunk]) -> None:
        for future, chunk in list(flights.items()):
            try:
                self._settle(chunk, future.result())
            except VitrineError as error:
                self.report.failure = self.report.failure or error
        flights.clear()

    def _settle(self, chunk: _Chunk, written: list[Written]) -> None:
        for one in written:
            self.report.effects[one.effect] += 1
            if one.reason and not (one.effect is Effect.ABSENT and not self._is_partial):
                number, start = chunk.lines[one.id]
                self._reject(Rejection(number, one.field, one.reason, excerpt(start)))
        self._enqueue([one.id for one in written if one.needs_enrichment])

    def _enqueue(self, ids: list[str]) -> None:
        if not ids:
            return
        try:
            if self._queue is None:
                self.report.waiting += len(ids)
                return
            self._queue.enqueue(self._catalogue, ids)
            self.report.queued += len(ids)
        except QueueUnavailable as error:
            self.report.waiting += len(ids)
            if str(error) not in self.report.notes:
                self.report.notes.append(str(error))

    def _reject(self, rejection: Rejection) -> None:
        self.report.rejected += 1
        self._rejects.add(rejection)
