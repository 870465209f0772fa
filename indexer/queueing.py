"""Putting products into the enrichment queue: a hint to the workers, bounded in time, never the only record."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from celery import Celery
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from indexer.broker import connect_redis
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings

ENRICH: Final = "vitrine.enrich"
RECONCILE: Final = "vitrine.reconcile"
FOLLOW: Final = "vitrine.follow"
LEARN: Final = "vitrine.learn"
_REST_SECONDS: Final = 5.0


class QueueUnavailable(VitrineError):
    """The broker takes no tasks; what was to be queued is pending in the index, and the reconciler will queue it."""

    code = "queue_unavailable"
    status = 503


def enrichment_queue(settings: Settings) -> str:
    return f"{settings.index_prefix}.enrichment"


def reconcile_queue(settings: Settings) -> str:
    return f"{settings.index_prefix}.reconcile"


def behaviour_queue(settings: Settings) -> str:
    return f"{settings.index_prefix}.behaviour"


class EnrichmentQueue(Protocol):
    """Takes products to be enriched."""

    def enqueue(self, catalogue: str, ids: Sequence[str]) -> None:
        """Queue the products in chunks. Raises QueueUnavailable within a few seconds; some chunks may be queued."""

    def enqueue_singly(self, catalogue: str, ids: Sequence[str]) -> None:
        """Queue each product on its own, to find the one that its worker dies of. Raises QueueUnavailable."""


class CeleryQueue:
    """The enrichment queue behind Celery, safe to share between threads.

    After a failure it says no at once for some seconds, so that a dead broker slows a feed once, not at every chunk.
    """

    def __init__(self, app: Celery, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._chunk = settings.enrichment_chunk
        self._clock = clock
        self._lock = threading.Lock()
        self._probe = connect_redis(settings)
        self._closed_until = 0.0

    def enqueue(self, catalogue: str, ids: Sequence[str]) -> None:
        """Queue the products in chunks. Raises QueueUnavailable within a few seconds; some chunks may be queued."""
        for start in range(0, len(ids), self._chunk):
            self._send(catalogue, list(ids[start : start + self._chunk]))

    def enqueue_singly(self, catalogue: str, ids: Sequence[str]) -> None:
        """Queue each product on its own, to find the one that its worker dies of. Raises QueueUnavailable."""
        for id in ids:
            self._send(catalogue, [id])

    def _send(self, catalogue: str, ids: list[str]) -> None:
        with self._lock:
            if self._clock() < self._closed_until:
                raise _unavailable("it gave no answer a moment ago")
            try:
                # Celery's own way to a dead broker is long; a ping knows within a second or two.
                self._probe.ping()
                self._app.send_task(ENRICH, args=(catalogue, ids), retry=False)
            except (KombuError, RedisError, OSError) as error:
                self._closed_until = self._clock() + _REST_SECONDS
                raise _unavailable(str(error)) from error


def _unavailable(reason: str) -> QueueUnavailable:
    return QueueUnavailable(
        f"the broker takes no tasks ({reason}); nothing is lost: the products are pending in the index and are queued "
        "again by the reconciler, or by `vitrine reconcile`"
    )
