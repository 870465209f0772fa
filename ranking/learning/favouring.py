"""How much a shopper's own taste counts beside the trees: learned from clicks that the trees did not see.

Gains of splits favour columns that every row has, so trees make less than they could of what is known of some shoppers. Each
list is scored by trees that learned without its query; then clicks are explained by places, that score and the personal columns
together (clicked.py). A weight is how much a column moves the odds, over how much the score does: points of the score, so it can
be added to it. None goes below 0, and with few clicks the prior keeps them near 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ranking.lambdamart.cross_validation import Ranker, Recipe, split_families
from ranking.lambdamart.training import train_booster
from ranking.learning.clicked import Clicked, Floats
from ranking.learning.debiasing import Debiased
from ranking.learning.grouping import training_groups
from ranking.learning.shown import ShownList, ShownLog

# What a shopper prefers of what they considered, and what they had to do with more than others; more is better.
COLUMNS: Final = ("choice", "affinity_brand", "affinity_colour", "affinity_attributes")
FOLDS: Final = 3
FEWEST_LISTS: Final = 200  # with a click, of shoppers of whom something is known
MOST_LISTS: Final = 20_000
_PRECISION_OF_SCORE, _PRECISION = 0.01, 10.0  # per standard deviation of the column
_LEAST_OF_SCORE: Final = 0.1  # of log-odds a point: trees that say less are no measure for anything


def favour(ranker: Ranker, log: ShownLog, debiased: Debiased, recipe: Recipe) -> Ranker:
    """The ranker with weights beside its trees; as it was where there are too few clicks to tell. `log`: what it learned
    from; `debiased`: the grades of those lists.
    """
    names = [name for name in COLUMNS if name in log.features]
    columns = [log.features.index(name) for name in names]
    told = [i for i, shown in enumerate(log.lists) if _tells(shown, columns)][-MOST_LISTS:]
    if not names or len(told) < FEWEST_LISTS or len({shown.family for shown in log.lists}) < FOLDS:
        return ranker
    scores = _unseen_scores(ranker, log, debiased, recipe, told)
    return replace(
        ranker, linear=_weights([log.lists[i] for i in told], scores, dict(zip(names, columns, strict=True)))
    )


def _tells(shown: ShownList, columns: Sequence[int]) -> bool:
    return shown.has_interest and len(shown.products) > 1 and not np.isnan(shown.values[:, columns]).all()


def _unseen_scores(
    ranker: Ranker, log: ShownLog, debiased: Debiased, recipe: Recipe, told: Sequence[int]
) -> list[Floats]:
    """For each list of `told` the scores by trees that never met its query, each of shape (products,)."""
    fold = split_families([shown.family for shown in log.lists], FOLDS, seed=recipe.seed + 2)
    found: dict[int, Floats] = {}
    for number in range(FOLDS):
        learned = np.flatnonzero(fold != number)
        grades = replace(debiased, grades=tuple(debiased.grades[i] for i in learned))
        groups = training_groups(log.part(learned), grades)
        booster = train_booster(groups, ranker.options, directions=recipe.directions)
        trees = Ranker(booster, ranker.options, ranker.blend)
        found |= {i: trees.predict(log.lists[i].values) for i in told if fold[i] == number}
    return [found[i] for i in told]


def _weights(lists: Sequence[ShownList], scores: Sequence[Floats], columns: Mapping[str, int]) -> dict[str, float]:
    """By feature, in points of the score; those of 0 are left out."""
    values = np.concatenate([shown.values[:, list(columns.values())] for shown in lists]).astype(np.float64)
    personal = np.nan_to_num(values, nan=0.0)
    spread = np.maximum(personal.std(axis=0), 1e-9)
    precision = np.concatenate([[_PRECISION_OF_SCORE], np.full(len(columns), _PRECISION)])
    fitted = Clicked(lists).fit(
        np.column_stack([np.concatenate(scores), personal / spread]), precision=precision, least=0
    )
    a_point = float(fitted.weights[0])
    if a_point < _LEAST_OF_SCORE:
        return {}
    weights = fitted.weights[1:] / spread / a_point
    return {name: float(weight) for name, weight in zip(columns, weights, strict=True) if weight > 0}


def in_words(ranker: Ranker) -> tuple[str, ...]:
    """What `train` says of the weights; nothing where there are none."""
    told = ", ".join(f"{name} {weight:.2f}" for name, weight in ranker.linear.items())
    return (f"taste counts beside the trees, in points of the score: {told}",) if told else ()
