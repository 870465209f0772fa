"""Debiasing, measured: how much of the gap from naive clicks to true labels does each approach recover?

    python -m benchmarks.debiasing                     movies, all kinds of shoppers, 10 seeds
    python -m benchmarks.debiasing --set example       LightGBM's own small example
    python -m benchmarks.debiasing --kind grid --seeds 2 --approach selected

Shoppers search the training queries; a few weak rankings serve them in turn; LambdaMART learns from the clicks by each
approach, and from the true grades; every model is examined with true grades on queries it has never seen.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.debiasing.ranking_sets import RankedQuery, example_queries, movie_queries
from benchmarks.debiasing.shoppers import Habits, as_set, click_log
from ranking.behaviour.click_models.simulation import SHOPPERS
from ranking.evaluation.intervals import bootstrap_mean
from ranking.lambdamart.cross_validation import ndcg_by_query
from ranking.lambdamart.training import TrainingOptions, train_booster
from ranking.lambdamart.training_set import TrainingSet
from ranking.learning.debiasing import APPROACHES, debias
from ranking.learning.grouping import training_groups

TRUE, NAIVE, TARGET = "true labels", "naive", 0.75
LEARNED, EXAMINED = 400, 1000


def examine(learned: TrainingSet, examined: TrainingSet, seed: int) -> float:
    """Mean nDCG@10 by true grades of the model that this set makes."""
    booster = train_booster(learned, TrainingOptions(trees=150, leaves=15, seed=seed))
    return float(
        np.nanmean(
            ndcg_by_query(
                examined.groups, lambda _place, group: np.asarray(booster.predict(group.values, num_threads=1))
            )
        )
    )


def one_seed(
    queries: Sequence[RankedQuery], kind: str, approaches: Sequence[str], *, habits: Habits, seed: int
) -> dict[str, float]:
    """nDCG@10 of each approach and of the true labels."""
    features = tuple(f"f{i}" for i in range(queries[0].values.shape[1]))
    order = np.random.default_rng(1000 + seed).permutation(len(queries))
    cut = min(LEARNED, int(0.7 * len(queries)))
    shop, rest = [queries[i] for i in order[:cut]], [queries[i] for i in order[cut : cut + EXAMINED]]
    data, examined = as_set(shop, features, clicked=True), as_set(rest, features, clicked=False)
    log = click_log(shop, data, kind, habits=habits, seed=seed)
    found = {TRUE: examine(data, examined, seed)}
    for approach in approaches:
        found[approach] = examine(training_groups(log, debias(log.lists, approach, seed=seed)), examined, seed)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("movies", "example"), default="movies")
    parser.add_argument("--kind", action="append", choices=tuple(SHOPPERS))
    parser.add_argument("--approach", action="append", choices=APPROACHES)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--searches", type=int, default=Habits().searches, help="of each query")
    arguments = parser.parse_args()
    queries = movie_queries() if arguments.set == "movies" else example_queries()
    approaches = [NAIVE, *(a for a in arguments.approach or APPROACHES if a != NAIVE)]
    console, reached = Console(width=150), True
    for kind in arguments.kind or SHOPPERS:
        found: dict[str, list[float]] = defaultdict(list)
        begin = time.process_time()
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
            habits = Habits(searches=arguments.searches)
            for name, value in one_seed(queries, kind, approaches, habits=habits, seed=seed).items():
                found[name].append(value)
        console.print(_table(kind, found), f"{time.process_time() - begin:.0f} s of CPU")
        reached &= _share(found, approaches[-1]) >= TARGET
    return 0 if reached else 1


def _share(found: dict[str, list[float]], approach: str) -> float:
    gap = np.mean(found[TRUE]) - np.mean(found[NAIVE])
    return float((np.mean(found[approach]) - np.mean(found[NAIVE])) / gap)


def _table(kind: str, found: dict[str, list[float]]) -> Table:
    table = Table(title=f"shoppers: {kind}")
    for heading in ("learned from", "nDCG@10", "above naive, paired", "of the gap", "seeds below naive"):
        table.add_column(heading)
    naive = np.array(found[NAIVE])
    for name, values in found.items():
        gain = np.array(values) - naive
        interval = bootstrap_mean(gain)
        table.add_row(
            name,
            f"{np.mean(values):.4f}",
            f"{interval.mean:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]",
            f"{100 * _share(found, name):.0f} %",
            f"{int((gain < 0).sum())} of {len(gain)}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
