"""What suits a shopper among some products: the order of a list, drawn towards what the profile says of each."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.features.feature import FeatureMatrix

# What speaks for a product by itself; distances and what was bought before say nothing of something new.
SUITING: Final = (
    *("liked_together_share", "taste", "segment_liking", "liked_text", "liked_picture"),
    *("affinity_brand", "affinity_category", "affinity_price_band", "affinity_colour", "affinity_attributes"),
)
EVIDENCE: Final = "shopper_evidence"  # ln(1 + products the shopper had to do with)
_MOST_SHARE: Final = 0.5
_DOUBT: Final = 3.0  # products at which a profile is believed by half

Floats = NDArray[np.float64]


def suited(scores: Floats, matrix: FeatureMatrix) -> Floats:
    """The scores, from 0 to 1, with up to half of them from the profile: the mean of its columns, each between its least and
    greatest. The less is known of the shopper, the less it counts; without a profile the scores only are stretched.

    `scores`: shape (products,); `matrix`: over the first of these products.
    """
    found = _between(scores)
    rows = matrix.values.shape[0]
    columns = [_between(matrix.values[:, matrix.names.index(n)]) for n in SUITING if n in matrix.names]
    telling = [column for column in columns if np.nan_to_num(column).max(initial=0.0) > 0]
    share = _MOST_SHARE * _trust(matrix)
    if not telling or share == 0:
        return found
    said = np.zeros(scores.shape)
    known = ~np.isnan(np.stack(telling))
    said[:rows] = np.nansum(np.stack(telling), axis=0) / np.maximum(known.sum(axis=0), 1)
    return (1.0 - share) * found + share * said


def _trust(matrix: FeatureMatrix) -> float:
    if EVIDENCE not in matrix.names or not matrix.values.shape[0]:
        return 0.0
    known = float(np.nan_to_num(matrix.values[:, matrix.names.index(EVIDENCE)]).max(initial=0.0))
    products = float(np.expm1(known))
    return products / (products + _DOUBT)


def _between(values: NDArray[np.float64] | NDArray[np.float32]) -> Floats:
    """Least to 0, greatest to 1; absent stays NaN, and 0 for all that are equal."""
    column = values.astype(np.float64)
    present = column[~np.isnan(column)]
    if not present.size or np.ptp(present) == 0:
        return np.where(np.isnan(column), np.nan, 0.0)
    return np.asarray((column - present.min()) / np.ptp(present), dtype=np.float64)
