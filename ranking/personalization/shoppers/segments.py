"""Segments: shoppers of like taste, by spherical k-means on their factors, to lean on while one's own evidence is small."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ranking.personalization.products.rows import SEGMENTS

FEWEST_SHOPPERS = 40  # a segment of fewer says more of its members than of their kind
LEAST_PRODUCTS = 3
_ROUNDS = 25
_PRIOR = 3.0
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Segments:
    """`centres`: unit vectors, float32 of shape (segments, factors); no rows where there are too few shoppers."""

    centres: Floats

    def nearest(self, factors: Floats) -> NDArray[np.int64]:
        """The segment of each row of factors, -1 for rows of zeros and where there are no segments."""
        if self.centres.shape[0] == 0:
            return np.full(factors.shape[0], -1, dtype=np.int64)
        nearest = (factors @ self.centres.T).argmax(axis=1).astype(np.int64)
        return np.where(np.any(factors != 0, axis=1), nearest, -1)


def find_segments(factors: Floats, products: NDArray[np.int64], *, seed: int = 0) -> Segments:
    """At most SEGMENTS of them, from shoppers who like LEAST_PRODUCTS products or more; the same each time.

    `factors`: shape (shoppers, factors); `products`: how many each likes. Dhillon & Modha 2001, spherical k-means.
    """
    able = (products >= LEAST_PRODUCTS) & np.any(factors != 0, axis=1)
    count = min(SEGMENTS, int(able.sum()) // FEWEST_SHOPPERS)
    if count < 2:
        return Segments(np.empty((0, factors.shape[1]), dtype=np.float32))
    points = factors[able] / np.linalg.norm(factors[able], axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    centres = points[rng.choice(len(points), size=count, replace=False)]
    for _ in range(_ROUNDS):
        nearest = (points @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, points)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-12), centres)
    return Segments(centres.astype(np.float32))


def product_lifts(taste: sp.csr_matrix, segment_of: NDArray[np.int64], segments: int) -> Floats:
    """How much more each segment likes each product than everyone: log((c + 3) / (e + 3)), see affinity.

    `taste`: shape (shoppers, products), not negative. Returns float32, shape (products, SEGMENTS), 0 beyond `segments`.
    """
    found = np.zeros((taste.shape[1], SEGMENTS), dtype=np.float32)
    everyone = np.asarray(taste.sum(axis=0), dtype=np.float64).ravel()
    share = everyone / max(float(everyone.sum()), 1e-12)
    for segment in range(segments):
        seen = np.asarray(taste[np.flatnonzero(segment_of == segment)].sum(axis=0), dtype=np.float64).ravel()
        found[:, segment] = np.log((seen + _PRIOR) / (seen.sum() * share + _PRIOR))
    return found
