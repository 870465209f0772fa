"""Where the write path's worker is put together: connections, encoders and the enrichment of each catalogue."""

import logging
import os
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Final, TypeVar

from encoders.encoder import EncoderError, PictureEncoder, TextEncoder
from encoders.fetching import FetchLimits, PictureFetcher
from encoders.registry import picture_encoder, text_encoder
from encoders.runtime import Runtime
from indexer.broker import Broker
from indexer.changed_pictures import SETTLED
from indexer.dead_letters import DeadLetters
from indexer.enrichment.chunk import ChunkReport, Enrichment, Filler
from indexer.enrichment.pictures import PictureColumn, PictureFiller
from indexer.enrichment.placeholders import Placeholders
from indexer.enrichment.settling import RetryRule, Settling
from indexer.enrichment.texts import TextFiller
from indexer.enrichment.unavailable import UnavailableFiller
from indexer.queueing import EnrichmentQueue, QueueUnavailable, enrichment_queue
from indexer.reconciling import Reconciler
from indexer.sightings import IndexSightings, title_in
from indexer.vector_fields import field_of
from mappings.catalogue_store import IndexCatalogueStore, StoredCatalogue
from mappings.client import Client, connect
from mappings.codes.rotations import ROTATIONS, Rotations
from mappings.errors import EngineError
from mappings.fields import Modality, VectorField
from mappings.ledger import IndexLedger, LedgerEntry
from mappings.template import render_text
from plugin_config.catalogue import Catalogue, EncoderChoice
from plugin_config.errors import ConfigurationError
from plugin_config.settings import Settings

_log = logging.getLogger(__name__)
_Encoder = TypeVar("_Encoder", TextEncoder, PictureEncoder)
_DECODING_THREADS: Final = 4


class Workshop:
    """What one worker process holds. Everything is made on first use, so that a forked process makes its own."""

    def __init__(self, settings: Settings, queue: EnrichmentQueue | None = None) -> None:
        """Without a queue the work is done at once, in this process."""
        self.settings = settings
        self.queue: EnrichmentQueue = queue or _HereQueue(self)
        self._works_here = queue is None
        self._texts: dict[str, TextEncoder] = {}
        self._pictures: dict[str, PictureEncoder] = {}
        self._placeholders: dict[str, Placeholders] = {}

    def enrich(self, catalogue: str, ids: Sequence[str], *, redelivered: bool = False) -> ChunkReport:
        """Bring products up to date and queue again what needs it.

        `redelivered`: the process that had this chunk before died. Its products then come one by one, and one that
        comes back alone is counted as an attempt before anything else is done with it. Raises EngineError.
        """
        if redelivered and len(ids) > 1:
            self.queue.enqueue_singly(catalogue, ids)
            return ChunkReport()
        started = time.monotonic()
        enrichment = self.enrichment(catalogue)
        if redelivered:
            return enrichment.count_lost_attempt(ids, why="its worker process died while it was being enriched")
        report = enrichment.enrich(ids)
        if report.again and not self._works_here:
            _queue_again(self.queue, catalogue, report.again)
        self._take_back(catalogue)
        _log.info("%s: %d products in %.2f s: %s", catalogue, len(ids), time.monotonic() - started, report)
        return report

    def enrichment(self, name: str) -> Enrichment:
        """The enrichment of one catalogue as it is now. Raises NotFound and other EngineErrors."""
        stored = self.catalogues.get(name)
        fillers = [self._filler(stored, modality) for modality in Modality]
        settling = Settling(
            rule=RetryRule(attempts=self.settings.enrichment_attempts),
            now=lambda: datetime.now(UTC),
            chance=random.SystemRandom().random,
        )
        ledger = IndexLedger(self.client, stored.alias, self.rotations.coders(stored.vectors))
        return Enrichment(ledger, tuple(filter(None, fillers)), settling)

    def _take_back(self, name: str) -> None:
        """Products that got a vector of what has turned out to be a placeholder are enriched once more."""
        placeholders = self._placeholders.get(name)
        marks = placeholders.newly_found() if placeholders is not None else frozenset()
        if placeholders is None or not marks:
            return
        try:
            stored = self.catalogues.get(name)
            self.client.refresh(stored.alias)
            ids = IndexSightings(self.client, stored).unflagged(sorted(marks))
            replayed = self.dead_letters().replay(stored, SETTLED, ids=ids)
        except QueueUnavailable as error:
            _log.warning("%s: products with placeholders wait for the reconciler: %s", name, error)
        except EngineError as error:
            _log.warning("%s: products with placeholders are looked for with the next chunk: %s", name, error)
            return
        else:
            _log.info("%s: %d placeholders found; %d products are looked at again", name, len(marks), replayed.replayed)
        placeholders.taken_back(marks)

    def reconciler(self) -> Reconciler:
        return Reconciler(self.client, self.catalogues, self.queue, self._broker, self.settings)

    def close(self) -> None:
        """Let go of connections and threads."""
        held = self.__dict__
        for name in ("client", "_broker", "_fetcher"):
            if name in held:
                held[name].close()

    def dead_letters(self) -> DeadLetters:
        return DeadLetters(self.client, self.queue)

    @cached_property
    def client(self) -> Client:
        return connect(self.settings)

    @cached_property
    def rotations(self) -> Rotations:
        return Rotations(self.settings.models_folder / ROTATIONS)

    @cached_property
    def catalogues(self) -> IndexCatalogueStore:
        return IndexCatalogueStore(self.client, self.settings)

    @cached_property
    def _broker(self) -> Broker:
        return Broker(self.settings, queue=enrichment_queue(self.settings))

    @cached_property
    def _fetcher(self) -> PictureFetcher:
        return PictureFetcher(threads=min(_DECODING_THREADS, os.cpu_count() or 1))

    @cached_property
    def _runtime(self) -> Runtime:
        # Processes of one worker share the machine's cores.
        share = max(1, (os.cpu_count() or 1) // self.settings.worker_concurrency)
        return Runtime.from_settings(self.settings, threads=self.settings.threads or share)

    def _filler(self, stored: StoredCatalogue, modality: Modality) -> Filler | None:
        """What fills this modality's vectors; None where the catalogue switches it off."""
        choice: EncoderChoice | None = getattr(stored.catalogue.encoders, modality.value)
        wanted = stored.vector(modality)
        if choice is None or wanted is None:
            return None
        try:
            if modality is Modality.TEXT:
                return self._text_filler(stored, choice)
            return self._picture_filler(stored, choice)
        except (EncoderError, ConfigurationError) as error:
            _log.error("%s: no %s vectors: %s", stored.catalogue.name, modality, error)
            return UnavailableFiller(wanted, str(error))

    def _text_filler(self, stored: StoredCatalogue, choice: EncoderChoice) -> TextFiller:
        made = text_encoder(choice, template=stored.catalogue.template, runtime=self._runtime)
        encoder = self._texts.setdefault(made.description.fingerprint, made)
        vector_field = _known(stored, field_of(Modality.TEXT, encoder.description, choice.storage))
        return TextFiller(vector_field, encoder, partial(_text_of, stored.catalogue))

    def _picture_filler(self, stored: StoredCatalogue, choice: EncoderChoice) -> PictureFiller:
        made = picture_encoder(choice, runtime=self._runtime)
        encoder = self._pictures.setdefault(made.description.fingerprint, made)
        vector_field = _known(stored, field_of(Modality.PICTURE, encoder.description, choice.storage))
        limits = FetchLimits.of(self.settings, roots=stored.picture_roots)
        name = stored.catalogue.name
        placeholders = self._placeholders.setdefault(name, Placeholders(IndexSightings(self.client, stored)))
        return PictureFiller(
            (PictureColumn(vector_field, encoder),),
            lambda references: self._fetcher.fetch_all(references, limits),
            title_of=lambda entry: title_in(stored.catalogue, entry.source),
            placeholders=placeholders,
        )


def _queue_again(queue: EnrichmentQueue, catalogue: str, ids: Sequence[str]) -> None:
    try:
        queue.enqueue(catalogue, ids)
    except QueueUnavailable as error:
        _log.warning("%s: %d products wait for the reconciler: %s", catalogue, len(ids), error)


def _known(stored: StoredCatalogue, vector_field: VectorField) -> VectorField:
    for known in stored.vectors:
        if (known.name, known.dimension, known.storage) == (
            vector_field.name,
            vector_field.dimension,
            vector_field.storage,
        ):
            return known
    raise ConfigurationError(
        f"catalogue {stored.catalogue.name!r}: its index has no field for this worker's {vector_field.modality} encoder "
        f"({vector_field.fingerprint}); give writer and worker the same VITRINE_PRECISION and model files, or index the "
        "catalogue again to add the field"
    )


def _text_of(catalogue: Catalogue, entry: LedgerEntry) -> str:
    return render_text(catalogue, entry.source)


class _HereQueue:
    """No queue at all: products are enriched where they are handed in; what stays pending waits for the next pass."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def enqueue(self, catalogue: str, ids: Sequence[str]) -> None:
        chunk = self._workshop.settings.enrichment_chunk
        for start in range(0, len(ids), chunk):
            self._workshop.enrich(catalogue, ids[start : start + chunk])

    def enqueue_singly(self, catalogue: str, ids: Sequence[str]) -> None:
        for id in ids:
            self._workshop.enrich(catalogue, [id])
