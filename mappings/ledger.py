"""The index as the ledger of enrichment: what each document lacks, and vectors written only onto the version read.

A document's `enrichment` block says where it stands; `encoded` holds one "FIELD@HASH" per vector field, the hash of
the input its vector was made from. Writes carry `if_seq_no`, so that nothing ever lands on a newer product.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from mappings import bulk, fields
from mappings.bulk import Action, Result, Version
from mappings.client import Client
from mappings.codes.coder import Coder
from mappings.documents import source_of
from mappings.fields import EnrichmentStatus
from plugin_config.moments import zoned

Vector = NDArray[np.float32]

_READ: Final = (fields.SOURCE, fields.PICTURES, fields.ENRICHMENT)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One document as it was read. `encoded` maps a vector field's name to the input hash its vector was made from."""

    id: str
    seq_no: int
    primary_term: int
    input_hash: str
    status: EnrichmentStatus = EnrichmentStatus.PENDING
    attempts: int = 0
    error: str | None = None
    next_try_at: datetime | None = None
    encoded: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[str, ...] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """What to write onto the version that `entry` was read at.

    `vectors`: by field name, None takes the vector away. `views`: by views field name, shape (pictures, dimension).
    `looks`: what was seen of its pictures, by field name; None takes a value away.
    """

    entry: LedgerEntry
    status: EnrichmentStatus
    attempts: int
    error: str | None
    next_try_at: datetime | None
    encoded: Mapping[str, str]
    vectors: Mapping[str, Vector | None] = field(default_factory=dict)
    views: Mapping[str, Mapping[int, Vector] | None] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)
    looks: Mapping[str, Any] = field(default_factory=dict)


class IndexLedger:
    """The ledger of one catalogue in OpenSearch. `index` is an index or an alias with one write index.

    `coders`: by field name, of the fields that are kept as bits; their codes are written with every vector.
    """

    def __init__(self, client: Client, index: str, coders: Mapping[str, Coder] | None = None) -> None:
        self._client = client
        self.index = index
        self._coders = coders or {}

    def read(self, ids: Sequence[str]) -> dict[str, LedgerEntry]:
        """The newest version of each document, refreshed or not; ids that are gone are absent. Raises EngineError."""
        if not ids:
            return {}
        answer = self._client.request(
            "POST",
            f"/{self.index}/_mget",
            body={"ids": list(ids)},
            params={"_source_includes": ",".join(_READ)},
        )
        return {doc["_id"]: entry_from(doc) for doc in answer["docs"] if doc.get("found")}

    def write(self, changes: Sequence[LedgerChange], *, now: datetime) -> list[Result]:
        """Write each change if its document is still the one that was read; one answer per change, in order.

        Raises EngineError when the request as a whole fails.
        """
        return bulk.send(self._client, self.index, [_action(change, now, self._coders) for change in changes])


def entry_from(doc: Mapping[str, Any]) -> LedgerEntry:
    """An entry from a document of _mget, or from a hit of a search with `seq_no_primary_term`."""
    source: Mapping[str, Any] = doc.get("_source") or {}
    block: Mapping[str, Any] = source.get(fields.ENRICHMENT) or {}
    return LedgerEntry(
        id=doc["_id"],
        seq_no=doc["_seq_no"],
        primary_term=doc["_primary_term"],
        input_hash=block.get("input_hash") or "",
        status=EnrichmentStatus(block.get("status") or EnrichmentStatus.PENDING),
        attempts=block.get("attempts") or 0,
        error=block.get("error"),
        next_try_at=_moment(block.get("next_try_at")),
        encoded=dict(mark.split("@", 1) for mark in block.get("encoded") or () if "@" in mark),
        source=source_of(source) if fields.SOURCE in source else {},
        pictures=tuple(_texts(source.get(fields.PICTURES))),
        parts=block.get("parts") or {},
    )


def encoded_marks(encoded: Mapping[str, str]) -> list[str]:
    """`encoded` as the index keeps it."""
    return sorted(f"{name}@{input_hash}" for name, input_hash in encoded.items())


def _action(change: LedgerChange, now: datetime, coders: Mapping[str, Coder]) -> Action:
    entry = change.entry
    document: dict[str, Any] = {
        fields.ENRICHMENT: {
            "status": change.status,
            "input_hash": entry.input_hash,
            "attempts": change.attempts,
            "error": change.error,
            "updated_at": now,
            "next_try_at": change.next_try_at,
            "encoded": encoded_marks(change.encoded),
            "parts": change.parts,
        },
        **change.vectors,
        **change.looks,
    }
    for name, views in change.views.items():
        document[name] = views and [{"ordinal": ordinal, "vector": vector} for ordinal, vector in views.items()]
    add_codes(document, coders)
    partial = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    return bulk.update(entry.id, partial, version=Version(entry.seq_no, entry.primary_term))


def add_codes(document: dict[str, Any], coders: Mapping[str, Coder]) -> None:
    """Put the codes beside the vectors of a document or of a part of one; a vector taken away takes its codes along."""
    for name, coder in coders.items():
        if name in document:
            vector = document[name]
            document[fields.codes_of(name)] = None if vector is None else _codes(coder, vector)
        for view in document.get(fields.views_of(name)) or ():
            view["codes"] = _codes(coder, view["vector"])


def _codes(coder: Coder, vector: Sequence[float] | Vector) -> NDArray[np.int8]:
    return np.asarray(coder.codes(np.asarray(vector, dtype=np.float32)[None, :])[0])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else zoned(datetime.fromisoformat(text))


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]
