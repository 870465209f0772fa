"""Puts the columns from all sources together into the matrix that training and serving share."""

from collections.abc import Mapping, Sequence

import numpy as np

from ranking.features.declared import RELATIVE_MARK
from ranking.features.feature import Feature, FeatureMatrix, Source
from ranking.features.relative import relative_column


def assemble(
    features: Sequence[Feature], parts: Sequence[FeatureMatrix], *, query: Mapping[str, float]
) -> FeatureMatrix:
    """One search's candidates as rows, `features` as columns, float32, NaN where no part knows a value.

    `parts`: matrices over the same candidates in the same order (engine, retrieval, packed rows); of two with the same
    column the later wins. `query`: values that hold for every candidate. Relative columns are computed here.
    """
    rows = parts[0].values.shape[0] if parts else 0
    names = tuple(feature.name for feature in features)
    values = np.full((rows, len(names)), np.nan, dtype=np.float32)
    place = {name: i for i, name in enumerate(names)}
    for part in parts:
        for j, name in enumerate(part.names):
            if name in place:
                values[:, place[name]] = part.values[:, j]
    for name, value in query.items():
        if name in place:
            values[:, place[name]] = value
    direct = FeatureMatrix(names, values)
    for feature in features:
        if feature.source is Source.CANDIDATES:
            base = feature.name.removesuffix(RELATIVE_MARK)
            values[:, place[feature.name]] = relative_column(direct, base)
    return direct
