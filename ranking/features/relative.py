"""Features that place a candidate among the candidates of the same search."""

import numpy as np
from numpy.typing import NDArray

from ranking.features.feature import FeatureMatrix

MIDDLE = 0.5


def place_between_extremes(column: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 for the least value, 1 for the greatest, linear between; one half when all are equal; NaN stays NaN."""
    present = column[~np.isnan(column)]
    if present.size == 0:
        return column.copy()
    low, high = float(present.min()), float(present.max())
    if high <= low:
        return np.where(np.isnan(column), np.float32(np.nan), np.float32(MIDDLE)).astype(np.float32)
    return ((column - np.float32(low)) / np.float32(high - low)).astype(np.float32)


def relative_column(matrix: FeatureMatrix, base: str) -> NDArray[np.float32]:
    """The column `base` placed between its extremes, shape (products,); all NaN when there is no such column."""
    if base not in matrix.names:
        return np.full(matrix.values.shape[0], np.nan, dtype=np.float32)
    return place_between_extremes(matrix.values[:, matrix.names.index(base)])
