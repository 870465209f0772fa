"""The seam of click models: fit to searches, say how likely other searches are."""

from typing import Protocol

from ranking.behaviour.click_models.sessions import Estimate, Floats, Sessions


class ClickModel(Protocol):
    """A model of why shoppers click. `fit` may be called once; the others need it."""

    @property
    def name(self) -> str: ...

    def fit(self, sessions: Sessions, *, prior: Floats | None = None) -> Estimate:
        """`prior`: shape (pairs,), what attraction is drawn to where evidence is small; None: the overall level."""

    def attracted(self, sessions: Sessions) -> Floats:
        """Expected attraction of the product at each shown place, given what was clicked; shape of the sessions. Needs `fit`."""

    def trials(self, sessions: Sessions) -> tuple[Floats, Floats]:
        """Expected successes and trials of the attraction at each shown place: how often it was liked, how often it was
        looked at and judged at all. Shapes of the sessions. Needs `fit`."""

    def log_likelihoods(self, sessions: Sessions) -> Floats:
        """Natural log likelihood of the clicks of each search, in nats, shape (searches,): 0 would be certainty."""
