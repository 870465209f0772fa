"""Clicks of shoppers who read from the top and go on after a click with some probability: the dependent click model.

Guo et al., WSDM 2009; with no going on it is the cascade model (Craswell et al., WSDM 2008). Everything down to the last click
was looked at. What lies below was looked at only if the shopper went on: its posterior probability is
λ·Π(1 − α) / ((1 − λ) + λ·Π(1 − α)) over the products below, and enters the counts (expectation maximization).
"""

import numpy as np

from ranking.behaviour.click_models.sessions import Estimate, Floats, Sessions

_SMALL = 1e-6


class DependentClicks:
    """`goes_on`: shape (positions,), the probability of reading on after a click at that place."""

    name = "dependent"

    def __init__(self, *, rounds: int = 100, prior: float = 2.0, tolerance: float = 1e-4) -> None:
        self._rounds = rounds
        self._prior = prior
        self._tolerance = tolerance

    def fit(self, sessions: Sessions, *, prior: Floats | None = None) -> Estimate:
        searches, often = sessions.distinct()
        shown, clicks = often * searches.shown, often * searches.clicks
        evidence, clicked = searches.per_pair(shown), searches.per_pair(clicks)
        level: Floats | float = float(clicks.sum() / max(shown.sum(), 1)) if prior is None else prior
        self.alpha: Floats = np.full(sessions.pair_count, level)
        self.goes_on: Floats = np.full(sessions.positions, 0.5)
        looked = shown
        for _ in range(self._rounds):
            looked = often * self._looked_at(searches)
            alpha = (clicked + self._prior * level) / (searches.per_pair(looked) + self._prior)
            goes_on = ((clicks * self._went_on(searches)).sum(0) + 0.5) / (clicks.sum(0) + 1.0)
            change = float(np.abs(goes_on - self.goes_on).max())
            self.alpha, self.goes_on = np.clip(alpha, _SMALL, 1 - _SMALL), goes_on
            if prior is None:
                level = float(clicks.sum() / max(looked.sum(), _SMALL))
            if change < self._tolerance:
                break
        examination = looked.sum(0) / np.maximum(shown.sum(0), 1)
        return Estimate(self.name, self.alpha, examination / max(float(examination[0]), _SMALL), evidence)

    def log_likelihood(self, sessions: Sessions) -> float:
        last, _, silent = self._after_last_click(sessions)
        alpha = np.clip(sessions.at(self.alpha), _SMALL, 1 - _SMALL)
        column = np.arange(sessions.positions)[None, :]
        above = sessions.shown & (column <= last[:, None])
        terms = np.where(sessions.clicks, np.log(alpha), np.log1p(-alpha))
        total = float(terms[above].sum())
        before = sessions.clicks & (column < last[:, None])
        total += float(np.log(np.clip(self.goes_on, _SMALL, 1))[None, :].repeat(len(last), 0)[before].sum())
        some = last >= 0
        stay = self.goes_on[np.maximum(last, 0)]
        total += float(np.log(np.where(some, 1 - stay + stay * silent, silent)).sum())
        return total / max(int(sessions.shown.sum()), 1)

    def attracted(self, sessions: Sessions) -> Floats:
        """1 where clicked, 0 where passed over; what may not have been looked at keeps its share of α."""
        looked = self._looked_at(sessions)
        return np.where(sessions.clicks, 1.0, np.where(sessions.shown, (1 - looked) * sessions.at(self.alpha), 0.0))

    def trials(self, sessions: Sessions) -> tuple[Floats, Floats]:
        """Every place that was looked at is a trial, every click a success."""
        return np.where(sessions.shown & sessions.clicks, 1.0, 0.0), self._looked_at(sessions)

    def _after_last_click(self, sessions: Sessions) -> tuple[np.ndarray, Floats, Floats]:
        """Column of the last click (−1: none), P(reading went on below it | no click there), P(no click | read below)."""
        column = np.arange(sessions.positions)[None, :]
        last = np.where(sessions.clicks, column, -1).max(1)
        log_pass = np.where(sessions.shown, np.log1p(-np.clip(sessions.at(self.alpha), _SMALL, 1 - _SMALL)), 0.0)
        silent = np.exp(np.where(column > last[:, None], log_pass, 0.0).sum(1))
        stay = self.goes_on[np.maximum(last, 0)]
        read_on = stay * silent / np.maximum(1 - stay + stay * silent, _SMALL)
        return last, np.where(last >= 0, read_on, 1.0), silent

    def _looked_at(self, sessions: Sessions) -> Floats:
        last, read_on, _ = self._after_last_click(sessions)
        column = np.arange(sessions.positions)[None, :]
        return np.where(sessions.shown, np.where(column <= last[:, None], 1.0, read_on[:, None]), 0.0)

    def _went_on(self, sessions: Sessions) -> Floats:
        last, read_on, _ = self._after_last_click(sessions)
        column = np.arange(sessions.positions)[None, :]
        return np.where(column < last[:, None], 1.0, np.where(column == last[:, None], read_on[:, None], 0.0))
