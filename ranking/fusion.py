"""Score fusion on arrays, as OpenSearch's normalization processor does it: to tune weights and to explain a fused score.

A candidate that a part did not find (NaN) adds nothing for that part.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from plugin_config.policy import Normalizer, SubQueryKind

Scores = NDArray[np.float64]
_LEAST = 0.001  # OpenSearch gives the weakest hit of a part this much, so that having matched still counts


def normalize(scores: Scores, normalizer: Normalizer) -> Scores:
    """One part's scores made comparable, same shape, NaN stays NaN.

    `min_max` and `z_score` never give 0 or less to a match; `rrf` gives 1 / (k + rank), equal scores ranked as they come.
    """
    present = ~np.isnan(scores)
    if not present.any():
        return scores.copy()
    found = np.full(scores.shape, np.nan)
    found[present] = _TECHNIQUES[normalizer.technique](scores[present], normalizer.rank_constant)
    return found


def fuse(parts: Mapping[SubQueryKind, Scores], weights: Mapping[SubQueryKind, float], normalizer: Normalizer) -> Scores:
    """Weighted arithmetic mean of the normalized parts; for `rrf` the weighted sum. Weights are scaled to sum to 1."""
    total = sum(weights.get(kind, 0.0) for kind in parts)
    if not parts or total <= 0:
        raise ValueError("fusion needs at least one part with a weight above 0")
    columns = [weights.get(kind, 0.0) / total * normalize(scores, normalizer) for kind, scores in parts.items()]
    return np.asarray(np.nansum(np.stack(columns), axis=0), dtype=np.float64)


def _min_max(scores: Scores, _constant: int) -> Scores:
    low, high = scores.min(), scores.max()
    if high == low:
        return np.ones_like(scores)
    stretched = (scores - low) / (high - low)
    return np.where(stretched == 0.0, _LEAST, stretched)


def _l2(scores: Scores, _constant: int) -> Scores:
    length = float(np.sqrt((scores**2).sum()))
    return scores / length if length > 0 else np.zeros_like(scores)


def _z_score(scores: Scores, _constant: int) -> Scores:
    spread = float(scores.std())
    if spread == 0:
        return np.ones_like(scores)
    return np.asarray(np.maximum((scores - scores.mean()) / spread, _LEAST), dtype=np.float64)


def _reciprocal_rank(scores: Scores, constant: int) -> Scores:
    ranks = np.empty(scores.size, dtype=np.float64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, scores.size + 1)
    return 1.0 / (constant + ranks)


_TECHNIQUES = {"min_max": _min_max, "l2": _l2, "z_score": _z_score, "rrf": _reciprocal_rank}
