"""Whether features still look as they did at training: the population stability index.

PSI = Σ (actual − expected) · ln(actual / expected) over the deciles of the training data, with absent values as a bin of
their own (Siddiqi, "Credit Risk Scorecards", 2006; below 0.1 nothing has moved, above 0.25 much has).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.lambdamart.manifest import FeatureSpread

BOUND: Final = 0.25
FEWEST_ROWS: Final = 200
_BINS: Final = 10
_LEAST_SHARE: Final = 1e-3  # an empty bin counts as this much, else the index is infinite


def spread_of(values: NDArray[np.float32]) -> FeatureSpread:
    """The deciles of one column and how its values fall into them. `values`: shape (rows,), NaN where absent."""
    present = values[~np.isnan(values)].astype(np.float64)
    edges = np.unique(np.quantile(present, np.linspace(0, 1, _BINS + 1)[1:-1])) if present.size else np.empty(0)
    return FeatureSpread(edges=tuple(edges.tolist()), shares=tuple(_shares(values, edges).tolist()))


def spreads_of(features: Sequence[str], values: NDArray[np.float32]) -> dict[str, FeatureSpread]:
    """The spread of each column. `values`: shape (rows, features)."""
    return {name: spread_of(values[:, i]) for i, name in enumerate(features)}


def stability_index(expected: FeatureSpread, values: NDArray[np.float32]) -> float:
    """PSI of these values against the spread; 0 when nothing has moved."""
    before = np.maximum(np.array(expected.shares), _LEAST_SHARE)
    now = np.maximum(_shares(values, np.array(expected.edges)), _LEAST_SHARE)
    return float(((now - before) * np.log(now / before)).sum())


def stability(
    expected: Mapping[str, FeatureSpread], features: Sequence[str], values: NDArray[np.float32]
) -> dict[str, float]:
    """PSI of each feature that both know."""
    return {name: stability_index(expected[name], values[:, i]) for i, name in enumerate(features) if name in expected}


def _shares(values: NDArray[np.float32], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of rows in each bin, the last one of absent values; shape (len(edges) + 2,). A value on an edge is below it."""
    absent = np.isnan(values)
    bins = np.where(absent, len(edges) + 1, np.searchsorted(edges, values.astype(np.float64), side="left"))
    return np.bincount(bins, minlength=len(edges) + 2) / max(len(values), 1)
