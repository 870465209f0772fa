"""Debiasing, measured: how much of the gap from naive clicks to true labels does each approach recover?

    python -m benchmarks.debiasing --approach selected --keep debiasing.jsonl    movies, all kinds of shoppers, 10 seeds
    python -m benchmarks.debiasing --set example                                 LightGBM's own small example, all approaches
    python -m benchmarks.debiasing --kind grid --seeds 2 --searches 100

Shoppers search the training queries; a few weak rankings serve them in turn; LambdaMART learns from the clicks by each
approach, and from the true grades; every model is examined with true grades on queries it has never seen. With `--keep`
each result is written to a file at once, and what the file has is not computed again.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.debiasing.ranking_sets import RankedQuery, example_queries, movie_queries
from benchmarks.debiasing.results import NAIVE, SHOWN_TRUE, TRUE, Results, table_of
from benchmarks.debiasing.shoppers import Habits, as_set, click_log, shown_part
from ranking.behaviour.click_models.simulation import SHOPPERS
from ranking.lambdamart.cross_validation import ndcg_by_query
from ranking.lambdamart.training import TrainingOptions, train_booster
from ranking.lambdamart.training_set import TrainingSet
from ranking.learning.debiasing import APPROACHES, debias
from ranking.learning.grouping import training_groups

TARGET = 0.75
LEARNED, EXAMINED = 400, 3000
LEARNERS = 3  # whose scores are added up, for every approach alike: less of what is measured is luck


@dataclass(frozen=True, slots=True)
class Shop:
    """The queries that shoppers search, with their true grades, and those that every model is examined on."""

    searched: Sequence[RankedQuery]
    truth: TrainingSet
    examined: TrainingSet

    @classmethod
    def of(cls, queries: Sequence[RankedQuery], seed: int) -> "Shop":
        features = tuple(f"f{i}" for i in range(queries[0].values.shape[1]))
        order = np.random.default_rng(1000 + seed).permutation(len(queries))
        cut = min(LEARNED, int(0.7 * len(queries)))
        searched, rest = [queries[i] for i in order[:cut]], [queries[i] for i in order[cut : cut + EXAMINED]]
        return cls(searched, as_set(searched, features, clicked=True), as_set(rest, features, clicked=False))

    def examine(self, learned: TrainingSet, seed: int) -> float:
        """Mean nDCG@10 by true grades of the models that this set makes."""
        rows = np.concatenate([group.values for group in self.examined.groups])
        scores = np.zeros(len(rows))
        for number in range(LEARNERS):
            options = TrainingOptions(trees=150, leaves=15, seed=seed + 50 * number)
            scores += np.asarray(train_booster(learned, options).predict(rows, num_threads=1))
        cuts = np.cumsum([len(group.ids) for group in self.examined.groups])[:-1]
        parts = np.split(scores, cuts)
        return float(np.nanmean(ndcg_by_query(self.examined.groups, lambda place, _group: parts[place])))


def learned_from_clicks(
    shop: Shop, kind: str, approaches: Sequence[str], *, habits: Habits, seed: int
) -> tuple[dict[str, float], dict[str, str]]:
    """nDCG@10 of each approach, and the click model that each took."""
    log = click_log(shop.searched, shop.truth, kind, habits=habits, seed=seed)
    found, models = {}, {}
    for approach in approaches:
        debiased = debias(log.lists, approach, seed=seed)
        found[approach] = shop.examine(training_groups(log, debiased), seed)
        models[approach] = debiased.model
    return found, models


def main() -> int:
    arguments = _arguments()
    queries = movie_queries() if arguments.set == "movies" else example_queries()
    approaches = [NAIVE, *(a for a in arguments.approach or APPROACHES if a != NAIVE)]
    habits = Habits(searches=arguments.searches, rankings=arguments.rankings)
    kinds, results = arguments.kind or list(SHOPPERS), Results(arguments.keep)
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        missing = [kind for kind in kinds if not results.has(_key(kind, seed, habits))]
        if not missing:
            continue
        shop = Shop.of(queries, seed)
        truth = {
            TRUE: shop.examine(shop.truth, seed),
            SHOWN_TRUE: shop.examine(shown_part(shop.searched, shop.truth, habits=habits, seed=seed), seed),
        }
        for kind in missing:
            begin = time.process_time()
            found, models = learned_from_clicks(shop, kind, approaches, habits=habits, seed=seed)
            seconds = round(time.process_time() - begin, 1)
            results.add(_key(kind, seed, habits), truth | found, {"models": models, "cpu_seconds": seconds})
            print(json.dumps({"kind": kind, "seed": seed, "seconds": seconds}), file=sys.stderr, flush=True)
    console, reached = Console(width=150), True
    for kind in kinds:
        values = results.of(kind, searches=habits.searches, rankings=habits.rankings)
        table, share = table_of(f"shoppers: {kind}, {habits.searches} searches of a query", values)
        console.print(table)
        reached &= share >= TARGET
    return 0 if reached else 1


def _key(kind: str, seed: int, habits: Habits) -> Mapping[str, str | int]:
    return {"kind": kind, "seed": seed, "searches": habits.searches, "rankings": habits.rankings}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("movies", "example"), default="movies")
    parser.add_argument("--kind", action="append", choices=tuple(SHOPPERS))
    parser.add_argument("--approach", action="append", choices=APPROACHES)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--searches", type=int, default=Habits().searches, help="of each query")
    parser.add_argument("--rankings", type=int, default=Habits().rankings, help="that serve in turn")
    parser.add_argument(
        "--keep", type=Path, help="file of results, one JSON object a line; what it has is not repeated"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
