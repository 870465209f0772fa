"""Places on the page accounted for: what a place brings on average, and how much it is looked at.

The position-based model P(click) = α(query, product) · θ(place) (Richardson et al., WWW 2007) has as many α as there are pairs,
most of them seen a few times; fitted together, they explain clicks that the places made. Given how often a pair was clicked,
α drops out: its clicks fall on its places in the ratio of θ(place) · showings there. θ that makes this likeliest (the fixed
effects of Hausman, Hall and Griliches, Econometrica 1984) needs counts of pair and place alone, and is right as soon as pairs
change places ("intervention harvesting", Agarwal et al., WSDM 2019).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.behaviour.aggregates.columns import Floats, Longs
from ranking.behaviour.aggregates.exposures import Exposures
from ranking.behaviour.aggregates.grouping import grouped

MOST_PLACES: Final = 60  # deeper places share the last
_ROUNDS: Final = 500
_TOLERANCE: Final = 1e-6
_PRIOR_SEEN: Final = 5.0  # pseudo-exposures of a place at the rate of the one before it
# Where products never change places, nobody can tell place from product. Until the log says otherwise, place k is looked at
# k^−0.7 as often as the first: pseudo-clicks that a few days of a real shop outweigh.
_PRIOR_CLICKS: Final = 20.0
_DECLINE: Final = 0.7
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
    usual = np.asarray(np.arange(1, MOST_PLACES + 1) ** -_DECLINE, dtype=np.float64)
    known = np.flatnonzero((seen.position > 0) & (seen.query >= 0))
    pairs = grouped(seen.query[known], seen.product[known])
    clicked = pairs.sums(seen.clicks[known])
    telling = clicked[pairs.of] > 0  # pairs without a click say nothing of places
    known, of = known[telling], pairs.of[telling]
    if not known.size:
        return np.ones(MOST_PLACES)
    place = place_of(seen.position[known])
    cells = grouped(of, place)
    pair, at = np.zeros(cells.count, dtype=np.int64), np.zeros(cells.count, dtype=np.int64)
    pair[cells.of], at[cells.of] = of, place
    shown = cells.sums(seen.weight[known])
    clicks = np.bincount(place, weights=seen.clicks[known], minlength=MOST_PLACES)
    theta = usual
    for _ in range(_ROUNDS):
        looks = np.bincount(pair, weights=shown * theta[at], minlength=pairs.count)
        share = (clicked / np.maximum(looks, _SMALL))[pair] * shown
        tried = np.bincount(at, weights=share, minlength=MOST_PLACES)
        before, scale = theta, float((clicks + _PRIOR_CLICKS).sum() / (tried @ usual + _PRIOR_CLICKS * MOST_PLACES))
        theta = (clicks + _PRIOR_CLICKS) / (tried + _PRIOR_CLICKS / (scale * usual))
        theta = np.asarray(theta / theta[0], dtype=np.float64)
        if np.abs(theta - before).max() < _TOLERANCE:
            break
    return theta
