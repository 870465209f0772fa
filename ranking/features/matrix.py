"""Puts the columns from all sources together into the matrix that training and serving share."""

from collections.abc import Mapping, Sequence

import numpy as np

from ranking.features.declared import RELATIVE_MARK
from ranking.features.feature import Feature, FeatureMatrix, Source, shared_columns
from ranking.features.relative import relative_column


def assemble(
    features: Sequence[Feature], parts: Sequence[FeatureMatrix], *, query: Mapping[str, float]
) -> FeatureMatrix:
    """One search's candidates as rows, `features` as columns, float32, NaN where no part knows a value.

    `parts`: matrices over the same candidates in the same order (engine, retrieval, packed rows); of two with the same
    column the later wins. `query`: values that hold for every candidate. Relative columns are computed here.
    """
    rows = parts[0].values.shape[0] if parts else 0
    names = tuple([feature.name for feature in features])
    values = np.full((rows, len(names)), np.nan, dtype=np.float32)
    for part in parts:
        to, from_ = shared_columns(names, part.names)
        if to.size:
            values[:, to] = part.values[:, from_]
    to, from_ = shared_columns(names, tuple(query))
    values[:, to] = np.array(list(query.values()), dtype=np.float32)[from_]
    direct = FeatureMatrix(names, values)
    for place, feature in enumerate(features):
        if feature.source is Source.CANDIDATES:
            values[:, place] = relative_column(direct, feature.name.removesuffix(RELATIVE_MARK))
    return direct
