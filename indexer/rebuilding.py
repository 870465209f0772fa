"""Writing a catalogue's index anew from what is stored, for changes that a live index cannot take.

The old index serves searches and takes writes all the while. Products are read again by the new catalogue and keep the
vectors that still hold. At the end the old index takes no writes for a moment (writers wait and go on), what changed
meanwhile is brought over, and the alias moves in one step.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from indexer.learning_rotations import with_learned_rotation
from mappings import bulk, fields
from mappings.aliases import generation_of, index_name, move_alias
from mappings.bulk import Outcome
from mappings.catalogue_store import IndexCatalogueStore, StoredCatalogue
from mappings.client import Client
from mappings.codes.coder import Coder
from mappings.codes.rotations import Rotations
from mappings.coercion import RejectedProduct
from mappings.documents import document, source_of
from mappings.errors import EngineError, NotFound
from mappings.fields import VectorField
from mappings.ledger import add_codes
from mappings.products import Product, ProductReader
from plugin_config.catalogue import Catalogue

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came over. `unreadable`: ids whose product the new catalogue cannot read, with the reason; they are left out."""

    stored: StoredCatalogue
    products: int
    unreadable: tuple[tuple[str, str], ...]


def rebuild(
    client: Client,
    store: IndexCatalogueStore,
    catalogue: Catalogue,
    *,
    vectors: Sequence[VectorField],
    rotations: Rotations,
    on_progress: Callable[[int, int], None],
) -> Rebuilt:
    """Write a new index for `catalogue` and put it in the old one's place; `on_progress` gets (done, total).

    Vectors to be kept as bits get a rotation that is learned from those in the old index. The old index stays as it was
    when anything fails. Raises NotFound, EngineError.
    """
    old = store.get(catalogue.name)
    name = index_name(old.alias, generation_of(old.index) + 1)
    vectors = tuple(with_learned_rotation(client, old, vector, rotations) for vector in vectors)
    new = replace(old, catalogue=catalogue, index=name, vectors=vectors, created_at=datetime.now(UTC))
    _drop(client, new.index)  # what an interrupted rebuild left
    store.create_index(new)
    before = _last_write(client, old.index)
    client.refresh(old.index)
    copy = _Copy(client, old, new, rotations.coders(vectors), on_progress)
    try:
        copy.run({"match_all": {}})
        _block_writes(client, old.index, True)
        client.refresh(old.index)
        # By the order of writes: clocks differ, and a write that waited its turn carries the time at which it began to wait.
        copy.run({"range": {"_seq_no": {"gt": before}}})
        copy.remove_what_is_gone()
        move_alias(client, old.alias, old=old.index, new=new.index)
    except BaseException:
        _block_writes(client, old.index, False)
        _drop(client, new.index)
        raise
    return Rebuilt(new, copy.done, tuple(copy.unreadable.items()))


class _Copy:
    def __init__(
        self,
        client: Client,
        old: StoredCatalogue,
        new: StoredCatalogue,
        coders: Mapping[str, Coder],
        on_progress: Callable[[int, int], None],
    ) -> None:
        self._client, self._old, self._new, self._on_progress = client, old, new, on_progress
        self._coders = coders
        self._reader = ProductReader(new.catalogue)
        self._total = client.request("GET", f"/{old.index}/_count")["count"]
        self.unreadable: dict[str, str] = {}

    @property
    def done(self) -> int:
        self._client.refresh(self._new.index)
        return int(self._client.request("GET", f"/{self._new.index}/_count")["count"])

    def run(self, query: Mapping[str, Any]) -> None:
        done = 0
        for page in _pages(self._client, self._old.index, query, source=True):
            actions = [bulk.index(hit["_id"], body) for hit in page if (body := self._rewrite(hit)) is not None]
            failed = [r for r in bulk.send(self._client, self._new.index, actions) if r.outcome is not Outcome.DONE]
            if failed:
                raise EngineError(
                    f"rebuild: product {failed[0].id!r} cannot be written ({failed[0].reason}); nothing changed"
                )
            done += len(page)
            self._on_progress(min(done, self._total), self._total)

    def remove_what_is_gone(self) -> None:
        """Products that were deleted while the copy ran."""
        self._client.refresh(self._new.index)
        for page in _pages(self._client, self._new.index, {"match_all": {}}, source=False):
            ids = [hit["_id"] for hit in page]
            answer = self._client.request(
                "POST", f"/{self._old.index}/_mget", body={"ids": ids}, params={"_source": False}
            )
            gone = [bulk.delete(item["_id"]) for item in answer["docs"] if not item["found"]]
            bulk.send(self._client, self._new.index, gone)

    def _rewrite(self, hit: Mapping[str, Any]) -> bytes | None:
        """The product by the new catalogue, with what still holds of its enrichment."""
        before = hit["_source"]
        try:
            product = self._reader.read_merged(
                source_of(before), changed={}, known=tuple(before.get(fields.PICTURES) or ())
            )
        except RejectedProduct as error:
            self.unreadable[hit["_id"]] = str(error)
            return None
        if not isinstance(product, Product):
            return None
        made = document(self._new.catalogue, product)
        body: dict[str, Any] = orjson.loads(made.whole(datetime.now(UTC)))
        if (before.get(fields.ENRICHMENT) or {}).get("input_hash") == made.input_hash:
            body[fields.ENRICHMENT] = _with_marks_of(self._new.vectors, before[fields.ENRICHMENT])
            for vector in self._new.vectors:
                body |= _as_floats(vector, before)
            add_codes(body, self._coders)
        return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def _with_marks_of(vectors: Sequence[VectorField], block: Mapping[str, Any]) -> dict[str, Any]:
    """The enrichment block without the marks of fields that the new index does not have: their vectors stay behind."""
    names = {vector.name for vector in vectors}
    kept = [mark for mark in block.get("encoded") or () if mark.partition("@")[0] in names]
    return {**block, "encoded": kept}


def _as_floats(vector: VectorField, before: Mapping[str, Any]) -> dict[str, Any]:
    """The stored vectors of one field without codes: they are made again where the new index keeps them."""
    found = {name: before[name] for name in (vector.name, vector.views_name) if before.get(name) is not None}
    if vector.views_name in found:
        found[vector.views_name] = [
            {part: value for part, value in view.items() if part != "codes"} for view in found[vector.views_name]
        ]
    return found


def _pages(client: Client, index: str, query: Mapping[str, Any], *, source: bool) -> Iterator[list[dict[str, Any]]]:
    """All hits by id, page by page; what is written meanwhile may or may not be among them."""
    after: list[Any] | None = None
    while True:
        body: dict[str, Any] = {"size": _PAGE, "query": query, "sort": [{fields.ID: "asc"}], "_source": source}
        if after is not None:
            body["search_after"] = after
        hits = client.request("POST", f"/{index}/_search", body=body, timeout_seconds=60)["hits"]["hits"]
        if not hits:
            return
        yield hits
        after = hits[-1]["sort"]


def _last_write(client: Client, index: str) -> int:
    """A sequence number up to which every write of every shard is done; -1 when nothing was written to one of them."""
    told = client.request("GET", f"/{index}/_stats", params={"level": "shards"})
    copies = [copy for shard in told["indices"][index]["shards"].values() for copy in shard]
    return min(int(copy["seq_no"]["local_checkpoint"]) for copy in copies if copy["routing"]["primary"])


def _block_writes(client: Client, index: str, is_blocked: bool) -> None:
    client.request("PUT", f"/{index}/_settings", body={"index.blocks.write": is_blocked})


def _drop(client: Client, index: str) -> None:
    try:
        client.request("DELETE", f"/{index}")
    except NotFound:
        return
