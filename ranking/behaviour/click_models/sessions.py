"""Searches with what was shown and what was clicked, as dense arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sessions:
    """`pairs`: int64, shape (searches, positions): the number of the query × product pair shown there, −1 for an empty place.
    `clicks`: bool, same shape. `pair_count`: how many pairs there are. Column 0 is position 1. `times`: shape (searches,), for
    how many equal searches a row stands; None: one each.
    """

    pairs: NDArray[np.int64]
    clicks: NDArray[np.bool_]
    pair_count: int
    times: Floats | None = None

    @property
    def shown(self) -> NDArray[np.bool_]:
        return self.pairs >= 0

    @property
    def positions(self) -> int:
        return int(self.pairs.shape[1])

    @property
    def often(self) -> Floats:
        """For how many searches each row stands, shape (searches, 1)."""
        return np.ones((len(self.pairs), 1)) if self.times is None else self.times[:, None]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Sessions":
        times = None if self.times is None else self.times[rows]
        return Sessions(self.pairs[rows], self.clicks[rows], self.pair_count, times)

    def distinct(self) -> "Sessions":
        """Each different search once, with how often it was there."""
        rows = np.ascontiguousarray(np.where(self.clicks, -2 - self.pairs, self.pairs))
        keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * max(rows.shape[1], 1)))).ravel()
        _, first, place = np.unique(keys, return_index=True, return_inverse=True)
        counts = np.bincount(place.ravel(), weights=self.often.ravel(), minlength=len(first)).astype(np.float64)
        return Sessions(self.pairs[first], self.clicks[first], self.pair_count, counts)

    def parted(self, share: float, *, seed: int) -> tuple["Sessions", "Sessions"]:
        """The searches in two parts by chance, each in the second with probability `share`."""
        often = self.often.ravel()
        second = np.random.default_rng(seed).binomial(often.astype(np.int64), share).astype(np.float64)
        return self._times(often - second), self._times(second)

    def _times(self, times: Floats) -> "Sessions":
        there = times > 0
        return Sessions(self.pairs[there], self.clicks[there], self.pair_count, times[there])

    def per_pair(self, values: Floats) -> Floats:
        """Sums of `values` (shape of `pairs`) over every search and place where a pair was shown; shape (pair_count,)."""
        shown = self.shown
        sums = np.bincount(self.pairs[shown], weights=(values * self.often)[shown], minlength=self.pair_count)
        return sums.astype(np.float64)

    def per_place(self, values: Floats) -> Floats:
        """Sums of `values` (shape of `pairs`) over the searches; shape (positions,)."""
        return np.asarray((np.where(self.shown, values, 0.0) * self.often).sum(0), dtype=np.float64)

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
