"""Clicks of shoppers who read from the top and go on after a click with some probability: the dependent click model.

Guo et al., WSDM 2009; with no going on it is the cascade model (Craswell et al., WSDM 2008). Everything down to the last click
was looked at. What lies below was looked at only if the shopper went on: its posterior probability is
λ·Π(1 − α) / ((1 − λ) + λ·Π(1 − α)) over the products below, and enters the counts (expectation maximization).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.click_models.sessions import Estimate, Floats, Sessions

_SMALL = 1e-6


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the fit needs of the searches: only what lies below the last click changes from round to round.

    `row`, `pair`: search and pair of each place below its search's last click. `last`: column of the last click, −1: none.
    `sure`: how often each pair stood at or above it. `clicks`, `passed`: how many clicks each place had, how many not the last.
    """

    row: NDArray[np.int64]
    pair: NDArray[np.int64]
    last: NDArray[np.int64]
    often: Floats
    sure: Floats
    clicks: Floats
    passed: Floats

    @classmethod
    def of(cls, searches: Sessions) -> "_Reading":
        column = np.arange(searches.positions)[None, :]
        last = np.where(searches.clicks, column, -1).max(1)
        row, place = np.nonzero(searches.shown & (column > last[:, None]))
        return cls(
            row,
            searches.pairs[row, place],
            last,
            searches.often.ravel(),
            searches.per_pair((column <= last[:, None]).astype(np.float64)),
            searches.per_place(searches.clicks.astype(np.float64)),
            searches.per_place((searches.clicks & (column < last[:, None])).astype(np.float64)),
        )

    def read_on(self, alpha: Floats, goes_on: Floats) -> Floats:
        """Probability that each search was read below its last click, given that nothing was clicked there."""
        log_pass = np.log1p(-alpha)[self.pair]
        silent = np.exp(np.bincount(self.row, weights=log_pass, minlength=len(self.last)))
        return _read_on(self.last, goes_on, silent)

    def looked(self, read_on: Floats, pairs: int) -> Floats:
        """How often each pair was looked at, shape (pairs,)."""
        weights = (read_on * self.often)[self.row]
        return self.sure + np.bincount(self.pair, weights=weights, minlength=pairs)

    def went_on(self, read_on: Floats) -> Floats:
        """How often reading went on after a click at each place, shape (positions,)."""
        some = self.last >= 0
        stayed = np.bincount(self.last[some], weights=(read_on * self.often)[some], minlength=len(self.passed))
        return np.asarray(self.passed + stayed, dtype=np.float64)


class DependentClicks:
    """`goes_on`: shape (positions,), the probability of reading on after a click at that place."""

    name = "dependent"

    def __init__(self, *, rounds: int = 100, prior: float = 2.0, tolerance: float = 1e-4) -> None:
        self._rounds = rounds
        self._prior = prior
        self._tolerance = tolerance

    def fit(self, sessions: Sessions, *, prior: Floats | None = None) -> Estimate:
        searches = sessions.distinct()
        reading = _Reading.of(searches)
        evidence = searches.per_pair(np.ones(searches.pairs.shape))
        clicked = searches.per_pair(searches.clicks.astype(np.float64))
        level: Floats | float = float(clicked.sum() / max(evidence.sum(), 1)) if prior is None else prior
        self.alpha: Floats = np.clip(np.full(sessions.pair_count, level), _SMALL, 1 - _SMALL)
        self.goes_on: Floats = np.full(sessions.positions, 0.5)
        for _ in range(self._rounds):
            read_on = reading.read_on(self.alpha, self.goes_on)
            looked = reading.looked(read_on, sessions.pair_count)
            alpha = (clicked + self._prior * level) / (looked + self._prior)
            goes_on = (reading.went_on(read_on) + 0.5) / (reading.clicks + 1.0)
            change = float(np.abs(goes_on - self.goes_on).max())
            self.alpha, self.goes_on = np.clip(alpha, _SMALL, 1 - _SMALL), goes_on
            if prior is None:
                level = float(clicked.sum() / max(looked.sum(), _SMALL))
            if change < self._tolerance:
                break
        examination = searches.per_place(self._looked_at(searches)) / np.maximum(
            searches.per_place(np.ones(searches.pairs.shape)), 1
        )
        return Estimate(self.name, self.alpha, examination / max(float(examination[0]), _SMALL), evidence)

    def log_likelihoods(self, sessions: Sessions) -> Floats:
        last, _, silent = self._after_last_click(sessions)
        alpha = np.clip(sessions.at(self.alpha), _SMALL, 1 - _SMALL)
        column = np.arange(sessions.positions)[None, :]
        above = sessions.shown & (column <= last[:, None])
        terms = np.where(above, np.where(sessions.clicks, np.log(alpha), np.log1p(-alpha)), 0.0).sum(1)
        before = sessions.clicks & (column < last[:, None])
        terms += np.where(before, np.log(np.clip(self.goes_on, _SMALL, 1))[None, :], 0.0).sum(1)
        stay = self.goes_on[np.maximum(last, 0)]
        return np.asarray(terms + np.log(np.where(last >= 0, 1 - stay + stay * silent, silent)), dtype=np.float64)

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
        return last, _read_on(last, self.goes_on, silent), silent

    def _looked_at(self, sessions: Sessions) -> Floats:
        last, read_on, _ = self._after_last_click(sessions)
        column = np.arange(sessions.positions)[None, :]
        return np.where(sessions.shown, np.where(column <= last[:, None], 1.0, read_on[:, None]), 0.0)


def _read_on(last: NDArray[np.int64], goes_on: Floats, silent: Floats) -> Floats:
    """P(reading went on below the last click | no click there). `last`: its column, −1: none; `silent`: P(no click | read)."""
    stay = goes_on[np.maximum(last, 0)]
    return np.where(last >= 0, stay * silent / np.maximum(1 - stay + stay * silent, _SMALL), 1.0)
