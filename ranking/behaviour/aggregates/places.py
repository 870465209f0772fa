"""Places on the page accounted for: what a place brings on average, and how much it is looked at.

The position-based model P(click) = α(query, product) · θ(place) (Richardson et al., WWW 2007) is fitted by expectation
maximization on counts of (pair, place, clicked), which are all that the model needs of the log: the cost grows with the
pairs, not with the searches.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.behaviour.aggregates.columns import Floats, Longs
from ranking.behaviour.aggregates.exposures import Exposures
from ranking.behaviour.aggregates.grouping import grouped

MOST_PLACES: Final = 60  # deeper places share the last
ROUNDS: Final = 300
_TOLERANCE: Final = 1e-4
_PRIOR_SEEN: Final = 5.0  # pseudo-exposures of a place at the rate of the one before it
_PAIR_PRIOR: Final = 2.0
# Where products never change places, the model cannot tell place from product. Until the log says otherwise, place k is
# looked at k^−0.7 as often as the first: pseudo-exposures that a few days of a real shop outweigh.
_PLACE_PRIOR: Final = 20.0
_PLACE_DECLINE: Final = 0.7
_SMALL: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Places:
    """Index 0 is position 1. `rate`: clicks by exposures of a place. `looked_at`: examination relative to the first place."""

    rate: Floats
    looked_at: Floats

    def expected(self, seen: Exposures) -> Floats:
        """Clicks that these exposures would bring an average product, shape (n,); 0 where the place is unknown."""
        return np.where(seen.position > 0, self.rate[place_of(seen.position)], 0.0) * seen.weight

    def looks(self, seen: Exposures) -> Floats:
        """How often these exposures were looked at, shape (n,); 0 where the place is unknown."""
        return np.where(seen.position > 0, self.looked_at[place_of(seen.position)], 0.0) * seen.weight


def place_of(position: Longs) -> Longs:
    """Index of the place from the position; the first for unknown ones."""
    return np.clip(position - 1, 0, MOST_PLACES - 1)


def measured_places(seen: Exposures) -> Places:
    """Both from exposures whose place is known. Without any, every place brings nothing and is looked at alike."""
    known = seen.position > 0
    place = place_of(seen.position[known])
    shown = np.bincount(place, weights=seen.weight[known], minlength=MOST_PLACES).astype(np.float64)
    clicks = np.bincount(place, weights=seen.clicks[known], minlength=MOST_PLACES).astype(np.float64)
    rate = np.zeros(MOST_PLACES)
    before = clicks.sum() / max(shown.sum(), _SMALL)
    for index in range(MOST_PLACES):  # a place hardly seen takes after the one above it
        before = rate[index] = (clicks[index] + _PRIOR_SEEN * before) / (shown[index] + _PRIOR_SEEN)
    return Places(rate, _examination(seen))


def _examination(seen: Exposures) -> Floats:
    known = np.flatnonzero((seen.position > 0) & (seen.query >= 0))
    if not seen.clicks[known].any():
        return np.ones(MOST_PLACES)
    place = place_of(seen.position[known])
    pairs = grouped(seen.query[known], seen.product[known])
    cells = grouped(pairs.of, place)
    pair, at = np.zeros(cells.count, dtype=np.int64), np.zeros(cells.count, dtype=np.int64)
    pair[cells.of], at[cells.of] = pairs.of, place
    clicks = cells.sums(seen.clicks[known])
    passed = np.maximum(cells.sums(seen.weight[known]) - clicks, 0.0)
    usual: Floats = (1.0 / np.arange(1, MOST_PLACES + 1)) ** _PLACE_DECLINE
    theta = np.clip(usual, 0.01, 1 - _SMALL)
    shown = np.bincount(at, weights=clicks + passed, minlength=MOST_PLACES).astype(np.float64)
    evidence = np.bincount(pair, weights=clicks + passed, minlength=pairs.count)
    alpha, level = np.full(pairs.count, 0.5), 0.5
    for _ in range(ROUNDS):
        a, t = alpha[pair], theta[at]
        silent = np.maximum(1 - a * t, _SMALL)
        attracted = np.bincount(pair, weights=clicks + passed * a * (1 - t) / silent, minlength=pairs.count)
        looked = np.bincount(at, weights=clicks + passed * t * (1 - a) / silent, minlength=MOST_PLACES)
        alpha = (attracted + _PAIR_PRIOR * level) / (evidence + _PAIR_PRIOR)
        level = float(np.average(alpha, weights=evidence))
        before = theta
        theta = np.clip((looked + _PLACE_PRIOR * usual) / (shown + _PLACE_PRIOR), 0.01, 1 - _SMALL)
        if np.abs(theta - before).max() < _TOLERANCE:
            break
    return np.asarray(theta / theta[0], dtype=np.float64)
