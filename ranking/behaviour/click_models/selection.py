"""Which click model explains this shop's shoppers? The one that predicts held-out searches best.

They are searches of the same queries, so that the products' attraction is known to every candidate. Simpler models come first,
and another takes their place only where it is better by more than chance, and by more than next to nothing: trust has the
position-based model as a special case, and freedom that explains nothing is paid for in the labels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ranking.behaviour.click_models.click_model import ClickModel
from ranking.behaviour.click_models.dependent import DependentClicks
from ranking.behaviour.click_models.naive import ClickRate, ClicksOverExpected
from ranking.behaviour.click_models.position_based import PositionBased
from ranking.behaviour.click_models.sessions import Floats, Sessions

CLICK_MODELS: Mapping[str, Callable[[], ClickModel]] = {
    "naive": ClickRate,
    "coec": ClicksOverExpected,
    "position": PositionBased,
    "trust": lambda: PositionBased(trust=True),
    "dependent": DependentClicks,
}
EXPLANATORY = ("position", "dependent", "trust")  # simpler ones first
HELD_OUT_SHARE = 0.2
_CERTAIN = 2.0  # standard errors
_MATERIAL = 2e-4  # of the simpler model's log likelihood; trust where there is trust brings ten times as much


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen model's name, and each candidate's held-out log likelihood (nats a shown place)."""

    model: str
    held_out: dict[str, float]


def select_click_model(sessions: Sessions, *, seed: int) -> Selection:
    """Fit the explanatory models to a part, keep the one under which the rest is likeliest."""
    rest, aside = sessions.distinct().parted(HELD_OUT_SHARE, seed=seed)
    often, places = aside.often.ravel(), max(float(aside.per_place(np.ones(aside.pairs.shape)).sum()), 1.0)
    found: dict[str, Floats] = {}
    for name in EXPLANATORY:
        model = CLICK_MODELS[name]()
        model.fit(rest)
        found[name] = model.log_likelihoods(aside)
    best = EXPLANATORY[0]
    for name in EXPLANATORY[1:]:
        if _clearly_above(found[name], found[best], often):
            best = name
    return Selection(best, {name: float((values * often).sum() / places) for name, values in found.items()})


def _clearly_above(values: Floats, others: Floats, often: Floats) -> bool:
    """Whether the mean log likelihood of a search is above the others' by two standard errors and materially."""
    searches = float(often.sum())
    if searches < 2:
        return False
    gain = values - others
    mean = float((gain * often).sum() / searches)
    spread = float(np.sqrt((often * (gain - mean) ** 2).sum() / (searches - 1)))
    least = _MATERIAL * abs(float((others * often).sum() / searches))
    return bool(mean > max(_CERTAIN * spread / np.sqrt(searches), least))
