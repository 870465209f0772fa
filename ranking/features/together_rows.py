"""The part of a product's row that says what goes together with it, and the columns it makes with a visit's products."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ranking.features.feature import FeatureMatrix
from ranking.personalization.keys import Keys, places_of

KEPT: Final = 16
TOGETHER_COLUMNS: Final = ("viewed_together", "bought_together")
TogetherRows: TypeAlias = NDArray[np.void]
ROW: Final = np.dtype(
    [
        ("viewed", "<u4", (KEPT,)),
        ("viewed_strength", "<f2", (KEPT,)),
        ("bought", "<u4", (KEPT,)),
        ("bought_strength", "<f2", (KEPT,)),
    ]
)


def no_neighbours(count: int) -> TogetherRows:
    """Rows of products that go together with nothing known."""
    return np.zeros(count, dtype=ROW)


def together_columns(rows: TogetherRows, visit: Keys, weights: NDArray[np.float32]) -> FeatureMatrix:
    """TOGETHER_COLUMNS: Σ over each product's neighbours in the visit of strength × weight, shape (products, 2).

    `visit`: sorted keys of the visit's products (ranking.personalization.keys), `weights`: above 0 for what was liked, at
    most 1. Without a visit all is NaN; a product that goes together with nothing in it has 0.
    """
    values = np.full((rows.size, len(TOGETHER_COLUMNS)), np.nan, dtype=np.float32)
    if visit.size:
        for column, name in enumerate(("viewed", "bought")):
            where, places = places_of(rows[name], visit)
            strength = rows[f"{name}_strength"].reshape(-1)[where].astype(np.float64)
            values[:, column] = np.bincount(where // KEPT, weights=strength * weights[places], minlength=rows.size)
    return FeatureMatrix(TOGETHER_COLUMNS, values)
