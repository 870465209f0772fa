"""Attraction of pairs that were rarely looked at, from what their features say: pairs alike are liked alike.

A click model alone draws a rarely seen pair to the overall level, which is too good for what every earlier ranking put low.
So a small booster learns the attraction from the features (regression within expectation maximization: Wang, Golbandi,
Bendersky, Metzler, Najork, WSDM 2018) and its prediction, made without the pair's own query, becomes the prior of the pair;
the pair's own evidence keeps the last word.
"""

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.click_models.click_model import ClickModel
from ranking.behaviour.click_models.empirical_bayes import expected_attraction
from ranking.behaviour.click_models.sessions import Estimate, Sessions

Floats = NDArray[np.float64]
ROUNDS = 2
FOLDS = 2
_PARAMETERS = {
    "objective": "cross_entropy",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "min_sum_hessian_in_leaf": 1.0,
    "lambda_l2": 5.0,
    "feature_fraction": 0.7,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_TREES = 80
_SMALL = 1e-3


@dataclass(frozen=True, slots=True)
class PairFeatures:
    """`values`: float32, shape (pairs, features), each pair's row; `family`: int64, shape (pairs,), its query family."""

    values: NDArray[np.float32]
    family: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Explained:
    """A fitted model, and `attraction`: shape (pairs,), each pair's posterior mean given features, own evidence, and how
    attractions are spread in this shop.
    """

    model: ClickModel
    estimate: Estimate
    attraction: Floats

    def labels(self, sessions: Sessions) -> Floats:
        """Expected attraction at each shown place: what was clicked there says how it differs between searches, its mean over all
        searches of a pair is `attraction`. Shape of the sessions.
        """
        attracted = self.model.attracted(sessions)
        mean = sessions.per_pair(attracted) / np.maximum(sessions.per_pair(np.ones(attracted.shape)), 1.0)
        return np.asarray(attracted * sessions.at(self.attraction / np.maximum(mean, _SMALL)), dtype=np.float64)


def fit_with_features(
    make: Callable[[], ClickModel], sessions: Sessions, pairs: PairFeatures, *, seed: int
) -> Explained:
    """The click model fitted in turns with the prior that its own evidence teaches."""
    model, prior = make(), np.zeros(sessions.pair_count)
    estimate = model.fit(sessions)
    told = PairFeatures(beside_their_like(pairs), pairs.family)
    for _ in range(ROUNDS):
        liked, looked = model.trials(sessions)
        prior = _predicted(told, sessions.per_pair(liked), sessions.per_pair(looked), seed=seed)
        model = make()
        estimate = model.fit(sessions, prior=prior)
    liked, looked = model.trials(sessions)
    expected = expected_attraction(sessions.per_pair(liked), sessions.per_pair(looked), prior)
    return Explained(model, estimate, expected)


def beside_their_like(pairs: PairFeatures) -> NDArray[np.float32]:
    """The features and, beside them, each value's place between the least and the greatest of its query: what matters in a
    list is less how well a product matches than whether another one matches better. Shape (pairs, 2 × features).
    """
    order = np.argsort(pairs.family, kind="stable")
    starts = np.flatnonzero(np.diff(pairs.family[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    values = pairs.values[order]
    low = np.repeat(np.fmin.reduceat(values, starts, axis=0), sizes, axis=0)
    high = np.repeat(np.fmax.reduceat(values, starts, axis=0), sizes, axis=0)
    relative = np.empty_like(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative[order] = (values - low) / (high - low)
    return np.hstack([pairs.values, relative])


def _predicted(pairs: PairFeatures, liked: Floats, looked: Floats, *, seed: int) -> Floats:
    """Attraction of each pair by a booster that never saw its query, shape (pairs,)."""
    share = np.clip(liked / np.maximum(looked, _SMALL), 0.0, 1.0)
    families = int(pairs.family.max(initial=0)) + 1
    fold = (np.random.default_rng(seed).permutation(families) % FOLDS)[pairs.family]
    found = np.full(len(share), float(liked.sum() / max(looked.sum(), _SMALL)))
    for number in range(FOLDS):
        learned, asked = fold != number, fold == number
        if not asked.any() or learned.sum() < 2 * _PARAMETERS["min_data_in_leaf"]:  # type: ignore[operator]
            continue  # too few to learn from: the overall level stays
        data = lightgbm.Dataset(
            pairs.values[learned], label=share[learned], weight=np.maximum(looked[learned], _SMALL),
            params={"verbosity": -1, "feature_pre_filter": False},
        )  # fmt: skip
        booster = lightgbm.train({**_PARAMETERS, "seed": seed}, data, num_boost_round=_TREES)
        found[asked] = np.asarray(booster.predict(pairs.values[asked], num_threads=1), dtype=np.float64)
    return np.asarray(np.clip(found, _SMALL, 1 - _SMALL), dtype=np.float64)
