"""Honest scores: every query is scored by trees, tree count and blend that were chosen without its family."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import lightgbm
import numpy as np
from numpy.typing import NDArray

from ranking.errors import TrainingError
from ranking.evaluation.ndcg import ndcg
from ranking.lambdamart.blending import blend_scores, order_by
from ranking.lambdamart.linear import LinearPart
from ranking.lambdamart.training import Progress, TrainingOptions, train_booster
from ranking.lambdamart.training_set import QueryGroup, TrainingSet

BLENDS = tuple(i / 10 for i in range(11))
TREE_SHARES = (0.15, 0.3, 0.5, 0.75, 1.0)
USUAL = (0.5, 0.5)  # share of the trees, and blend
MANY_GROUPS = 1000

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranker:
    """Trees with the tree count, options and blend that were chosen for them, and the weights beside them (linear.py)."""

    booster: lightgbm.Booster
    options: TrainingOptions
    blend: float
    linear: Mapping[str, float] = field(default_factory=dict)

    def text(self) -> str:
        """The trees as LightGBM writes them, cut to the chosen count."""
        return str(self.booster.model_to_string(num_iteration=self.options.trees))

    def predict(self, values: NDArray[np.float32]) -> Scores:
        beside = LinearPart.of(self.linear, self.booster.feature_name()).score(values)
        return _predict(self.booster, values, self.options.trees) + beside

    def final(self, group: QueryGroup) -> Scores:
        """Blended score of each candidate, shape (candidates,)."""
        return blend_scores(self.predict(group.values), group.fused, weight=self.blend)


@dataclass(frozen=True, slots=True)
class FoldRanker:
    """A ranker and the query families it has never seen."""

    ranker: Ranker
    held_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """`folds`: one ranker per fold. `final_scores`: of each group, by the ranker that never saw its family."""

    folds: tuple[FoldRanker, ...]
    final_scores: tuple[Scores, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rankers are made: options to choose among, the declared directions, folds for the figures, folds within
    each of them for the choices, the cutoff that counts, and the share of the trees and the blend that are taken unless
    others are surely better."""

    options: tuple[TrainingOptions, ...]
    directions: Mapping[str, int]
    folds: int = 5
    inner_folds: int = 3
    cutoff: int = 10
    usual: tuple[float, float] = USUAL

    @property
    def seed(self) -> int:
        return self.options[0].seed


def split_families(families: Sequence[str], folds: int, *, seed: int) -> NDArray[np.intp]:
    """The fold of each query, shape (queries,); a family is never divided and folds are near equal in queries.

    Raises TrainingError with fewer families than folds.
    """
    unique, sizes = np.unique(np.asarray(families, dtype=object), return_counts=True)
    if len(unique) < folds:
        raise TrainingError(
            f"{len(unique)} different queries cannot be split into {folds} folds; judge more queries to train a model"
        )
    shuffled = np.random.default_rng(seed).permutation(len(unique))
    filled = np.zeros(folds, dtype=np.intp)
    fold_of: dict[str, int] = {}
    for place in sorted(shuffled, key=lambda i: -sizes[i]):
        emptiest = int(filled.argmin())
        fold_of[unique[place]] = emptiest
        filled[emptiest] += sizes[place]
    return np.array([fold_of[family] for family in families], dtype=np.intp)


def cross_validate(data: TrainingSet, recipe: Recipe, *, progress: Progress | None = None) -> CrossValidated:
    """Train one ranker per fold, each with its own inner choice, and score what it held out. Raises TrainingError."""
    families = [group.family for group in data.groups]
    assigned = split_families(families, recipe.folds, seed=recipe.seed)
    folds: list[FoldRanker] = []
    finals: list[Scores] = [np.empty(0)] * len(data.groups)
    for fold in range(recipe.folds):
        held_out = np.flatnonzero(assigned == fold)
        ranker = choose_and_train(data.part(np.flatnonzero(assigned != fold)), recipe)
        for place in held_out:
            finals[place] = ranker.final(data.groups[place])
        folds.append(FoldRanker(ranker, tuple(sorted({families[place] for place in held_out}))))
        if progress is not None:
            progress(fold + 1, recipe.folds)
    return CrossValidated(tuple(folds), tuple(finals))


def choose_and_train(data: TrainingSet, recipe: Recipe) -> Ranker:
    """Choose options, tree count and blend by folds within `data`, then train on all of it. Raises TrainingError."""
    options, blend = _choose(data, recipe)
    return Ranker(train_booster(data, options, directions=recipe.directions), options, blend)


def _choose(data: TrainingSet, recipe: Recipe) -> tuple[TrainingOptions, float]:
    """Options (with their tree count) and blend: the usual ones, unless held-out queries surely do better with others.

    Surely: by more than two standard errors of the paired difference. With fifty queries the best cell of a grid is
    mostly luck, and taking it costs more than it brings; with thousands the same rule takes the best.
    """
    share, blend = recipe.usual
    usual = (recipe.options[0], round(recipe.options[0].trees * share), blend)
    cells: list[tuple[TrainingOptions, int, float]] = []
    columns: list[Scores] = []
    for options in recipe.options:
        counts = sorted({max(1, round(options.trees * share)) for share in TREE_SHARES})
        cells += [(options, count, blend) for count in counts for blend in BLENDS]
        columns.append(_held_out_grid(data, options, counts, recipe))
    values = np.hstack(columns)
    place = next((i for i, cell in enumerate(cells) if cell == usual), 0)
    options, count, blend = cells[surely_best(values, place)]
    return replace(options, trees=count), blend


def surely_best(values: Scores, usual: int) -> int:
    """The column with the greatest mean of those that beat the column `usual` by two standard errors, else `usual`.

    `values`: one row per query, one column per choice.
    """
    if values.shape[0] < 2:
        return usual
    better = values - values[:, [usual]]
    means, errors = better.mean(axis=0), better.std(axis=0, ddof=1) / np.sqrt(values.shape[0])
    sure = np.where(means > 2 * errors, means, -np.inf)
    return int(sure.argmax()) if np.isfinite(sure.max()) else usual


def _held_out_grid(data: TrainingSet, options: TrainingOptions, counts: Sequence[int], recipe: Recipe) -> Scores:
    """nDCG of each held-out query for each tree count and blend, shape (queries, counts × blends)."""
    rows: list[Scores] = []
    for learned, examined in _inner_splits(data, recipe):
        booster = train_booster(learned, options, directions=recipe.directions)
        rows += [_grid(booster, group, counts, recipe.cutoff).ravel() for group in examined.teachable()]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(counts) * len(BLENDS))


def _inner_splits(data: TrainingSet, recipe: Recipe) -> Iterator[tuple[TrainingSet, TrainingSet]]:
    """Every fold for few queries; for many one split is as sure and costs a fifth."""
    families = [group.family for group in data.groups]
    folds = max(2, min(recipe.inner_folds, len(set(families))))
    assigned = split_families(families, folds, seed=recipe.seed + 1)
    for fold in range(1 if len(data.groups) >= MANY_GROUPS else folds):
        yield data.part(np.flatnonzero(assigned != fold)), data.part(np.flatnonzero(assigned == fold))


def _grid(booster: lightgbm.Booster, group: QueryGroup, counts: Sequence[int], cutoff: int) -> Scores:
    """nDCG of one query for each tree count and blend, shape (counts, blends)."""
    grades, judged = group.grades, tuple(group.judgments.values())
    return np.array(
        [
            [
                ndcg(grades[order_by(blend_scores(scores, group.fused, weight=blend))], judged, cutoff=cutoff)
                for blend in BLENDS
            ]
            for scores in (_predict(booster, group.values, count) for count in counts)
        ]
    )


def ndcg_by_query(
    groups: Sequence[QueryGroup], score: Callable[[int, QueryGroup], Scores], *, cutoff: int = 10
) -> Scores:
    """nDCG of each group ranked by `score(place, group)`, NaN where no product has a grade above 0; shape (groups,)."""
    return np.array(
        [
            ndcg(group.grades[order_by(score(place, group))], group.judgments.values(), cutoff=cutoff)
            for place, group in enumerate(groups)
        ]
    )


def _predict(booster: lightgbm.Booster, values: NDArray[np.float32], trees: int) -> Scores:
    return np.asarray(booster.predict(values, num_iteration=trees, num_threads=1), dtype=np.float64)
