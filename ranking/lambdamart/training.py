"""LambdaMART by LightGBM: gradient boosted trees on the pairs of each query (Burges 2010, "From RankNet to LambdaMART")."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from ranking.lambdamart.training_set import QueryGroup, TrainingSet

FAVOUR = 3.0
FEATURES_A_TREE = 25
Progress = Callable[[int, int], None]  # done, of
FEW_GROUPS = 100


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How a model learns. The defaults suit some hundred queries; `options_for` widens them for many.

    `cutoff`: the rank up to which order matters; pairs are taken a little beyond it. `linear_gain`: a grade counts as it
    is, else as 2^grade - 1. `monotone`: keep declared directions. Equal data, options and seed give equal models.
    """

    trees: int = 200
    learning_rate: float = 0.05
    leaves: int = 7
    minimum_in_leaf: int = 20
    l2: float = 1.0
    smoothing: float = 10.0  # draws leaves with few rows to their parents
    feature_share: float = 0.7
    query_share: float = 0.8
    cutoff: int = 10
    linear_gain: bool = True
    monotone: bool = True
    seed: int = 17
    threads: int = 1
    favoured: tuple[str, ...] = ()  # features whose splits count FAVOUR times

    def parameters(self, gains: Sequence[float], directions: Sequence[int]) -> dict[str, Any]:
        """As LightGBM's parameters. `gains`: gain of each label from 0; `directions`: -1, 0 or 1 per feature."""
        return {
            "objective": "lambdarank",
            "metric": "None",
            "boosting": "gbdt",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.minimum_in_leaf,
            "lambda_l2": self.l2,
            "path_smooth": self.smoothing,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.query_share,
            "bagging_freq": 1,
            "bagging_by_query": True,
            "lambdarank_truncation_level": self.cutoff + max(2, self.cutoff // 2),
            "label_gain": list(gains),
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.threads,
            "verbosity": -1,
        } | ({"monotone_constraints": list(directions)} if self.monotone and any(directions) else {})


def options_for(groups: int) -> TrainingOptions:
    """Small trees for few queries, larger ones where thousands can fill their leaves.

    Below a hundred queries a tree asks one question: a sum of such trees cannot learn what holds for one query alone.
    """
    if groups < FEW_GROUPS:
        return TrainingOptions(trees=300, leaves=2, l2=10.0, feature_share=0.5)
    if groups < 1000:
        return TrainingOptions()
    return TrainingOptions(
        trees=400, learning_rate=0.07, leaves=31, minimum_in_leaf=50, smoothing=0.0, feature_share=0.8
    )


def options_for_clicks(rows: int, features: int) -> TrainingOptions:
    """Shallow trees with well-filled leaves: a search has about one click, so thousands of searches say no more than some
    hundred judged queries, and a leaf of few rows holds nothing but luck.
    """
    leaf = int(np.clip(rows // 150, 20, 500))
    leaves = 7 if rows < 250_000 else 15
    share = float(np.clip(FEATURES_A_TREE / features, 0.3, 0.7))  # so that not every tree is about the same strong ones
    return TrainingOptions(trees=300, learning_rate=0.04, leaves=leaves, minimum_in_leaf=leaf, feature_share=share)


def train_booster(
    data: TrainingSet,
    options: TrainingOptions,
    *,
    directions: Mapping[str, int] | None = None,
    progress: Progress | None = None,
) -> lightgbm.Booster:
    """Train on every teachable group. `directions`: feature name → -1 or 1. Raises TrainingError without any group.

    `progress` is called with (trees done, trees in all).
    """
    groups = data.require_teachable()
    labels, gains = label_grades(groups, linear=options.linear_gain)
    dataset = lightgbm.Dataset(
        np.concatenate([group.values for group in groups]),
        label=labels,
        group=[len(group.ids) for group in groups],
        feature_name=list(data.features),
        weight=_weights(groups),
        position=_positions(groups),
        params={"verbosity": -1, "feature_pre_filter": False},
    )
    wanted = directions or {}
    parameters = options.parameters(gains, [wanted.get(name, 0) for name in data.features])
    if options.favoured:
        parameters["feature_contri"] = [FAVOUR if name in options.favoured else 1.0 for name in data.features]
    callbacks = [] if progress is None else [_reporting(progress, options.trees)]
    return lightgbm.train(parameters, dataset, num_boost_round=options.trees, callbacks=callbacks)


def label_grades(groups: Sequence[QueryGroup], *, linear: bool) -> tuple[NDArray[np.int32], list[float]]:
    """Grades as LightGBM's integer labels, and the gain of each label; grades may be fractions. Negative ones gain 0."""
    grades = np.concatenate([group.grades for group in groups])
    known, labels = np.unique(np.concatenate([[0.0], np.maximum(grades, 0.0)]), return_inverse=True)
    gains = known if linear else np.exp2(known) - 1
    return labels[1:].astype(np.int32), [float(gain) for gain in gains]


def _weights(groups: Sequence[QueryGroup]) -> NDArray[np.float64] | None:
    """A weight for each row, None where all groups weigh the same."""
    if all(group.weight == groups[0].weight for group in groups):
        return None
    return np.repeat([group.weight for group in groups], [len(group.ids) for group in groups])


def _positions(groups: Sequence[QueryGroup]) -> NDArray[np.int32] | None:
    """Where each row was shown, for LightGBM's own position bias correction; None where some group does not say."""
    known = [group.positions for group in groups if group.positions is not None]
    return np.concatenate(known).astype(np.int32) if len(known) == len(groups) else None


def _reporting(progress: Progress, trees: int) -> Callable[[Any], None]:
    def report(environment: Any) -> None:
        progress(environment.iteration + 1, trees)

    return report
