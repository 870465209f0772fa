"""Searches as they were served, on their way into the event log: off the request path, bounded, and never in its way."""

import asyncio
import logging
import queue
import random
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugin_config.errors import VitrineError
from query_service.page import SearchPage
from query_service.planning import Question
from ranking.behaviour.log.event_log import EventLog, LogError, ServedSearch
from ranking.features.feature import FeatureMatrix

log = logging.getLogger(__name__)
_WAITING: Final = 2_000
_BATCH: Final = 200
_EXAMINED_AT_ONCE: Final = 32
Floats = NDArray[np.float32]
Examine = Callable[[Question], Awaitable[tuple[tuple[str, ...], FeatureMatrix | None]]]


class ServedLog:
    """Takes answered searches and writes a share of them.

    A full queue drops searches and a failing log loses them; both are told to `tell` as (outcome, how many) with the
    outcomes written, dropped and failed. `examine` computes the features of a search that no model reordered though its
    policy wants one, so that a first model has something to learn from: later, one at a time.
    """

    def __init__(
        self, event_log: EventLog, examine: Examine, *, share: float, chance: Callable[[], float] = random.random
    ) -> None:
        self._log = event_log
        self._examine = examine
        self._share = share
        self._chance = chance
        self._queue: queue.Queue[ServedSearch | None] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self.tell: Callable[[str, int], None] = lambda _outcome, _count: None

    def offer(self, page: SearchPage) -> None:
        """Take one search, if it is in the share. Returns at once and never raises. Needs a running event loop."""
        seen = page.seen
        if seen is None or self._chance() >= self._share:
            return
        question = seen.question
        if seen.matrix is not None:
            rows = rows_of(page, seen.ids, seen.matrix)
            self._put(served_search(page, question, seen.matrix.names, rows))
        elif wants_model(question) and len(self._tasks) < _EXAMINED_AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._examined(page, question))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._put(served_search(page, question, (), None))

    async def close(self) -> None:
        """Write what waits and stop."""
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._thread is not None:
            await asyncio.to_thread(self._stop)
        self._log.close()

    async def _examined(self, page: SearchPage, question: Question) -> None:
        names: tuple[str, ...] = ()
        rows: Floats | None = None
        try:
            async with self._turn:
                ids, matrix = await self._examine(question)
            if matrix is not None:
                names, rows = matrix.names, rows_of(page, ids, matrix)
        except VitrineError as error:
            log.warning("search %s is logged without features: %s", page.query_id, error)
        finally:
            self._put(served_search(page, question, names, rows))

    def _put(self, search: ServedSearch) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="served-log", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(search)
        except queue.Full:
            self.tell("dropped", 1)

    def _stop(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _write(self) -> None:
        is_open = True
        while is_open:
            batch = [self._queue.get()]
            with suppress(queue.Empty):
                while len(batch) < _BATCH:
                    batch.append(self._queue.get_nowait())
            is_open = None not in batch
            searches = [search for search in batch if search is not None]
            try:
                if searches:
                    self._log.append_searches(searches)
                    self.tell("written", len(searches))
            except (LogError, ValueError) as error:  # ValueError: text that no file can hold
                log.error("%d served searches are not logged: %s", len(searches), error)
                self.tell("failed", len(searches))


def wants_model(question: Question) -> bool:
    """Whether a model would reorder this search, if one served."""
    is_ranked = not question.is_browsing and question.request.sort is None
    return is_ranked and question.policy.reranking.model is not None


def rows_of(page: SearchPage, ids: tuple[str, ...], matrix: FeatureMatrix) -> Floats:
    """The rows of the page's products, in their order; NaN for those that the matrix does not have."""
    place = {id: row for row, id in enumerate(ids[: matrix.values.shape[0]])}
    rows = np.full((len(page.hits), len(matrix.names)), np.nan, dtype=np.float32)
    for i, hit in enumerate(page.hits):
        if hit.id in place:
            rows[i] = matrix.values[place[hit.id]]
    return rows


def served_search(page: SearchPage, question: Question, names: tuple[str, ...], rows: Floats | None) -> ServedSearch:
    """The page as the log keeps it."""
    ubi = question.request.ubi
    encoders = {str(kind): target.fingerprint for kind, (target, _) in question.encoded.vectors.items()}
    return ServedSearch(
        query_id=page.query_id,
        catalogue=question.catalogue.name,
        at=time.time(),
        query=question.words or (ubi.user_query if ubi else None) or "",
        shopper=question.request.shopper,
        policy=page.policy,
        model=page.model,
        products=tuple(hit.id for hit in page.hits),
        feature_names=names,
        features=rows,
        first_position=question.request.from_ + 1,
        versions={"index": question.served.stored.index, **encoders},
    )
