"""Short-term intent: what a shopper looked at in the visit that is going on, fading by the minute."""

import numpy as np
from numpy.typing import NDArray

from ranking.personalization.products.rows import TEXT_DIMENSIONS, TasteRows
from ranking.personalization.shoppers.profile import Visit

VISIT_GAP_SECONDS = 1_800.0  # half an hour of silence ends a visit, as web analytics count
VISIT_HALF_LIFE_SECONDS = 600.0
MOST_PRODUCTS = 32
MOST_ACTIONS = 200


def visit_of(
    rows: TasteRows, product: NDArray[np.int64], at: NDArray[np.float64], strength: NDArray[np.float64]
) -> Visit:
    """The last visit of one shopper, as seen at its last action.

    `product`: places in `rows` of each action; `at`: seconds since 1970; `strength`: in purchases, below 0 for a dismissal;
    all of shape (actions,), in any order. Weights are Σ strength · 2^(−age / 10 min), divided by the largest.
    """
    order = np.argsort(at, kind="stable")[-MOST_ACTIONS:]
    if order.size == 0:
        return Visit()
    product, at, strength = product[order], at[order], strength[order]
    gaps = np.flatnonzero(np.diff(at) > VISIT_GAP_SECONDS)
    begin = int(gaps[-1]) + 1 if gaps.size else 0
    product, at, strength = product[begin:], at[begin:], strength[begin:]
    last_at = float(at[-1])
    faded = strength * np.exp2((at - last_at) / VISIT_HALF_LIFE_SECONDS)
    places, inverse = np.unique(product, return_inverse=True)
    weights = np.bincount(inverse, weights=faded).astype(np.float64)
    kept = np.argsort(-np.abs(weights), kind="stable")[:MOST_PRODUCTS]
    places, weights = places[kept], weights[kept]
    weights = weights / max(float(np.abs(weights).max()), 1e-12)
    keys = rows["key"][places]
    by_key = np.argsort(keys)
    return Visit(
        last_at,
        keys[by_key].astype(np.uint32),
        weights[by_key].astype(np.float32),
        mean_direction(rows["text"][places], weights),
    )


def mean_direction(vectors: NDArray[np.float16], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """The weighted mean of the vectors that are there, as a unit vector; zeros where there is none.

    `vectors`: shape (products, dimensions), rows of NaN are left out; weights below 0 push away.
    """
    there = ~np.isnan(vectors[:, 0]) if vectors.size else np.zeros(0, dtype=bool)
    if not there.any():
        return np.zeros(vectors.shape[1] if vectors.ndim == 2 else TEXT_DIMENSIONS, dtype=np.float32)
    mean = weights[there].astype(np.float32) @ vectors[there].astype(np.float32)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length > 0 else np.zeros_like(mean), dtype=np.float32)
