"""Two estimates without a model of the shopper: plain click rate, and clicks over expected clicks."""

import numpy as np

from ranking.behaviour.click_models.sessions import Estimate, Floats, Sessions

_MOST_WEIGHT = 20.0
_PRIOR = 1.0  # pseudo-impressions at the overall rate


class ClickRate:
    """Clicks by impressions, shrunk a little towards the overall rate. Products shown high look better than they are."""

    name = "naive"

    def fit(self, sessions: Sessions, *, prior: Floats | None = None) -> Estimate:  # noqa: ARG002
        shown = sessions.per_pair(sessions.shown.astype(np.float64))
        clicks = sessions.per_pair(sessions.clicks.astype(np.float64))
        overall = clicks.sum() / max(shown.sum(), 1.0)
        self._rate: Floats = (clicks + _PRIOR * overall) / (shown + _PRIOR)
        return Estimate(self.name, self._rate, np.full(sessions.positions, np.nan), shown)

    def attracted(self, sessions: Sessions) -> Floats:
        """The clicks themselves."""
        return sessions.clicks.astype(np.float64)

    def trials(self, sessions: Sessions) -> tuple[Floats, Floats]:
        """Every impression is a trial."""
        return sessions.clicks.astype(np.float64), sessions.shown.astype(np.float64)

    def log_likelihoods(self, sessions: Sessions) -> Floats:
        return independent_log_likelihoods(sessions, sessions.at(self._rate))


class ClicksOverExpected:
    """COEC: clicks by the clicks that the same places bring on average (Zhang and Jones, WWW 2007). It takes the logged order
    as random with respect to quality, so it still favours what an earlier ranking favoured, only less.
    """

    name = "coec"

    def fit(self, sessions: Sessions, *, prior: Floats | None = None) -> Estimate:  # noqa: ARG002
        shown = sessions.shown
        rate = sessions.per_place(sessions.clicks.astype(np.float64)) / np.maximum(
            sessions.per_place(shown.astype(np.float64)), 1
        )
        expected = sessions.per_pair(np.where(shown, rate[None, :], 0.0))
        clicks = sessions.per_pair(sessions.clicks.astype(np.float64))
        level = max(float(rate.mean()), 1e-9)
        self._ratio: Floats = (clicks + _PRIOR * level) / (expected + _PRIOR * level)
        self._rate: Floats = rate.astype(np.float64)
        examination = rate / max(float(rate[0]), 1e-9)
        return Estimate(self.name, self._ratio, examination, sessions.per_pair(shown.astype(np.float64)))

    def attracted(self, sessions: Sessions) -> Floats:
        """Clicks by how many the place brings, relative to the first; at most twenty-fold."""
        weight = np.minimum(float(self._rate[:1].sum()) / np.maximum(self._rate, 1e-9), _MOST_WEIGHT)
        return np.asarray(sessions.clicks * weight[None, :], dtype=np.float64)

    def trials(self, sessions: Sessions) -> tuple[Floats, Floats]:
        """An impression is as much of a trial as its place brings clicks."""
        looked = np.where(sessions.shown, self._rate / max(float(self._rate.max(initial=0)), 1e-9), 0.0)
        return sessions.clicks.astype(np.float64), np.maximum(looked, sessions.clicks)

    def log_likelihoods(self, sessions: Sessions) -> Floats:
        return independent_log_likelihoods(sessions, sessions.at(self._ratio) * self._rate[None, :])


def independent_log_likelihoods(sessions: Sessions, probability: Floats) -> Floats:
    """Log likelihood of each search under independent click probabilities (shape of the sessions), shape (searches,)."""
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    terms = np.where(sessions.clicks, np.log(p), np.log1p(-p))
    return np.asarray(np.where(sessions.shown, terms, 0.0).sum(1), dtype=np.float64)
