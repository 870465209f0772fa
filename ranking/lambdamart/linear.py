"""A linear part beside the trees: score = trees(x) + Σ weight · x, where an absent value adds nothing.

Trees make less than they could of a column that few rows have; its weight beside them is learned from choices (ADR 21).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinearPart:
    """`columns`: places among the features, int64, shape (terms,); `weights`: float64, same shape."""

    columns: NDArray[np.int64]
    weights: Floats

    @classmethod
    def of(cls, weights: Mapping[str, float], features: Sequence[str]) -> "LinearPart":
        """From feature name → weight. Raises ValueError for a feature that is not among `features`."""
        place = {name: number for number, name in enumerate(features)}
        unknown = [name for name in weights if name not in place]
        if unknown:
            raise ValueError(f"its linear part weighs {unknown[0][:80]!r}, which is none of its features")
        return cls(np.array([place[name] for name in weights], dtype=np.int64), np.array(list(weights.values())))

    def terms(self, values: NDArray[np.float32]) -> Floats:
        """What each term adds to each row, shape (rows, terms). `values`: shape (rows, features)."""
        return np.nan_to_num(values[:, self.columns].astype(np.float64), nan=0.0) * self.weights

    def score(self, values: NDArray[np.float32]) -> Floats:
        """The sum of the terms, shape (rows,)."""
        return np.asarray(self.terms(values).sum(axis=1), dtype=np.float64)
