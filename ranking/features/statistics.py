"""What a product is among all products of its catalogue: percentiles, shares and a rating weighed by its count."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ranking.features.feature import FeatureMatrix

Column = NDArray[np.float64]
MINIMUM_PRIOR = 1.0


@dataclass(frozen=True, slots=True)
class ProductColumns:
    """One entry per product in every column, NaN or None where the product lacks the value; all columns equally long.

    `variant_of`: what the variants of one product share; empty where the catalogue has no groups of variants. `vectors`:
    float32, shape (products, dimensions), of length 1, or NaN for products without one; no columns where nothing is known.
    """

    ids: tuple[str, ...]
    price: Column
    popularity: Column
    rating: Column
    rating_count: Column
    brand: Sequence[str | None]
    category: Sequence[str | None]
    variant_of: Sequence[str | None] = ()
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))


def product_statistics(columns: ProductColumns, names: Sequence[str]) -> FeatureMatrix:
    """The statistics called `names` (the declared features with source `behaviour`), shape (products, names).

    A name that is not a statistic of the catalogue is a column of NaN.
    """
    known = {
        "price_percentile": lambda: percentiles_within(columns.price, columns.category),
        "popularity_percentile": lambda: percentiles_within(columns.popularity, [None] * len(columns.ids)),
        "brand_share": lambda: shares(columns.brand),
        "category_share": lambda: shares(columns.category),
        "rating_shrunk": lambda: shrunk_ratings(columns.rating, columns.rating_count),
    }
    values = np.full((len(columns.ids), len(names)), np.nan, dtype=np.float32)
    for place, name in enumerate(names):
        if name in known:
            values[:, place] = known[name]()
    return FeatureMatrix(tuple(names), values)


def percentiles_within(values: Column, groups: Sequence[str | None]) -> Column:
    """Share of the group's values below each value, equal ones counted half: in (0, 1), NaN where the value is absent.

    Products without a group form one of their own.
    """
    found = np.full(values.shape, np.nan)
    keys = np.array(["" if group is None else f"={group}" for group in groups], dtype=object)
    order = np.argsort(keys, kind="stable")
    _, starts = np.unique(keys[order], return_index=True)
    for members in np.split(order, starts[1:]):
        present = members[~np.isnan(values[members])]
        ranked = np.sort(values[present])
        below = np.searchsorted(ranked, values[present], side="left")
        up_to = np.searchsorted(ranked, values[present], side="right")
        found[present] = (below + up_to) / (2 * max(present.size, 1))
    return found


def shares(values: Sequence[str | None]) -> Column:
    """Share of all products that have the same value; NaN where it is absent."""
    keys = np.array(["" if value is None else f"={value}" for value in values], dtype=object)
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    found: Column = counts[inverse] / max(len(values), 1)
    found[keys == ""] = np.nan
    return found


def shrunk_ratings(ratings: Column, counts: Column) -> Column:
    """(count × rating + prior × mean) / (count + prior): few ratings say little.

    The prior is the median count of rated products, at least 1; a rating without a count weighs as one. A product
    without ratings has the mean; without any rating in the catalogue all are NaN.
    """
    rated = ~np.isnan(ratings)
    if not rated.any():
        return np.full(ratings.shape, np.nan)
    weights = np.where(rated, np.where(np.isnan(counts), 1.0, np.maximum(counts, 0.0)), 0.0)
    filled = np.where(rated, ratings, 0.0)
    total = weights.sum()
    mean = float((weights * filled).sum() / total) if total > 0 else float(ratings[rated].mean())
    prior = max(MINIMUM_PRIOR, float(np.median(weights[rated])))
    return np.asarray((weights * filled + prior * mean) / (weights + prior), dtype=np.float64)
