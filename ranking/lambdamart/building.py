"""From a training set to a stored model: cross-validated figures first, then trees from all of it, then the manifest."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranking.evaluation.comparison import permutation_p
from ranking.evaluation.intervals import SHARE, MeanInterval, bootstrap_mean
from ranking.features.feature import Feature, Source
from ranking.lambdamart.cross_validation import (
    CrossValidated,
    FoldRanker,
    Ranker,
    Recipe,
    choose_and_train,
    cross_validate,
    ndcg_by_query,
)
from ranking.lambdamart.manifest import DataRecord, Interval, Manifest, StoredTrees, hash_schema, rows_to_json
from ranking.lambdamart.spreads import spreads_of
from ranking.lambdamart.training import FEW_GROUPS, Progress, options_for, options_for_clicks
from ranking.lambdamart.training_set import TrainingSet

GOLDEN_ROWS = 24
MANY_ROWS = 50_000
ENOUGH_SEARCHES = 300  # with a click: the model is trusted to order alone
ALONE = (1.0, 1.0)  # all trees, and nothing of the fused score beside them
RERANKED, BEFORE = "reranked", "before"


@dataclass(frozen=True, slots=True)
class Figures:
    """nDCG over queries with a relevant product, each scored by trees that never saw it, beside the order before.

    `gain`: reranked minus before, query by query; `p` of the paired test on it.
    """

    measure: str
    before: MeanInterval
    reranked: MeanInterval
    gain: MeanInterval
    p: float

    @property
    def is_not_worse(self) -> bool:
        return self.gain.mean >= 0


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """A model that can be stored: `trees` by file name, as the manifest lists them."""

    manifest: Manifest
    trees: Mapping[str, str]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the manifest records beside the trees."""

    catalogue: str
    origin: str
    at: datetime
    parent: str | None = None
    behaviour: Mapping[str, Any] = field(default_factory=dict)  # the fields of DataRecord that speak of behaviour


@dataclass(frozen=True, slots=True)
class Rankers:
    """What training made: trees of everything, those of each fold, and the directions they had to keep."""

    whole: Ranker
    folds: tuple[FoldRanker, ...]
    directions: Mapping[str, int]


def recipe_for(data: TrainingSet, features: Sequence[Feature], *, seed: int = 17, threads: int = 1) -> Recipe:
    """Options by the number of queries; five folds at most, ten where queries are so few that each one counts.

    Few rows are learned on one thread: more only wait.
    """
    rows = sum(len(group.ids) for group in data.groups)
    base = options_for(len(data.teachable()))
    families = len({group.family for group in data.groups})
    return Recipe(
        options=(replace(base, seed=seed, threads=threads if rows >= MANY_ROWS else 1),),
        directions={feature.name: feature.monotone for feature in features if feature.monotone},
        folds=max(2, min(10 if families < FEW_GROUPS else 5, families // 2)),
    )


def recipe_for_clicks(data: TrainingSet, features: Sequence[Feature], *, seed: int = 17, threads: int = 1) -> Recipe:
    """As recipe_for, for groups with clicks in place of judgments.

    With enough of them the model orders alone, unless held-out searches surely say otherwise: the fused score is one of its
    features, and clicks on lists in fused order will hardly ever prove that it should count less.
    """
    plain = recipe_for(data, features, seed=seed, threads=threads)
    rows = sum(len(group.ids) for group in data.groups)
    # What is known of a shopper is absent for strangers: its splits gain from a part of the rows alone.
    personal = tuple(sorted(feature.name for feature in features if feature.source is Source.PROFILE))
    threads = plain.options[0].threads
    options = replace(options_for_clicks(rows, len(data.features)), seed=seed, threads=threads, favoured=personal)
    enough = len(data.teachable()) >= ENOUGH_SEARCHES
    return replace(plain, options=(options,), usual=ALONE if enough else plain.usual)


def learn_model(
    data: TrainingSet, recipe: Recipe, circumstances: Circumstances, *, progress: Progress | None = None
) -> LearnedModel:
    """Cross-validate, then train on everything. Raises TrainingError when there is nothing to learn.

    `progress` is called with (steps done, steps in all), one step a fold and one for the whole model.
    """
    data.require_teachable()
    steps = recipe.folds + 1
    validated = cross_validate(data, recipe, progress=lambda done, _of: progress(done, steps) if progress else None)
    whole = choose_and_train(data, recipe)
    if progress is not None:
        progress(steps, steps)
    figures = out_of_fold_figures(data, validated, cutoff=recipe.cutoff)
    return describe_model(data, Rankers(whole, validated.folds, recipe.directions), figures, circumstances)


def out_of_fold_figures(data: TrainingSet, validated: CrossValidated, *, cutoff: int = 10) -> Figures:
    """The order by fused score against the order by each query's out-of-fold score."""
    before = ndcg_by_query(data.groups, lambda _place, group: group.fused, cutoff=cutoff)
    after = ndcg_by_query(data.groups, lambda place, _group: validated.final_scores[place], cutoff=cutoff)
    gain = after - before
    return Figures(
        f"nDCG@{cutoff}",
        bootstrap_mean(before, within=SHARE),
        bootstrap_mean(after, within=SHARE),
        bootstrap_mean(gain),
        permutation_p(gain),
    )


def describe_model(data: TrainingSet, rankers: Rankers, figures: Figures, circumstances: Circumstances) -> LearnedModel:
    """The model with its manifest, as the store keeps it."""
    golden, whole, folds = _golden_rows(data), rankers.whole, rankers.folds
    trees = {"model.txt": whole.text()} | {f"fold-{n}.txt": f.ranker.text() for n, f in enumerate(folds)}
    manifest = Manifest(
        id=f"m{circumstances.at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        catalogue=circumstances.catalogue,
        created_at=circumstances.at,
        features=data.features,
        schema_hash=hash_schema(data.features),
        golden_rows=rows_to_json(golden.tolist()),
        whole=_stored("model.txt", trees["model.txt"], whole, golden=golden),
        folds=tuple(
            _stored(f"fold-{n}.txt", trees[f"fold-{n}.txt"], fold.ranker, golden=golden, held_out=fold.held_out)
            for n, fold in enumerate(folds)
        ),
        options=asdict(whole.options),
        measures={
            BEFORE: {figures.measure: _interval(figures.before)},
            RERANKED: {figures.measure: _interval(figures.reranked)},
        },
        data=DataRecord(
            sha256=data.digest(),
            origin=circumstances.origin,
            queries=len(data.groups),
            candidates=sum(len(group.ids) for group in data.groups),
            judged=sum(len(group.judgments) for group in data.groups),
            **circumstances.behaviour,
        ),
        parent=circumstances.parent,
        spreads=spreads_of(data.features, np.concatenate([group.values for group in data.groups])),
        directions=dict(rankers.directions),
    )
    return LearnedModel(manifest, trees, figures)


def _golden_rows(data: TrainingSet) -> NDArray[np.float32]:
    """Rows that every load must score as training did: some of the data, and one where everything is absent."""
    every = np.concatenate([group.values for group in data.groups])
    picked = np.random.default_rng(len(every)).choice(len(every), size=min(GOLDEN_ROWS, len(every)), replace=False)
    return np.vstack([every[np.sort(picked)], np.full((1, every.shape[1]), np.nan, dtype=np.float32)])


def _stored(
    file: str, text: str, ranker: Ranker, *, golden: NDArray[np.float32], held_out: tuple[str, ...] = ()
) -> StoredTrees:
    return StoredTrees(
        file=file,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        trees=ranker.options.trees,
        blend=ranker.blend,
        golden_scores=tuple(ranker.predict(golden).tolist()),
        held_out=held_out,
        linear=dict(ranker.linear),
    )


def _interval(found: MeanInterval) -> Interval:
    return Interval(mean=found.mean, low=found.low, high=found.high)
