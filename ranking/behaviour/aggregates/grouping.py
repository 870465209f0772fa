"""Events that belong together, by the numbers of several columns at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.aggregates.columns import Floats, Longs

_ODD = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio, as in SplitMix64 (Steele et al., OOPSLA 2014)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def combined(*columns: NDArray[np.generic]) -> NDArray[np.uint64]:
    """One number per row from whole numbers in several columns; rows that differ get different ones, but for chance in 2⁶⁴."""
    found = np.zeros(columns[0].shape, dtype=np.uint64)
    for column in columns:
        found = (found ^ column.astype(np.int64).view(np.uint64)) + _ODD
        found = (found ^ (found >> np.uint64(30))) * _FIRST
        found = (found ^ (found >> np.uint64(27))) * _SECOND
        found ^= found >> np.uint64(31)
    return found


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by key. `of`: shape (rows,), the number of each row's group. `count`: number of groups."""

    of: Longs
    count: int

    def sums(self, weights: Floats | None = None) -> Floats:
        """Sum of the weights (or number) of each group's rows, shape (count,)."""
        return np.bincount(self.of, weights=weights, minlength=self.count).astype(np.float64)

    def least(self, values: Floats) -> Floats:
        found = np.full(self.count, np.inf)
        np.minimum.at(found, self.of, values)
        return found

    def most(self, values: Floats) -> Floats:
        found = np.full(self.count, -np.inf)
        np.maximum.at(found, self.of, values)
        return found


def grouped(*columns: NDArray[np.generic]) -> Groups:
    """Group the rows that agree in all columns."""
    found, of = np.unique(combined(*columns), return_inverse=True)
    return Groups(of.astype(np.int64), int(found.size))
