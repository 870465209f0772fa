"""A picture in the catalogue's own words: what its nearest products are called, helped by what the words look like."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mappings.client import AsyncClient
from mappings.field_values import values_of
from mappings.fields import VectorField
from mappings.filters import IndexedField
from mappings.hybrid import Nearest, SearchPlan, closeness_of, vector_part
from plugin_config.policy import Normalizer, SubQueryKind
from query_service.catalogues import CatalogueLookup, ServedCatalogue
from query_service.encoding import QueryEncoding
from query_service.errors import UnsearchablePicture
from query_service.pictures.believing import Belief
from query_service.pictures.messages import RecognizedField, RecognizedValue, RecognizeRequest, RecognizeResponse
from query_service.pictures.self_examination import SelfExamination
from query_service.pictures.vocabulary import Vocabularies, Vocabulary
from query_service.pictures.voting import NEIGHBOURS, confidences, neighbour_weights, prior_of, spoken
from query_service.retrieval import Candidates, retrieve

Vector = NDArray[np.float32]


class Recognizing:
    """Names what pictures show. One per process."""

    def __init__(self, client: AsyncClient, catalogues: CatalogueLookup, encoding: QueryEncoding) -> None:
        self._client = client
        self._catalogues = catalogues
        self._encoding = encoding
        self._vocabularies = Vocabularies(client)
        self._examination = SelfExamination(client, encoding)

    async def recognize(self, name: str, request: RecognizeRequest) -> RecognizeResponse:
        """The most probable values of the catalogue's keyword fields.

        Raises NotFound, UnknownFieldError, PictureError for a picture that has to be mended, UnsearchablePicture where
        the catalogue has no vectors to compare it with, and EngineErrors.
        """
        begin = time.perf_counter()
        served = await self._catalogues.get(name)
        vocabulary, (target, vector) = await asyncio.gather(
            self._vocabularies.get(served, request.fields), self._seen(served, request)
        )
        beliefs = await self._examination.beliefs(served, target, vocabulary)
        nearest = await self._nearest(served, target, vector, vocabulary.fields)
        closeness = [closeness_of(target.space, float(score)) for score in nearest.fused]
        weights = neighbour_weights(np.array(closeness, dtype=np.float32))
        votes = _Votes(nearest, weights, vector, beliefs)
        found = [
            await self._field(served, vocabulary, field, votes, request.values)
            for field in vocabulary.fields
            if vocabulary.counts.get(field.name)
        ]
        return RecognizeResponse(
            fields=found, neighbours=len(weights), took_ms=round((time.perf_counter() - begin) * 1000, 2)
        )

    async def _seen(self, served: ServedCatalogue, request: RecognizeRequest) -> tuple[VectorField, Vector]:
        encoded = await self._encoding.encode_pictures(served.stored, request.images)
        seen = encoded.vectors.get(SubQueryKind.PICTURE_VECTOR)
        if seen is None:
            reason = next(iter(encoded.failed.values()), "there are no picture vectors")
            raise UnsearchablePicture(f"the picture cannot be recognized: {reason}")
        return seen

    async def _nearest(
        self, served: ServedCatalogue, target: VectorField, vector: Vector, wanted: Sequence[IndexedField]
    ) -> Candidates:
        codes = served.codes(target, vector)
        part = vector_part(
            SubQueryKind.PICTURE_VECTOR, Nearest(target, vector, k=NEIGHBOURS + 1, views=True, codes=codes), (), 1.0
        )
        plan = SearchPlan(
            parts=(part,),
            normalizer=Normalizer.model_validate("min_max"),
            depth=NEIGHBOURS + 1,
            size=NEIGHBOURS + 1,
            with_source=False,
            value_fields=tuple(dict.fromkeys(field.path for field in wanted)),
        )
        return await retrieve(self._client, served.stored.alias, plan)

    async def _field(
        self, served: ServedCatalogue, vocabulary: Vocabulary, field: IndexedField, votes: "_Votes", most: int
    ) -> RecognizedField:
        catalogue, counts = served.stored.catalogue, vocabulary.counts[field.name]
        names = await self._encoding.encode_vocabulary(catalogue, tuple(map(spoken, counts)))
        prior = prior_of(np.zeros(len(counts), dtype=np.float32) if names is None else names.likeness(votes.vector))
        shares = confidences(votes.of(field), votes.weights, tuple(counts), prior)
        belief = votes.beliefs[field.name]
        best = sorted(shares.items(), key=lambda pair: -pair[1])[:most]
        values = [
            RecognizedValue(
                value=value,
                confidence=round(confidence, 4),
                count=counts[value],
                lift=round(confidence * vocabulary.products / counts[value], 2),
            )
            for value, confidence in ((value, belief.of(share)) for value, share in best)
        ]
        return RecognizedField(field=field.name, is_category=field.name == catalogue.roles.category, values=values)


class _Votes:
    """The neighbours of one picture, their weights, the picture's own vector, and what votes are worth by field."""

    def __init__(self, nearest: Candidates, weights: Vector, vector: Vector, beliefs: Mapping[str, Belief]) -> None:
        self._nearest = nearest
        self.weights = weights
        self.vector = vector
        self.beliefs = beliefs

    def of(self, field: IndexedField) -> list[list[str]]:
        """The values that each neighbour has in a field."""
        voters = self._nearest.values[: len(self.weights)]
        return [values_of(field, found.get(field.path, ())) for found in voters]
