"""What shares of votes are worth in a catalogue, learnt from a sample of its own products and kept for a while."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mappings import fields
from mappings.client import AsyncClient
from mappings.field_values import values_of
from mappings.fields import VectorField
from mappings.filters import IndexedField
from mappings.hybrid import sample_body
from query_service.catalogues import ServedCatalogue
from query_service.encoding import QueryEncoding
from query_service.pictures.believing import AS_VOTED, Belief, Known, learn_belief
from query_service.pictures.vocabulary import Vocabulary
from query_service.pictures.voting import spoken

SAMPLE = 1000
KEPT_SECONDS = 900.0
KEPT_CATALOGUES = 64

Hits = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Kept:
    beliefs: dict[str, Belief]
    at: float


class SelfExamination:
    """Beliefs by catalogue, vector field and keyword fields, learnt anew every quarter of an hour."""

    def __init__(self, client: AsyncClient, encoding: QueryEncoding) -> None:
        self._client = client
        self._encoding = encoding
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()

    async def beliefs(
        self, served: ServedCatalogue, target: VectorField, vocabulary: Vocabulary
    ) -> Mapping[str, Belief]:
        """By name of each field of the vocabulary. Raises EngineErrors and EncoderError.

        The first answer for a catalogue takes longer: a sample of products is read, and some hundreds are named by the others.
        """
        key = (served.stored.index, target.name, *(field.name for field in vocabulary.fields))
        kept = self._kept.get(key)
        if kept is None or time.monotonic() - kept.at > KEPT_SECONDS:
            kept = _Kept(await self._examine(served, target, vocabulary), time.monotonic())
            self._kept[key] = kept
            while len(self._kept) > KEPT_CATALOGUES:
                self._kept.popitem(last=False)
        return kept.beliefs

    async def _examine(self, served: ServedCatalogue, target: VectorField, vocabulary: Vocabulary) -> dict[str, Belief]:
        asked = [field for field in vocabulary.fields if vocabulary.counts.get(field.name)]
        paths = dict.fromkeys([fields.GROUP, *(field.path for field in asked)])
        body = sample_body(target, SAMPLE) | {"docvalue_fields": list(paths)}
        hits = (await self._client.search(served.stored.alias, body))["hits"]["hits"]
        learnt: dict[str, Belief] = {}
        for field in asked:
            words = tuple(vocabulary.counts[field.name])
            names = await self._encoding.encode_vocabulary(served.stored.catalogue, tuple(map(spoken, words)))
            known = _known(hits, target, field)
            likeness = np.zeros((len(hits), len(words)), np.float32) if names is None else names.likeness(known.vectors)
            learnt[field.name] = await asyncio.to_thread(learn_belief, known, words, likeness)
        return {field.name: learnt.get(field.name, AS_VOTED) for field in vocabulary.fields}


def _known(hits: Hits, target: VectorField, field: IndexedField) -> Known:
    vectors = np.array([hit["_source"][target.name] for hit in hits], dtype=np.float32)
    stored = [hit.get("fields", {}) for hit in hits]
    groups = [str((found.get(fields.GROUP) or [hit["_id"]])[0]) for found, hit in zip(stored, hits, strict=True)]
    values = [values_of(field, found.get(field.path, ())) for found in stored]
    return Known(vectors.reshape(len(hits), target.dimension), groups, values)
