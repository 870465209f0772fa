"""Simulated shoppers on a ranking set: what some weak rankings showed them one after the other, and what they clicked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.debiasing.ranking_sets import RankedQuery
from ranking.behaviour.click_models.simulation import SHOPPERS
from ranking.lambdamart.training import TrainingOptions, train_booster
from ranking.lambdamart.training_set import QueryGroup, TrainingSet
from ranking.learning.shown import ShownList, ShownLog

SHOWN = 10
LEAST, MOST = 0.05, 0.6  # attraction of the worst and of the best grade
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Habits:
    """How the log came about: rankings that served in turn, the queries each learned from, searches of each query."""

    rankings: int = 10
    learned_from: int = 3
    searches: int = 1000


def as_set(queries: Sequence[RankedQuery], features: tuple[str, ...], *, clicked: bool) -> TrainingSet:
    """The queries with their true grades, or, `clicked`, with what the grades are in clicks."""
    groups = []
    for query in queries:
        ids = tuple(str(i) for i in range(len(query.grades)))
        judged = dict(zip(ids, (attraction(query.grades) if clicked else query.grades).tolist(), strict=True))
        groups.append(QueryGroup(query.name, query.family, ids, query.values, np.zeros(len(ids)), judged))
    return TrainingSet(features, tuple(groups))


def attraction(grades: Floats) -> Floats:
    """Grades as the probability that somebody who looks would click (2^grade - 1 over its greatest, as Chapelle has it)."""
    most = 4.0 if grades.max(initial=0) > 1 else 1.0
    return np.asarray(LEAST + (MOST - LEAST) * (np.exp2(grades) - 1) / (np.exp2(most) - 1), dtype=np.float64)


def weak_orders(
    queries: Sequence[RankedQuery], data: TrainingSet, habits: Habits, seed: int
) -> list[list[NDArray[np.intp]]]:
    """For each ranking the order of each query's products: small models, each from a handful of labelled queries."""
    rng = np.random.default_rng(seed)
    orders = []
    for _ in range(habits.rankings):
        few = data.part(rng.choice(len(queries), habits.learned_from, replace=False))
        booster = train_booster(
            few, TrainingOptions(trees=15, leaves=4, minimum_in_leaf=5, seed=int(rng.integers(1_000_000)))
        )
        rows = np.concatenate([query.values for query in queries])
        scores = np.asarray(booster.predict(rows, num_threads=1))
        scores = scores + 1e-6 * rng.random(scores.shape)
        cuts = np.cumsum([len(query.grades) for query in queries])[:-1]
        orders.append([np.argsort(-part) for part in np.split(scores, cuts)])
    return orders


def shown_part(queries: Sequence[RankedQuery], data: TrainingSet, *, habits: Habits, seed: int) -> TrainingSet:
    """The same groups without what none of the weak rankings showed."""
    orders, groups = weak_orders(queries, data, habits, seed), []
    for n, group in enumerate(data.groups):
        seen = np.unique(np.concatenate([order[n][:SHOWN] for order in orders]))
        ids = tuple(group.ids[i] for i in seen)
        groups.append(replace(group, ids=ids, values=group.values[seen], fused=group.fused[seen]))
    return TrainingSet(data.features, tuple(groups))


def click_log(queries: Sequence[RankedQuery], data: TrainingSet, kind: str, *, habits: Habits, seed: int) -> ShownLog:
    """Searches by shoppers of one kind, `habits.searches` of each query, spread evenly over the weak rankings."""
    orders, rng, lists = weak_orders(queries, data, habits, seed), np.random.default_rng(seed + 1), []
    for n, query in enumerate(queries):
        attractive = attraction(query.grades)
        for ranking in range(habits.rankings):
            order = orders[ranking][n][:SHOWN]
            count = habits.searches // habits.rankings
            clicks = SHOPPERS[kind](rng, np.tile(attractive[order], (count, 1)))
            seen, times = np.unique(clicks, axis=0, return_counts=True)
            products, values = tuple(map(str, order)), query.values[order]
            positions = np.arange(1, len(order) + 1, dtype=np.int32)
            lists += [
                ShownList(f"{n}-{ranking}-{i}", query.name, query.family, float(ranking), None, products, positions,
                          values, row.astype(np.float64), times=int(often))
                for i, (row, often) in enumerate(zip(seen, times, strict=True))
            ]  # fmt: skip
    return ShownLog(data.features, tuple(lists))
