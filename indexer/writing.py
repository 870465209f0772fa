"""Writing products to the index, chunk by chunk, so that vectors outlive what did not change them.

A chunk is written blind at first (`create`): in a fresh index that is one request. What exists already is read (its
version and two hashes), then left alone when nothing changed, else updated on exactly the version that was read; on a
conflict it is read again. Once most of a chunk existed, the next chunks are read first. docs/adr/0006 has the reasons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from indexer.patience import Patience
from mappings import bulk, fields
from mappings.bulk import Action, Outcome, Result, Version
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.coercion import RejectedProduct, read_flag, read_id
from mappings.documents import Document, document, source_of
from mappings.errors import Conflict, NotFound
from mappings.products import Deletion, Product, ProductReader

_ROUNDS: Final = 8
_PATIENT: Final = Patience()
_HASHES: Final = f"{fields.CONTENT_HASH},{fields.INPUT_HASH}"
_FOUND: Final = "docs._id,docs._seq_no,docs._primary_term,docs._source,docs.error.type"
_EVERYTHING: Final = f"{_HASHES},{fields.SOURCE},{fields.PICTURES}"


class Effect(StrEnum):
    """What a write did to one product."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    ABSENT = "absent"  # a deletion or a partial update of a product that is not there
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Partial:
    """Some fields of a product: each named one replaces the old, null takes it away, objects are merged (RFC 7396)."""

    id: str
    raw: Mapping[str, Any]


Change: TypeAlias = Product | Partial | Deletion


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one change. `needs_enrichment`: its vectors are missing or outdated."""

    id: str
    effect: Effect
    needs_enrichment: bool = False
    reason: str = ""
    field: str = "product"


@dataclass(frozen=True, slots=True)
class _Stored:
    version: Version
    content_hash: str
    input_hash: str
    source: Mapping[str, Any] | None
    pictures: tuple[str, ...]


class ProductWriter:
    """Writes changes to one catalogue. Safe to share between threads, as long as no id is in two calls at once."""

    def __init__(
        self,
        client: Client,
        stored: StoredCatalogue,
        reader: ProductReader,
        *,
        patience: Patience = _PATIENT,
    ) -> None:
        self._client = client
        self._catalogue = stored.catalogue
        self._alias = stored.alias
        self._reader = reader
        self._patience = patience
        self._reads_first = False  # a guess; a race over it costs a request, nothing else

    def read_change(self, raw: Mapping[str, Any], *, is_partial: bool) -> Change:
        """What one line of a feed asks for. Raises RejectedProduct."""
        marker = self._catalogue.delete_marker
        if not is_partial or (marker in raw and read_flag(raw[marker], marker)):
            return self._reader.read(raw)
        return Partial(read_id(raw.get(self._catalogue.id), self._catalogue.id), raw)

    def write(self, changes: Sequence[Change], *, refresh: bool = False) -> list[Written]:
        """Write the changes, one Written for each, in their order; no id may come twice.

        Waits as long as its patience lasts while OpenSearch is busy, full or away. Raises the errors of mappings.errors
        after that; what was written stays written.
        """
        pending: dict[str, Change] = {change.id: change for change in changes}
        written: dict[str, Written] = {}
        known: dict[str, _Stored | None] = {}
        for turn in range(_ROUNDS):
            if self._reads_first or turn:
                known |= self._read([c for id, c in pending.items() if id not in known and not isinstance(c, Deletion)])
            else:
                known |= self._read([change for change in pending.values() if isinstance(change, Partial)])
            self._round(pending, known, written, refresh=refresh)
            if turn == 0:
                self._reads_first = self._mostly_existed(changes, written)
            if not pending:
                return [written[change.id] for change in changes]
            self._patience.sleep(min(0.02 * 2**turn, 2.0) if turn else 0.0)
        raise Conflict(
            f"{len(pending)} products of {self._alias} kept changing while they were written; write them again"
        )

    def _mostly_existed(self, changes: Sequence[Change], written: Mapping[str, Written]) -> bool:
        created = sum(one.effect is Effect.CREATED for one in written.values())
        return created * 2 < len(changes)

    def _round(
        self,
        pending: dict[str, Change],
        known: dict[str, _Stored | None],
        written: dict[str, Written],
        *,
        refresh: bool,
    ) -> None:
        """Try each pending change once; those that are settled move to `written`, those outdated are forgotten in `known`."""
        now = datetime.now(UTC)
        actions: list[Action] = []
        needs: dict[str, bool] = {}
        for id, change in list(pending.items()):
            planned = self._plan(change, known.get(id), now)
            if isinstance(planned, Written):
                written[id] = planned
                del pending[id]
            else:
                action, needs[id] = planned
                actions.append(action)
        for result in self._patience.send(self._client, self._alias, actions, refresh=refresh):
            settled = _settle(result, needs_enrichment=needs[result.id])
            if settled is not None:
                written[result.id] = settled
                del pending[result.id]
            elif result.outcome in (Outcome.CONFLICT, Outcome.MISSING):
                known.pop(result.id, None)

    def _plan(self, change: Change, stored: _Stored | None, now: datetime) -> Written | tuple[Action, bool]:
        if isinstance(change, Deletion):
            return bulk.delete(change.id), False
        if isinstance(change, Partial):
            if stored is None or stored.source is None:
                return Written(
                    change.id, Effect.ABSENT, reason="there is no such product to update", field=self._catalogue.id
                )
            try:
                merged = self._reader.read_merged(
                    merge(stored.source, change.raw), changed=change.raw, known=stored.pictures
                )
            except RejectedProduct as error:
                return Written(change.id, Effect.REJECTED, reason=error.reason, field=error.field)
            if isinstance(merged, Deletion):
                return bulk.delete(change.id), False
            change = merged
        made = document(self._catalogue, change)
        if stored is None:
            return bulk.create(made.id, made.whole(now)), True
        if stored.content_hash == made.content_hash:
            return Written(made.id, Effect.UNCHANGED)
        return _replace(made, stored, now)

    def _read(self, changes: Sequence[Change]) -> dict[str, _Stored | None]:
        partial = [change.id for change in changes if isinstance(change, Partial)]
        whole = [change.id for change in changes if not isinstance(change, Partial)]
        return self._fetch(whole, _HASHES) | self._fetch(partial, _EVERYTHING)

    def _fetch(self, ids: Sequence[str], wanted: str) -> dict[str, _Stored | None]:
        if not ids:
            return {}
        params = {"_source_includes": wanted, "filter_path": _FOUND}
        path = f"/{self._alias}/_mget"
        answer = self._patience.ask(
            lambda: self._client.request("POST", path, body={"ids": ids}, params=params, timeout_seconds=60)
        )
        if any("error" in item for item in answer["docs"]):
            raise NotFound(f"the index {self._alias} was deleted meanwhile; index the catalogue again")
        return {item["_id"]: _stored(item) for item in answer["docs"]}


def merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7396: fields of `new` replace those of `old`, null removes, objects are merged in turn."""
    merged = dict(old)
    for key, value in new.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _replace(made: Document, stored: _Stored, now: datetime) -> tuple[Action, bool]:
    rehash = stored.input_hash != made.input_hash
    return bulk.update(made.id, made.replacement(now, rehash=rehash), version=stored.version), rehash


def _stored(item: Mapping[str, Any]) -> _Stored | None:
    if "_seq_no" not in item:
        return None
    source = item.get("_source", {})
    return _Stored(
        version=Version(item["_seq_no"], item["_primary_term"]),
        content_hash=source.get(fields.CONTENT_HASH, ""),
        input_hash=(source.get(fields.ENRICHMENT) or {}).get("input_hash", ""),
        source=source_of(source) if fields.SOURCE in source else None,
        pictures=tuple(source.get(fields.PICTURES) or ()),
    )


def _settle(result: Result, *, needs_enrichment: bool) -> Written | None:
    """The final word on one change, or None when it must be tried again."""
    if result.outcome is Outcome.REJECTED:
        return Written(result.id, Effect.REJECTED, reason=f"OpenSearch refuses it: {result.reason}")
    if result.outcome is Outcome.MISSING and not result.reason:
        return Written(result.id, Effect.ABSENT, reason="there is no such product to delete")
    if result.outcome is not Outcome.DONE:
        return None
    effect = {"created": Effect.CREATED, "deleted": Effect.DELETED, "noop": Effect.UNCHANGED}.get(
        result.result, Effect.UPDATED
    )
    return Written(result.id, effect, needs_enrichment)
