"""The feature matrix of some candidates: one feature query and one read of packed rows, at the same time."""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from redis.asyncio import Redis
from redis.exceptions import RedisError

from mappings.client import AsyncClient
from mappings.errors import EngineError
from mappings.feature_query import FeatureRequest, feature_body, number_paths
from mappings.hybrid import NAMED_SCORES
from plugin_config.catalogue import Catalogue
from query_service.catalogues import ServedCatalogue
from query_service.retrieval import Candidates
from ranking.features.feature import Feature, FeatureMatrix, Source
from ranking.features.matrix import assemble
from ranking.features.packed import RowSchema, row_key
from ranking.features.query import query_features

log = logging.getLogger(__name__)
SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class CandidateFeatures:
    """The whole matrix, what could not be read, and OpenSearch's own milliseconds."""

    matrix: FeatureMatrix
    degraded: tuple[str, ...]
    engine_ms: float


class FeatureReader:
    """Reads features for the read path. `redis` None: rows are not read and their features are absent."""

    def __init__(self, client: AsyncClient, redis: Redis | None, *, prefix: str) -> None:
        self._client = client
        self._redis = redis
        self._prefix = prefix

    async def read(
        self,
        served: ServedCatalogue,
        candidates: Candidates,
        request: FeatureRequest,
        *,
        pictures: int,
        now: datetime,
    ) -> CandidateFeatures:
        """The matrix of the candidates, in their order. What fails is named in `degraded` and absent, never raised."""
        engine, rows = await asyncio.gather(self._engine(served, request, now), self._rows(served, candidates.ids))
        parts = [candidates.features()]
        degraded = []
        engine_ms = 0.0
        if engine is None:
            degraded.append("features")
        else:
            matrix, engine_ms = engine
            parts.append(matrix)
        if rows is None:
            degraded.append("behaviour")
        else:
            parts.append(rows)
        matrix = assemble(served.features, parts, query=query_features(request.words, pictures=pictures))
        return CandidateFeatures(matrix, tuple(degraded), engine_ms)

    async def _engine(
        self, served: ServedCatalogue, request: FeatureRequest, now: datetime
    ) -> tuple[FeatureMatrix, float] | None:
        wanted = [feature for feature in served.features if feature.source is Source.ENGINE]
        body = feature_body(served.stored.catalogue, wanted, request)
        try:
            answer = await self._client.search(served.stored.alias, body, **{NAMED_SCORES: True})
        except EngineError as error:
            log.warning("features of %s cannot be read: %s", served.stored.catalogue.name, error)
            return None
        matrix = engine_matrix(served.stored.catalogue, wanted, request.ids, answer, now=now)
        return matrix, float(answer["took"])

    async def _rows(self, served: ServedCatalogue, ids: Sequence[str]) -> FeatureMatrix | None:
        names = tuple(feature.name for feature in served.features if feature.source is Source.BEHAVIOUR)
        schema = RowSchema(names)
        if not names or not ids:
            return schema.decode([None] * len(ids))
        if self._redis is None:
            return None
        name = served.stored.catalogue.name
        try:
            rows: list[Any] = await self._redis.mget([row_key(self._prefix, name, id) for id in ids])
        except (RedisError, OSError) as error:
            log.warning("feature rows of %s cannot be read: %s", name, error)
            return None
        return schema.decode(rows)


def engine_matrix(
    catalogue: Catalogue,
    features: Sequence[Feature],
    ids: Sequence[str],
    answer: Mapping[str, Any],
    *,
    now: datetime,
) -> FeatureMatrix:
    """The answer to the feature query as a matrix, rows in the order of `ids`, NaN where a clause did not match."""
    place = {id: row for row, id in enumerate(ids)}
    column = {feature.name: i for i, feature in enumerate(features)}
    values = np.full((len(ids), len(features)), np.nan, dtype=np.float32)
    sources = {feature.name: found for feature in features if (found := number_paths(catalogue, feature))}
    raw: dict[str, list[Any]] = {path: [None] * len(ids) for found in sources.values() for path in found}
    for hit in answer["hits"]["hits"]:
        row = place[hit["_id"]]
        for name, score in (hit.get("matched_queries") or {}).items():
            values[row, column[name]] = score
        for path, found in hit.get("fields", {}).items():
            raw[path][row] = found[0]
    numbers = {path: _column(cells, now) for path, cells in raw.items()}
    for name, paths in sources.items():
        values[:, column[name]] = _number(name, [numbers[path] for path in paths])
    return FeatureMatrix(tuple(column), values)


def _column(cells: list[Any], now: datetime) -> NDArray[np.float64]:
    """Doc values as numbers, NaN where absent; a date becomes its age in days."""
    return np.array(
        [math.nan if cell is None else _age_days(cell, now) if isinstance(cell, str) else cell for cell in cells],
        dtype=np.float64,
    )


def _number(name: str, columns: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """One number feature from its document fields; NaN when one of them is absent."""
    first = columns[0]
    if name == "has_picture":
        return np.asarray(np.nan_to_num(first) > 0, dtype=np.float64)
    if name == "in_stock":
        return np.where(np.isnan(first), np.nan, first > 0)
    if name == "discount":
        listed = np.where(columns[1] > 0, columns[1], np.nan)
        return np.maximum(0.0, 1.0 - first / listed)
    return first


def _age_days(text: str, now: datetime) -> float:
    try:
        released = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    if released.tzinfo is None:
        released = released.replace(tzinfo=now.tzinfo)
    return (now - released).total_seconds() / SECONDS_A_DAY
