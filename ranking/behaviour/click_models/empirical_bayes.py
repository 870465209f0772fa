"""Attraction expected from counted trials, when the log itself says how attractions are spread.

A few products are what was searched for and most are not, so attractions lie in heaps, and a mean drawn towards a Beta
prior leaves every product of a heap a little different by luck. Here the spread is estimated from all pairs as weights of fixed
levels (nonparametric empirical Bayes: Kiefer and Wolfowitz, 1956; Laird, 1978), tilted exponentially for each pair until its mean
is what the pair's features say, and multiplied with the likelihood of the pair's own trials.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LOGITS = np.linspace(-6.0, 4.5, 24)
LEVELS: Floats = 1 / (1 + np.exp(-_LOGITS))
_TILTS = np.linspace(-12.0, 12.0, 1201)
_ROUNDS, _FLOOR = 60, 1e-6
_MOST_PAIRS = 20_000  # that the spread is estimated from: more change nothing that can be seen
_BLOCK = 50_000
_LEAST_LOOKS = 0.5


def expected_attraction(liked: Floats, looked: Floats, prior: Floats) -> Floats:
    """Posterior mean attraction of each pair, shape (pairs,).

    `liked`, `looked`: expected successes and trials of each pair, fractions allowed. `prior`: the attraction that features say.
    """
    spread = spread_of_attraction(liked, looked)
    tilts = _tilt_for(spread, prior)
    found = np.empty(len(liked))
    for start in range(0, len(liked), _BLOCK):
        part = slice(start, start + _BLOCK)
        weights = np.log(spread) + tilts[part, None] * _LOGITS + _log_likelihood(liked[part], looked[part])
        found[part] = _normalized(weights) @ LEVELS
    return found


def spread_of_attraction(liked: Floats, looked: Floats) -> Floats:
    """Weight of each of LEVELS under which the trials of all pairs together are likeliest; positive, sums to 1."""
    seen = np.flatnonzero(looked > _LEAST_LOOKS)
    if len(seen) > _MOST_PAIRS:
        seen = seen[np.linspace(0, len(seen) - 1, _MOST_PAIRS).astype(np.int64)]
    weights = np.full(len(LEVELS), 1 / len(LEVELS))
    likelihood = _log_likelihood(liked[seen], looked[seen])
    likelihood = np.exp(likelihood - likelihood.max(1, keepdims=True))
    for _ in range(_ROUNDS if len(seen) else 0):
        posterior = likelihood * weights
        weights = (posterior / posterior.sum(1, keepdims=True)).mean(0) + _FLOOR
        weights /= weights.sum()
    return weights


def _tilt_for(spread: Floats, mean: Floats) -> Floats:
    """The exponent t of each wanted mean, under which weights proportional to spread · exp(t · logit) have it."""
    means = _normalized(np.log(spread) + _TILTS[:, None] * _LOGITS) @ LEVELS
    return np.asarray(np.interp(mean, means, _TILTS), dtype=np.float64)


def _log_likelihood(liked: Floats, looked: Floats) -> Floats:
    """Of each pair's trials at each level, shape (pairs, levels)."""
    missed = np.maximum(looked - liked, 0.0)
    return np.asarray(liked[:, None] * np.log(LEVELS) + missed[:, None] * np.log1p(-LEVELS), dtype=np.float64)


def _normalized(log_weights: Floats) -> Floats:
    weights = np.exp(log_weights - log_weights.max(1, keepdims=True))
    return np.asarray(weights / weights.sum(1, keepdims=True), dtype=np.float64)
