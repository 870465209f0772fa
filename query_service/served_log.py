"""Searches as they were served, on their way into the event log: off the request path, bounded, and never in its way."""

import asyncio
import logging
import queue
import random
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugin_config.errors import VitrineError
from query_service.page import SearchPage
from query_service.planning import Question
from query_service.shadowing import Material, Shadow
from ranking.behaviour.log.event_log import EventLog, LogError, ServedSearch
from ranking.features.feature import FeatureMatrix

log = logging.getLogger(__name__)
_WAITING: Final = 2_000
_BATCH: Final = 200
_EXAMINED_AT_ONCE: Final = 32
_CLOSING_SECONDS: Final = 30.0
Floats = NDArray[np.float32]
Examine = Callable[[Question], Awaitable[tuple[tuple[str, ...], FeatureMatrix | None]]]


class ServedLog:
    """Takes answered searches and writes a share of them.

    A full queue drops searches and a failing log loses them; both are told to `tell` as (outcome, how many) with the
    outcomes written, dropped and failed. `examine` computes the features of a search that no model reordered though its
    policy wants one, so that a first model has something to learn from: later, one at a time. `behaviour`: the version of
    the rows of a catalogue, asked off the request path.
    """

    def __init__(
        self,
        event_log: EventLog,
        examine: Examine,
        *,
        share: float,
        shadow: Shadow | None = None,
        behaviour: Callable[[str], str | None] = lambda _catalogue: None,
        chance: Callable[[], float] = random.random,
        closing_seconds: float = _CLOSING_SECONDS,
    ) -> None:
        self._log = event_log
        self._examine = examine
        self._share = share
        self._shadow = shadow
        self._behaviour = behaviour
        self._chance = chance
        self._closing_seconds = closing_seconds
        self._queue: queue.Queue[tuple[ServedSearch, Material | None] | None] = queue.Queue(_WAITING)
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
            search = served_search(page, question, seen.matrix.names, rows)
            self._put(search, material_of(question, seen.ids, seen.matrix))
        elif wants_model(question) and len(self._tasks) < _EXAMINED_AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._examined(page, question))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._put(served_search(page, question, (), None))

    async def close(self) -> None:
        """Write what waits and stop. After `closing_seconds` what is not written is lost."""
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._thread is None or await asyncio.to_thread(self._stopped, self._thread):
            self._log.close()
        self._thread = None

    async def _examined(self, page: SearchPage, question: Question) -> None:
        names: tuple[str, ...] = ()
        rows: Floats | None = None
        material: Material | None = None
        try:
            async with self._turn:
                ids, matrix = await self._examine(question)
            if matrix is not None:
                names, rows = matrix.names, rows_of(page, ids, matrix)
                material = material_of(question, ids, matrix)
        except VitrineError as error:
            log.warning("search %s is logged without features: %s", page.query_id, error)
        finally:
            self._put(served_search(page, question, names, rows), material)

    def _put(self, search: ServedSearch, material: Material | None = None) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="served-log", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait((search, material))
        except queue.Full:
            self.tell("dropped", 1)

    def _stopped(self, thread: threading.Thread) -> bool:
        """Whether the thread ended in time; one that has not still holds the log."""
        last = time.monotonic() + self._closing_seconds
        with suppress(queue.Full):  # then nothing was taken from it all the while
            self._queue.put(None, timeout=self._closing_seconds)
            thread.join(max(0.0, last - time.monotonic()))
        if thread.is_alive():
            log.error("the event log takes too long: about %d served searches are lost", self._queue.qsize())
        return not thread.is_alive()

    def _write(self) -> None:
        is_open = True
        while is_open:
            batch = [self._queue.get()]
            with suppress(queue.Empty):
                while len(batch) < _BATCH:
                    batch.append(self._queue.get_nowait())
            is_open = None not in batch
            waiting = [pair for pair in batch if pair is not None]
            try:
                self._keep(waiting)
            except (LogError, ValueError) as error:  # ValueError: text that no file can hold
                log.error("%d served searches are not logged: %s", len(waiting), error)
                self.tell("failed", len(waiting))
            except Exception:  # nobody foresaw it, and those that come later are to be logged all the same
                log.exception("%d served searches are not logged", len(waiting))
                self.tell("failed", len(waiting))

    def _keep(self, waiting: list[tuple[ServedSearch, Material | None]]) -> None:
        searches = [self._judged(self._dated(search), material) for search, material in waiting]
        if searches:
            self._log.append_searches(searches)
            self.tell("written", len(searches))

    def _dated(self, search: ServedSearch) -> ServedSearch:
        version = self._behaviour(search.catalogue)
        return search if version is None else replace(search, versions={**search.versions, "behaviour": version})

    def _judged(self, search: ServedSearch, material: Material | None) -> ServedSearch:
        if self._shadow is None or material is None:
            return search
        try:
            return self._shadow.judged(search, material)
        except VitrineError as error:
            log.warning("search %s is logged without the shadow model: %s", search.query_id, error)
            return search


def wants_model(question: Question) -> bool:
    """Whether a model would reorder this search, if one served."""
    is_ranked = not question.is_browsing and question.request.sort is None
    return is_ranked and question.policy.reranking.model is not None


def material_of(question: Question, ids: tuple[str, ...], matrix: FeatureMatrix) -> Material:
    """The candidates as a shadow model judges them."""
    return Material(ids, matrix, question.served.features, question.policy.personalization)


def request_text(question: Question) -> str:
    """The search as it was asked, so that it can be asked again; empty where pictures or sound belong to it, which are not
    kept."""
    request = question.request
    if request.model_fields_set & {"images", "audio", "video"}:
        return ""
    return request.model_dump_json(by_alias=True, exclude_defaults=True, exclude={"ext"})


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
        request=request_text(question),
    )
