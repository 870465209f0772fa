"""What the clicks say about the products once the places where they stood are accounted for.

A click model gives each shown place the expected attraction of its product, given what was clicked (the posterior of
expectation maximization). Averaged over searches it is the product's attraction, so it can stand for the label: a product
that was skipped at a place nobody looks at is unknown, not bad. Expected labels with linear gain keep LambdaMART's pairwise
directions unbiased (after Joachims, Swaminathan, Schnabel, WSDM 2017, who weigh by inverse propensity; the posterior has the
same mean and less variance).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.click_models.selection import CLICK_MODELS, EXPLANATORY, Selection, select_click_model
from ranking.errors import TrainingError
from ranking.learning.attraction import PairFeatures, fit_with_features
from ranking.learning.shown import Outcome, ShownList, as_sessions

Floats = NDArray[np.float64]
SELECTED, BY_POSITION = "selected", "lightgbm"
APPROACHES = (*CLICK_MODELS, SELECTED, BY_POSITION)


@dataclass(frozen=True, slots=True)
class Debiased:
    """`grades`: for each list the expected grade of each of its products. `approach`: as asked; `model`: the click model
    behind it. `examination`: how much each position is looked at, relative to the first, NaN where the model has no such
    thing. `held_out`: log likelihood of each candidate model on held-out searches, where one was selected.
    """

    approach: str
    model: str
    grades: tuple[Floats, ...]
    examination: Floats
    held_out: Mapping[str, float] = field(default_factory=dict)


def debias(lists: Sequence[ShownList], approach: str, *, seed: int) -> Debiased:
    """Expected grades by one of APPROACHES. Raises TrainingError for an unknown one and for no list at all."""
    require_approach(approach)
    if not lists:
        raise TrainingError("there is no search to learn from; let shoppers search first, then train")
    if approach in ("naive", BY_POSITION):
        return Debiased(approach, approach, tuple(shown.grades for shown in lists), np.array([np.nan]))
    sessions, pairs = as_sessions(lists), pair_features(lists)
    chosen = select_click_model(sessions, seed=seed) if approach == SELECTED else Selection(approach, {})
    if chosen.model in EXPLANATORY:
        explained = fit_with_features(CLICK_MODELS[chosen.model], sessions.distinct(), pairs, seed=seed)
        labels, estimate = explained.labels(sessions), explained.estimate
    else:
        model = CLICK_MODELS[chosen.model]()
        estimate = model.fit(sessions)
        labels = model.attracted(sessions)
    return Debiased(approach, chosen.model, _graded(lists, labels), estimate.examination, chosen.held_out)


def require_approach(approach: str) -> None:
    """Raises TrainingError for a name that is none of APPROACHES."""
    if approach not in APPROACHES:
        raise TrainingError(f"there is no click model {approach[:40]!r}; there are {', '.join(APPROACHES)}")


def pair_features(lists: Sequence[ShownList]) -> PairFeatures:
    """The row of each pair when it was first shown; pairs in the order of as_sessions."""
    rows: dict[tuple[str, str], NDArray[np.float32]] = {}
    family: dict[str, int] = {}
    for shown in lists:
        family.setdefault(shown.family, len(family))
        for product, row in zip(shown.products, shown.values, strict=True):
            rows.setdefault((shown.family, product), row)
    return PairFeatures(np.stack(list(rows.values())), np.array([family[key[0]] for key in rows], dtype=np.int64))


def _graded(lists: Sequence[ShownList], attracted: Floats) -> tuple[Floats, ...]:
    """Attraction times grade: what was done where something was, the usual grade of interest where nothing was."""
    done = np.concatenate([shown.grades[shown.grades > 0] for shown in lists])
    usual = float(done.mean()) if done.size else float(Outcome.CLICKED)
    found = []
    for row, shown in enumerate(lists):
        inside = shown.positions <= attracted.shape[1]
        weight = np.zeros(shown.grades.shape)
        weight[inside] = attracted[row, shown.positions[inside] - 1]
        found.append(weight * np.where(shown.grades > 0, shown.grades, usual))
    return tuple(found)
