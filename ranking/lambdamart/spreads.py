"""How the features of a training set lie: kept with the model, so that it can be told what it has seen."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.lambdamart.manifest import FeatureSpread

_BINS: Final = 10


def spread_of(values: NDArray[np.float32]) -> FeatureSpread:
    """The deciles of one column and how its values fall into them. `values`: shape (rows,), NaN where absent."""
    present = values[~np.isnan(values)].astype(np.float64)
    edges = np.unique(np.quantile(present, np.linspace(0, 1, _BINS + 1)[1:-1])) if present.size else np.empty(0)
    return FeatureSpread(edges=tuple(edges.tolist()), shares=tuple(_shares(values, edges).tolist()))


def spreads_of(features: Sequence[str], values: NDArray[np.float32]) -> dict[str, FeatureSpread]:
    """The spread of each column. `values`: shape (rows, features)."""
    return {name: spread_of(values[:, i]) for i, name in enumerate(features)}


def _shares(values: NDArray[np.float32], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of rows in each bin, the last one of absent values; shape (len(edges) + 2,). A value on an edge is below it."""
    absent = np.isnan(values)
    bins = np.where(absent, len(edges) + 1, np.searchsorted(edges, values.astype(np.float64), side="left"))
    return np.bincount(bins, minlength=len(edges) + 2) / max(len(values), 1)
