"""Clicks explained by attraction and place, with and without trust in the first places.

A shown product attracts this shopper with probability α (per query × product). If it does, a click follows with probability
a(k), else with probability b(k), where k is the place: P(click) = α·a(k) + (1 − α)·b(k). With b = 0 this is the position-based
model (Richardson et al., WWW 2007; Craswell et al., WSDM 2008); with b > 0 it holds trust bias (Agarwal et al., WWW 2019) in its
affine form (Vardasbi et al., CIKM 2020). A place may be any slot, so a grid of rows and columns is covered. Both are
fitted by expectation maximization; α has a Beta prior at the overall level, so that rare pairs do not run to 0 or 1.
What makes a(k) identifiable is that the same pair is seen at several places ("natural" rank changes).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.click_models.naive import independent_log_likelihoods
from ranking.behaviour.click_models.sessions import Estimate, Floats, Sessions

_SMALL = 1e-6


@dataclass(frozen=True, slots=True)
class _Cells:
    """How often each pair was shown and clicked at each place: all that this model reads of the searches."""

    pair: NDArray[np.int64]
    place: NDArray[np.int64]
    shown: Floats
    clicked: Floats
    pairs: int
    places: int

    def by_pair(self, values: Floats) -> Floats:
        return np.bincount(self.pair, weights=values, minlength=self.pairs).astype(np.float64)

    def by_place(self, values: Floats) -> Floats:
        return np.bincount(self.place, weights=values, minlength=self.places).astype(np.float64)


class PositionBased:
    """P(click) = α·a(k), or with `trust` α·a(k) + (1 − α)·b(k)."""

    def __init__(self, *, trust: bool = False, rounds: int = 300, prior: float = 2.0, tolerance: float = 1e-4) -> None:
        self.name = "trust" if trust else "position"
        self._trust = trust
        self._rounds = rounds
        self._prior = prior
        self._tolerance = tolerance

    def fit(self, sessions: Sessions, *, prior: Floats | None = None) -> Estimate:
        cells = _cells_of(sessions)
        evidence, impressions = cells.by_pair(cells.shown), np.maximum(cells.by_place(cells.shown), 1)
        rate = cells.by_place(cells.clicked) / impressions
        level: Floats | float = 0.5 if prior is None else prior
        self.high: Floats = np.clip(rate / max(rate.max(), _SMALL) * 0.9, 0.01, 0.95)
        self.low: Floats = np.clip(rate * 0.25, _SMALL, 0.5) if self._trust else np.zeros_like(rate)
        self.alpha: Floats = np.full(sessions.pair_count, 0.5) if prior is None else prior.copy()
        skipped = cells.shown - cells.clicked
        for _ in range(self._rounds):
            if_clicked, if_skipped = self._posteriors(self.alpha[cells.pair], cells.place)
            liked, passed = cells.clicked * if_clicked, skipped * if_skipped
            alpha = (cells.by_pair(liked + passed) + self._prior * level) / (evidence + self._prior)
            high = cells.by_place(liked) / np.maximum(cells.by_place(liked + passed), _SMALL)
            if self._trust:
                wrongly, others = cells.clicked - liked, cells.shown - liked - passed
                self.low = np.minimum(cells.by_place(wrongly) / np.maximum(cells.by_place(others), _SMALL), high)
            change = float(np.abs(high - self.high).max())
            self.high, self.alpha = np.clip(high, _SMALL, 1 - _SMALL), alpha
            if prior is None:
                level = float(np.average(alpha, weights=np.maximum(evidence, _SMALL)))
            if change < self._tolerance:
                break
        return Estimate(self.name, self.alpha, self.high / max(float(self.high[0]), _SMALL), evidence)

    def log_likelihoods(self, sessions: Sessions) -> Floats:
        alpha = sessions.at(self.alpha)
        return independent_log_likelihoods(sessions, alpha * self.high + (1 - alpha) * self.low)

    def attracted(self, sessions: Sessions) -> Floats:
        """Probability that the shown product attracted, given whether it was clicked."""
        places = np.broadcast_to(np.arange(sessions.positions), sessions.pairs.shape)
        if_clicked, if_skipped = self._posteriors(sessions.at(self.alpha), places)
        return np.where(sessions.shown, np.where(sessions.clicks, if_clicked, if_skipped), 0.0)

    def trials(self, sessions: Sessions) -> tuple[Floats, Floats]:
        """A click is wrong with probability b; else the place is looked at with probability (a − b) / (1 − b)."""
        alpha = sessions.at(self.alpha)
        looks = np.maximum(self.high - self.low, 0) / np.maximum(1 - self.low, _SMALL)
        right = alpha * (self.high - self.low) / np.maximum(alpha * self.high + (1 - alpha) * self.low, _SMALL)
        missed = looks * (1 - alpha) / np.maximum(1 - looks * alpha, _SMALL)
        liked = np.where(sessions.clicks & sessions.shown, right, 0.0)
        return liked, liked + np.where(sessions.shown & ~sessions.clicks, missed, 0.0)

    def _posteriors(self, alpha: Floats, place: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Probability that a product attracted where it was clicked, and where it was not."""
        high, low = self.high[place], self.low[place]
        clicked = alpha * high / np.maximum(alpha * high + (1 - alpha) * low, _SMALL)
        passed = alpha * (1 - high)
        return clicked, passed / np.maximum(passed + (1 - alpha) * (1 - low), _SMALL)


def _cells_of(sessions: Sessions) -> _Cells:
    shown, places = sessions.shown, sessions.positions
    column = np.broadcast_to(np.arange(places), sessions.pairs.shape)
    codes, cell = np.unique(sessions.pairs[shown] * places + column[shown], return_inverse=True)
    often = np.broadcast_to(sessions.often, sessions.pairs.shape)[shown]
    clicked = np.bincount(cell, weights=sessions.clicks[shown] * often, minlength=len(codes))
    return _Cells(
        codes // places,
        codes % places,
        np.bincount(cell, weights=often, minlength=len(codes)).astype(np.float64),
        clicked.astype(np.float64),
        sessions.pair_count,
        places,
    )
