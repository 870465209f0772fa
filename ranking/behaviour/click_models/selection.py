"""Which click model explains this shop's shoppers? The one that predicts held-out searches best."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ranking.behaviour.click_models.click_model import ClickModel
from ranking.behaviour.click_models.dependent import DependentClicks
from ranking.behaviour.click_models.naive import ClickRate, ClicksOverExpected
from ranking.behaviour.click_models.position_based import PositionBased
from ranking.behaviour.click_models.sessions import Estimate, Sessions

CLICK_MODELS: Mapping[str, Callable[[], ClickModel]] = {
    "naive": ClickRate,
    "coec": ClicksOverExpected,
    "position": PositionBased,
    "trust": lambda: PositionBased(trust=True),
    "dependent": DependentClicks,
}
EXPLANATORY = ("position", "trust", "dependent")


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen model's estimate from all searches, and each candidate's held-out log likelihood (nats a place)."""

    estimate: Estimate
    held_out: dict[str, float]


def select_click_model(sessions: Sessions, *, seed: int, held_out_share: float = 0.2) -> Selection:
    """Fit the explanatory models on a part, keep the one under which the rest is likeliest, fit it again on everything."""
    searches = sessions.pairs.shape[0]
    order = np.random.default_rng(seed).permutation(searches)
    cut = max(1, int(searches * held_out_share))
    rest, aside = sessions.take(np.sort(order[cut:])), sessions.take(np.sort(order[:cut]))
    held_out: dict[str, float] = {}
    for name in EXPLANATORY:
        model = CLICK_MODELS[name]()
        model.fit(rest)
        held_out[name] = model.log_likelihood(aside)
    best = max(EXPLANATORY, key=held_out.__getitem__)
    return Selection(CLICK_MODELS[best]().fit(sessions), held_out)
