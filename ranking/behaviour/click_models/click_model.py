"""The seam of click models: fit to searches, say how likely held-out searches are."""

from typing import Protocol

from ranking.behaviour.click_models.sessions import Estimate, Sessions


class ClickModel(Protocol):
    """A model of why shoppers click. `fit` may be called once; `log_likelihood` needs it."""

    @property
    def name(self) -> str: ...

    def fit(self, sessions: Sessions) -> Estimate: ...

    def log_likelihood(self, sessions: Sessions) -> float:
        """Mean natural log likelihood of one shown place, in nats: 0 would be certainty."""
