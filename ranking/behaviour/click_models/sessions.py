"""Searches with what was shown and what was clicked, as dense arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sessions:
    """`pairs`: int64, shape (searches, positions): the number of the query × product pair shown there, −1 for an empty place.
    `clicks`: bool, same shape. `pair_count`: how many pairs there are. Column 0 is position 1.
    """

    pairs: NDArray[np.int64]
    clicks: NDArray[np.bool_]
    pair_count: int

    @property
    def shown(self) -> NDArray[np.bool_]:
        return self.pairs >= 0

    @property
    def positions(self) -> int:
        return int(self.pairs.shape[1])

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Sessions":
        return Sessions(self.pairs[rows], self.clicks[rows], self.pair_count)

    def distinct(self) -> tuple["Sessions", Floats]:
        """Each different search once, and how often it was there, shape (searches, 1)."""
        rows = np.ascontiguousarray(np.where(self.clicks, -2 - self.pairs, self.pairs))
        keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * max(rows.shape[1], 1)))).ravel()
        _, first, counts = np.unique(keys, return_index=True, return_counts=True)
        return self.take(first.astype(np.int64)), counts.astype(np.float64)[:, None]

    def per_pair(self, values: Floats) -> Floats:
        """Sums of `values` (shape of `pairs`) over every place where a pair was shown; shape (pair_count,)."""
        shown = self.shown
        sums = np.bincount(self.pairs[shown], weights=values[shown], minlength=self.pair_count)
        return sums.astype(np.float64)

    def at(self, per_pair: Floats) -> Floats:
        """The value of the pair shown at each place; 0 where none is."""
        return np.where(self.shown, per_pair[np.maximum(self.pairs, 0)], 0.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a click model learned. `attraction`: shape (pairs,), the share of shoppers who would click the product if they
    looked at it, up to a factor common to all pairs. `examination`: shape (positions,), how much a place is looked at,
    relative to the first; NaN where a model has no such thing. `evidence`: shape (pairs,), times shown.
    """

    model: str
    attraction: Floats
    examination: Floats
    evidence: Floats
