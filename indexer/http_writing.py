"""What the routes of the write path call: changes to a stored catalogue, by a process that serves many threads."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, BinaryIO

from indexer.app import open_workshop
from indexer.cataloguing import open_catalogue
from indexer.composition import Workshop
from indexer.feed import FeedFormat, read_lines
from indexer.http_messages import WriteResponse
from indexer.loading import FeedLoader, LoadReport
from indexer.patience import Patience
from indexer.queueing import QueueUnavailable
from indexer.rejects import Rejection, RejectsList
from indexer.writing import Change, Effect, ProductWriter
from mappings.catalogue_store import StoredCatalogue
from mappings.coercion import RejectedProduct, read_id
from mappings.errors import NotFound
from mappings.products import Deletion, ProductReader
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings

_LISTED_REJECTS = 1000
_REQUEST_PATIENCE_SECONDS = 3.0


class HttpWriting:
    """Safe to share between threads. Pictures are URLs and data URIs here: no request can name a file of the server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _workshop(self) -> Workshop:
        return open_workshop(self._settings, here=False)

    def put(self, name: str, id: str, raw: Mapping[str, Any], *, refresh: bool) -> WriteResponse:
        """Raises RejectedProduct, NotFound (the catalogue), EngineError."""
        stored, writer = self._open(name)
        return self._write(
            stored, writer, writer.read_change(_with_id(stored, id, raw), is_partial=False), refresh=refresh
        )

    def patch(self, name: str, id: str, raw: Mapping[str, Any], *, refresh: bool) -> WriteResponse:
        """Raises RejectedProduct, NotFound, EngineError."""
        stored, writer = self._open(name)
        return self._write(
            stored, writer, writer.read_change(_with_id(stored, id, raw), is_partial=True), refresh=refresh
        )

    def delete(self, name: str, id: str, *, refresh: bool) -> WriteResponse:
        """Raises NotFound, EngineError."""
        stored, writer = self._open(name)
        return self._write(stored, writer, Deletion(read_id(id, stored.catalogue.id)), refresh=refresh)

    def bulk(self, name: str, stream: BinaryIO, *, is_partial: bool) -> tuple[LoadReport, list[Rejection]]:
        """Load lines of JSON. Raises NotFound, EngineError; what was written before stays written."""
        _, writer = self._open(name)
        rejects = RejectsList(_LISTED_REJECTS)
        loader = FeedLoader(writer, catalogue=name, queue=self._workshop.queue, rejects=rejects, is_partial=is_partial)
        report = loader.load(read_lines(stream, FeedFormat.JSONL), on_progress=lambda _: None)
        if report.failure is not None:
            raise report.failure
        return report, rejects.kept

    def put_catalogue(self, name: str, catalogue: Catalogue) -> StoredCatalogue:
        """Raises RejectedProduct when the names differ, IncompatibleChange, EncoderError, EngineError."""
        if catalogue.name != name:
            raise RejectedProduct("name", f"is {catalogue.name!r} in the body and {name!r} in the address")
        return open_catalogue(self._workshop.catalogues, catalogue, settings=self._settings)

    def _open(self, name: str) -> tuple[StoredCatalogue, ProductWriter]:
        stored = self._workshop.catalogues.get(name)
        patience = Patience(seconds=_REQUEST_PATIENCE_SECONDS)
        return stored, ProductWriter(self._workshop.client, stored, ProductReader(stored.catalogue), patience=patience)

    def _write(self, stored: StoredCatalogue, writer: ProductWriter, change: Change, *, refresh: bool) -> WriteResponse:
        written = writer.write([change], refresh=refresh)[0]
        if written.effect is Effect.REJECTED:
            raise RejectedProduct(written.field, written.reason)
        if written.effect is Effect.ABSENT:
            raise NotFound(f"there is no product {change.id!r} in catalogue {stored.catalogue.name!r}")
        if not written.needs_enrichment:
            return WriteResponse(id=written.id, effect=written.effect, enrichment="not needed")
        return WriteResponse(id=written.id, effect=written.effect, enrichment=self._enqueue(stored, written.id))

    def _enqueue(self, stored: StoredCatalogue, id: str) -> Any:
        queue = self._workshop.queue
        if queue is None:
            return "waiting"
        try:
            queue.enqueue(stored.catalogue.name, [id])
        except QueueUnavailable:
            return "waiting"  # the index says that it is pending; the reconciler will find it
        return "queued"


def _with_id(stored: StoredCatalogue, id: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    field = stored.catalogue.id
    if raw.get(field) not in (None, id) and str(raw[field]) != id:
        raise RejectedProduct(field, f"is {raw[field]!r} in the body and {id!r} in the address")
    return {**raw, field: raw.get(field) if raw.get(field) is not None else id}
