"""Finds in the index what waits for its vectors and queues it again: the reason why a lost queue loses no product."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from indexer.broker import Broker
from indexer.queueing import EnrichmentQueue, QueueUnavailable
from mappings.catalogue_store import CatalogueStore, StoredCatalogue
from mappings.client import Client
from mappings.errors import EngineError
from mappings.fields import Modality, VectorField
from mappings.ledger_search import Due, count_due, due_ids
from plugin_config.settings import Settings

_log = logging.getLogger(__name__)

# In chunks. A queue as long as LONG_QUEUE is taken to hold what is pending; from there on only some of the oldest are
# queued again, so that even in a shop that never rests a lost product comes back. An emptied queue is filled up.
FULL_QUEUE: Final = 128
LONG_QUEUE: Final = 32
_ALWAYS: Final = 2


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was found in one catalogue, how much of it was queued, and a note when that is not all."""

    catalogue: str
    due: Due
    queued: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """One pass over catalogues. Several at once do no harm: at worst a product is queued twice and skipped once."""

    client: Client
    catalogues: CatalogueStore
    queue: EnrichmentQueue
    broker: Broker
    settings: Settings
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def reconcile(
        self, names: Iterable[str] | None = None, *, waiting_seconds: float | None = None
    ) -> list[Reconciled]:
        """Queue what is due in these catalogues, or in all. Raises EngineError, after all others, where one cannot be read.

        `waiting_seconds`: how long a product must have been pending to be taken for lost; default from the settings.
        Answers with nothing when another reconciler is at work.
        """
        patience = self.settings.reconcile_after_seconds if waiting_seconds is None else waiting_seconds
        with self.broker.only_one("reconcile", seconds=max(self.settings.reconcile_seconds, 60)) as mine:
            if not mine:
                _log.info("another reconciler is at work")
                return []
            stored = self.catalogues.list() if names is None else [self.catalogues.get(name) for name in names]
            return self._each(stored, patience)

    def count_stale(self, names: Iterable[str]) -> int:
        """Settled products of these catalogues that lack a vector of an encoder of now. Raises EngineError."""
        found, now = 0, self.now()
        for stored in map(self.catalogues.get, names):
            self.client.refresh(stored.alias)
            found += count_due(self.client, stored.alias, _live(stored), now=now, waiting_since=now).stale
        return found

    def _each(self, stored: Iterable[StoredCatalogue], patience: float) -> list[Reconciled]:
        found: list[Reconciled] = []
        failures: list[EngineError] = []
        for each in stored:
            try:
                found.append(self._reconcile(each, patience))
            except EngineError as error:
                _log.error("%s: cannot be reconciled: %s", each.catalogue.name, error)
                failures.append(error)
        if failures:
            raise failures[0]
        return found

    def _reconcile(self, stored: StoredCatalogue, patience: float) -> Reconciled:
        name, live = stored.catalogue.name, _live(stored)
        now = self.now()
        since = now - timedelta(seconds=patience)
        due = count_due(self.client, stored.alias, live, now=now, waiting_since=since)
        if not due.total:
            return Reconciled(name, due)
        lately = self.broker.queued_lately(name, seconds=patience)
        ids = (id for id in due_ids(self.client, stored.alias, live, now=now, waiting_since=since) if id not in lately)
        chosen = list(islice(ids, self._room()))
        note = ""
        if len(chosen) < due.total:
            note = "the rest was queued a moment ago, or follows when the queue is shorter"
        try:
            self.queue.enqueue(name, chosen)
        except QueueUnavailable as error:
            _log.warning("%s: %d products are due and cannot be queued: %s", name, due.total, error)
            return Reconciled(name, due, 0, str(error))
        self.broker.remember(name, chosen, seconds=patience)
        _log.info("%s: %s; %d queued", name, due, len(chosen))
        return Reconciled(name, due, len(chosen), note)

    def _room(self) -> int:
        """How many products may be queued now."""
        depth = self.broker.depth() or 0
        chunks = _ALWAYS if depth >= LONG_QUEUE else FULL_QUEUE - depth
        return chunks * self.settings.enrichment_chunk


def _live(stored: StoredCatalogue) -> list[str]:
    return [found.name for modality in Modality if (found := _present(stored, modality)) is not None]


def _present(stored: StoredCatalogue, modality: Modality) -> VectorField | None:
    """The field that the catalogue's encoder of this modality fills, None where that is switched off."""
    choice = getattr(stored.catalogue.encoders, modality.value)
    return None if choice is None else stored.vector(modality)
