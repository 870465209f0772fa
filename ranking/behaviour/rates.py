"""Rates that small numbers cannot fool: empirical Bayes with back-off from product to brand to category to all.

A product's rate is (successes + m·p) / (trials + m), where p is the rate of the next wider group, itself shrunk towards the
one above it, and the prior strength m is estimated from the spread of the group's own members by the method of moments
(Kleinman, JASA 1973): members that differ much are believed early, members that look alike are pooled.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.alike import Alike

Floats = NDArray[np.float64]
Keys = NDArray[np.int64]
Strength = Callable[[Floats, Floats], float]

_WEAKEST, _STRONGEST = 1.0, 10_000.0


def prior_strength(successes: Floats, trials: Floats) -> float:
    """Strength m of the Beta prior shared by these members, in trials.

    `successes`, `trials`: shape (members,), successes may be fractional (decayed) but lie within trials. With fewer than two
    members, or when they differ no more than chance explains, the prior is as strong as allowed (10,000).
    """
    seen = trials > 0
    s, n = successes[seen], trials[seen]
    total = n.sum()
    if s.size < 2 or total <= 0:
        return _STRONGEST
    p = s.sum() / total
    if p <= 0 or p >= 1:
        return _STRONGEST
    between = (n * (s / n - p) ** 2).sum()
    spread = total - (n**2).sum() / total
    if spread <= 0:
        return _STRONGEST
    within = p * (1 - p)
    excess = (between - (s.size - 1) * within) / spread  # variance of the true rates
    if excess <= 0:
        return _STRONGEST
    return float(np.clip(within / excess - 1, _WEAKEST, _STRONGEST))


def shrunk(successes: Floats, trials: Floats, prior: Floats | float, strength: float) -> Floats:
    """(s + m·p) / (n + m), element by element."""
    return np.asarray((successes + strength * np.asarray(prior)) / (trials + strength), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class BackedOff:
    """`rates`: of the products. `similar`: what each was shrunk towards, the rate of products like it. Shape (products,)."""

    rates: Floats
    similar: Floats


def gamma_strength(counts: Floats, expected: Floats) -> float:
    """Strength m of the Gamma prior of ratios counts / expected, in expected counts, by the method of moments.

    For counts that are Poisson with mean λ·expected (clicks over expected clicks); `counts`, `expected`: shape (members,).
    """
    seen = expected > 0
    c, e = counts[seen], expected[seen]
    total = e.sum()
    if c.size < 2 or c.sum() <= 0:
        return _STRONGEST
    mean = c.sum() / total
    spread = total - (e**2).sum() / total
    excess = ((e * (c / e - mean) ** 2).sum() - (c.size - 1) * mean) / max(spread, 1e-12)
    return float(np.clip(mean / excess, _WEAKEST, _STRONGEST)) if excess > 0 else _STRONGEST


def backed_off(
    successes: Floats,
    trials: Floats,
    groups: Sequence[Keys],
    *,
    strength: Strength = prior_strength,
    alike: Alike | None = None,
) -> BackedOff:
    """Each product shrunk towards its group, that towards the next wider one, and at last towards all.

    `successes`, `trials`: shape (products,). `groups`: from narrow to wide (brand, category), each of shape (products,) with
    a group number from 0 on, or -1 for products without one, which fall through to the next wider level. `strength`:
    prior_strength for shares, gamma_strength for ratios. `alike`: neighbours by vector, who lend what they have tried, as
    far as that proves right. 0 everywhere when nothing was ever tried.
    """
    total = trials.sum()
    similar = np.full(successes.shape, successes.sum() / total if total > 0 else 0.0)
    for keys in reversed(groups):
        similar = _level(successes, trials, keys, similar, strength)
    own = strength(successes, trials)
    if alike is not None:
        similar = alike.towards(successes, trials, similar, own)
    return BackedOff(shrunk(successes, trials, similar, own), similar)


def _level(successes: Floats, trials: Floats, keys: Keys, prior: Floats, strength: Strength) -> Floats:
    member = keys >= 0
    if not member.any():
        return prior
    size = int(keys.max()) + 1
    s = np.bincount(keys[member], weights=successes[member], minlength=size).astype(np.float64)
    n = np.bincount(keys[member], weights=trials[member], minlength=size).astype(np.float64)
    count = np.bincount(keys[member], minlength=size)
    above = np.bincount(keys[member], weights=prior[member], minlength=size) / np.maximum(count, 1)
    rates = shrunk(s, n, above, strength(s, n))
    return np.where(member, rates[np.maximum(keys, 0)], prior)
