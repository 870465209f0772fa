"""The feature matrix of some candidates: what the search itself brought, and one read of packed rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mappings.feature_query import FeatureQuery
from plugin_config.moments import zoned
from query_service.catalogues import ServedCatalogue
from query_service.packed_rows import PackedRows
from query_service.personal import NOBODY, Asker, PersonalColumns, Personalized, personal_rows
from query_service.retrieval import Candidates
from ranking.behaviour.aggregates.query_text import normalized_query
from ranking.features.feature import FeatureMatrix
from ranking.features.packed import row_key
from ranking.features.query import query_features
from ranking.features.rows import ProductRows, decode_query_row, query_key
from ranking.features.together_rows import together_columns
from ranking.personalization.shoppers.intent import VISIT_GAP_SECONDS

SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Occasion:
    """What features are about besides the candidates: the words if any, how many pictures, when, and who asks."""

    words: str | None
    pictures: int
    now: datetime
    asker: Asker = NOBODY


@dataclass(frozen=True, slots=True)
class CandidateFeatures:
    """The whole matrix, what could not be read, and what it owes to the shopper."""

    matrix: FeatureMatrix
    degraded: tuple[str, ...]
    personalized: Personalized | None = None


class FeatureReader:
    """Makes the matrix that a model sees, the same one for training and for serving."""

    def __init__(self, rows: PackedRows, *, prefix: str) -> None:
        self._rows = rows
        self._prefix = prefix

    def close(self) -> None:
        """Hang up the lines to Redis."""
        self._rows.close()

    async def read(self, served: ServedCatalogue, candidates: Candidates, occasion: Occasion) -> CandidateFeatures:
        """The matrix of the candidates, in their order. What fails is named in `degraded` and absent, never raised."""
        plan = served.plan
        parts: list[FeatureMatrix] = []
        keys = self._keys(served, candidates.ids, occasion)
        personal = personal_rows(
            self._prefix, served.stored.catalogue.name, candidates.ids, occasion.asker, names=plan.personal
        )

        def at_hand() -> None:
            parts.append(candidates.features())
            if candidates.is_examined:
                parts.append(engine_matrix(plan.engine, candidates, now=occasion.now))

        rows = await self._rows.read([*keys, *personal.keys], meanwhile=at_hand)
        degraded, personalized = [] if candidates.is_examined else ["features"], None
        if rows is None or not any(rows[: len(candidates.ids)]):
            degraded.append("behaviour")
        if rows is not None:
            mine = personal.columns(rows[len(keys) :], now=occasion.now)
            known = plan.products.decode(rows[: len(candidates.ids)])
            parts += behaviour_columns(known, candidates.ids, rows[len(candidates.ids) : len(keys)])
            parts += personal_columns(known, mine, now=occasion.now)
            personalized = mine.rests_on
        matrix = plan.layout.assemble(parts, query=query_features(occasion.words, pictures=occasion.pictures))
        return CandidateFeatures(matrix, tuple(degraded), personalized)

    def _keys(self, served: ServedCatalogue, ids: Sequence[str], occasion: Occasion) -> list[str]:
        """All that one read brings: the row of each product, then the row of the words."""
        name = served.stored.catalogue.name
        normalized = normalized_query(occasion.words or "")
        begin = row_key(self._prefix, name, "")
        keys = [begin + id for id in ids]
        return [*keys, query_key(self._prefix, name, normalized)] if normalized else keys


def behaviour_columns(known: ProductRows, ids: Sequence[str], words: Sequence[bytes | None]) -> list[FeatureMatrix]:
    """What shoppers did with these products, and what they did for these words; `words`: the query's row, if it has any."""
    query = decode_query_row(words[0]) if words else None
    return [known.matrix] if query is None else [known.matrix, query.columns(ids, known.matrix)]


def personal_columns(known: ProductRows, mine: PersonalColumns, *, now: datetime) -> list[FeatureMatrix]:
    """What the shopper's profile says of these products, and how they go with what this visit looked at."""
    parts = [mine.matrix] if mine.matrix.names else []
    visit = mine.visit
    if visit is not None and now.timestamp() - visit.last_at <= VISIT_GAP_SECONDS:
        parts.append(together_columns(known.together, visit.keys, visit.weights))
    return parts


def engine_matrix(query: FeatureQuery, candidates: Candidates, *, now: datetime) -> FeatureMatrix:
    """What came with the candidates for the feature query as a matrix, NaN where a clause did not match."""
    numbers = {path: _column(candidates, path, now) for path in query.paths}
    codes = query.codes
    values = np.empty((len(candidates.ids), len(query.names)), dtype=np.float32)
    values[:, : len(codes)] = candidates.scores_of(codes)
    for place, (name, paths) in enumerate(query.numbers.items(), start=len(codes)):
        values[:, place] = _number(name, [numbers[path] for path in paths])
    return FeatureMatrix(query.names, values)


def _column(candidates: Candidates, path: str, now: datetime) -> NDArray[np.float64]:
    """A document field as numbers, its first value each, NaN where absent; a date becomes its age in days."""
    cells: list[Any] = [values[path][0] if path in values else math.nan for values in candidates.values]
    if any(isinstance(cell, str) for cell in cells):
        seconds = [_seconds(cell) if isinstance(cell, str) else cell for cell in cells]
        return (now.timestamp() - np.array(seconds, dtype=np.float64)) / SECONDS_A_DAY
    return np.array(cells, dtype=np.float64)


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


@lru_cache(maxsize=50_000)  # products share their dates
def _seconds(text: str) -> float:
    """A date as seconds since 1970, in UTC where it names no zone; NaN for what is none."""
    try:
        return zoned(datetime.fromisoformat(text)).timestamp()
    except ValueError:
        return math.nan
