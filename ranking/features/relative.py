"""Features that place a candidate among the candidates of the same search."""

import numpy as np
from numpy.typing import NDArray

MIDDLE = 0.5


def place_between_extremes(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 for the least value, 1 for the greatest, linear between; one half when all are equal; NaN stays NaN.

    `columns`: shape (products,) or (products, columns), each column by itself. The shape is kept.
    """
    if columns.shape[0] == 0:
        return columns.copy()
    low = np.fmin.reduce(columns, axis=0)
    span = np.fmax.reduce(columns, axis=0) - low
    is_spread = span > 0
    placed = (columns - low) / np.where(is_spread, span, np.float32(1))
    # Where nothing is spread the difference is 0, or NaN where nothing was known.
    return np.asarray(np.where(is_spread, placed, placed + np.float32(MIDDLE)), dtype=np.float32)


def share_of_best(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each value over the greatest, 0 where it is absent and others are not; NaN where all are absent, or none is above 0.

    `columns`: shape (products,) or (products, columns) of values that are not negative, each column by itself. The shape is
    kept.
    """
    if columns.shape[0] == 0:
        return columns.copy()
    best = np.fmax.reduce(columns, axis=0)
    return np.asarray(np.nan_to_num(columns, nan=0.0) / np.where(best > 0, best, np.float32(np.nan)), dtype=np.float32)
