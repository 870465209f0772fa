"""Puts the columns from all sources together into the matrix that training and serving share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.features.declared import BEST_MARK, RELATIVE_MARK
from ranking.features.feature import Feature, FeatureMatrix, Source, shared_columns
from ranking.features.relative import place_between_extremes, share_of_best


@dataclass(frozen=True, slots=True)
class MatrixLayout:
    """Where the declared features stand in the matrix, worked out once for a catalogue.

    `names`: the columns, `declared` the same without order. `bases`: places of the columns that others are relative to,
    `relative`: the places of those others. `best_bases`, `of_best`: the same for columns that are shares of the best value.
    """

    names: tuple[str, ...]
    declared: frozenset[str]
    bases: NDArray[np.intp]
    relative: NDArray[np.intp]
    best_bases: NDArray[np.intp]
    of_best: NDArray[np.intp]

    @classmethod
    def of(cls, features: Sequence[Feature]) -> "MatrixLayout":
        """The layout of these features, in their order."""
        names = tuple([feature.name for feature in features])
        return cls(names, frozenset(names), *_pairs(features, RELATIVE_MARK), *_pairs(features, BEST_MARK))

    def assemble(self, parts: Sequence[FeatureMatrix], *, query: Mapping[str, float]) -> FeatureMatrix:
        """One search's candidates as rows, the features as columns, float32, NaN where no part knows a value.

        `parts`: matrices over the same candidates in the same order (engine, retrieval, packed rows); of two with the same
        column the later wins. `query`: values that hold for every candidate. Relative columns are computed here.
        """
        rows = parts[0].values.shape[0] if parts else 0
        values = np.full((rows, len(self.names)), np.nan, dtype=np.float32)
        for part in parts:
            to, from_ = shared_columns(self.names, part.names)
            if to.size:
                values[:, to] = part.values[:, from_]
        to, from_ = shared_columns(self.names, tuple(query))
        values[:, to] = np.array(list(query.values()), dtype=np.float32)[from_]
        if self.relative.size:
            values[:, self.relative] = place_between_extremes(values[:, self.bases])
        if self.of_best.size:
            values[:, self.of_best] = share_of_best(values[:, self.best_bases])
        return FeatureMatrix(self.names, values)


def _pairs(features: Sequence[Feature], mark: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places of the columns that others with this mark are made of, and the places of those others."""
    place = {feature.name: number for number, feature in enumerate(features)}
    pairs = [
        (place[base], place[feature.name])
        for feature in features
        if feature.source is Source.CANDIDATES
        and feature.name.endswith(mark)
        and (base := feature.name.removesuffix(mark)) in place
    ]
    places = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return places[:, 0].copy(), places[:, 1].copy()


def assemble(
    features: Sequence[Feature], parts: Sequence[FeatureMatrix], *, query: Mapping[str, float]
) -> FeatureMatrix:
    """The matrix of these features. See MatrixLayout.assemble, which whoever has many searches keeps the layout for."""
    return MatrixLayout.of(features).assemble(parts, query=query)
