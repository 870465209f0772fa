"""Clicks explained by attraction and place, with and without trust in the first places.

A shown product attracts this shopper with probability α (per query × product). If it does, a click follows with probability
a(k), else with probability b(k), where k is the place: P(click) = α·a(k) + (1 − α)·b(k). With b = 0 this is the position-based
model (Richardson et al., WWW 2007; Craswell et al., WSDM 2008); with b > 0 it holds trust bias (Agarwal et al., WWW 2019) in its
affine form (Vardasbi et al., CIKM 2020). A place may be any slot, so a grid of rows and columns is covered. Both are
fitted by expectation maximization; α has a Beta prior at the overall level, so that rare pairs do not run to 0 or 1.
What makes a(k) identifiable is that the same pair is seen at several places ("natural" rank changes).
"""

import numpy as np

from ranking.behaviour.click_models.naive import mean_log_likelihood
from ranking.behaviour.click_models.sessions import Estimate, Floats, Sessions

_SMALL = 1e-6


class PositionBased:
    """P(click) = α·a(k), or with `trust` α·a(k) + (1 − α)·b(k)."""

    def __init__(self, *, trust: bool = False, rounds: int = 200, prior: float = 2.0, tolerance: float = 1e-5) -> None:
        self.name = "trust" if trust else "position"
        self._trust = trust
        self._rounds = rounds
        self._prior = prior
        self._tolerance = tolerance

    def fit(self, sessions: Sessions) -> Estimate:
        shown = sessions.shown
        impressions = np.maximum(shown.sum(0), 1)
        rate = (sessions.clicks.sum(0) / impressions).astype(np.float64)
        evidence = sessions.per_pair(shown.astype(np.float64))
        level = 0.5
        self.high: Floats = np.clip(rate / max(rate.max(), _SMALL) * 0.9, 0.01, 0.95)
        self.low: Floats = np.clip(rate * 0.25, _SMALL, 0.5) if self._trust else np.zeros_like(rate)
        self.alpha: Floats = np.full(sessions.pair_count, level)
        for _ in range(self._rounds):
            attracted = self._posterior(sessions)
            alpha = (sessions.per_pair(attracted) + self._prior * level) / (evidence + self._prior)
            weight = np.where(shown, attracted, 0.0)
            high = (weight * sessions.clicks).sum(0) / np.maximum(weight.sum(0), _SMALL)
            if self._trust:
                other = np.where(shown, 1 - attracted, 0.0)
                self.low = np.minimum((other * sessions.clicks).sum(0) / np.maximum(other.sum(0), _SMALL), high)
            change = float(np.abs(high - self.high).max())
            self.high, self.alpha = np.clip(high, _SMALL, 1 - _SMALL), alpha
            level = float(np.average(alpha, weights=np.maximum(evidence, _SMALL)))
            if change < self._tolerance:
                break
        return Estimate(self.name, self.alpha, self.high / max(float(self.high[0]), _SMALL), evidence)

    def log_likelihood(self, sessions: Sessions) -> float:
        return mean_log_likelihood(sessions, self._probability(sessions))

    def _probability(self, sessions: Sessions) -> Floats:
        alpha = sessions.at(self.alpha)
        return np.asarray(alpha * self.high + (1 - alpha) * self.low, dtype=np.float64)

    def _posterior(self, sessions: Sessions) -> Floats:
        """Probability that the shown product attracted, given whether it was clicked."""
        alpha = sessions.at(self.alpha)
        clicked = alpha * self.high / np.maximum(alpha * self.high + (1 - alpha) * self.low, _SMALL)
        passed = alpha * (1 - self.high)
        unclicked = passed / np.maximum(passed + (1 - alpha) * (1 - self.low), _SMALL)
        return np.where(sessions.clicks, clicked, unclicked)
