"""chorus-icecat: keyword, hybrid and reranked side by side on judgments_dev, with the judged share beside each.

    python -m benchmarks.chorus_ranking [--repeats 5] [--json]

Reranked is cross-validated by query family and repeated with other folds; each query counts by its mean over the repeats.
Targets: keyword .78, hybrid .80, reranked at least hybrid + .01 (nDCG@10, linear gains, unjudged products grade 0).
Needs the catalogue `chorus` indexed and enriched: `make real DATA=chorus`.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from plugin_config.policy import BUILT_IN
from plugin_config.settings import load_settings
from query_service.composition import build_service
from query_service.evaluating import evaluate_policies
from query_service.training_data import read_training_set
from ranking.evaluation.comparison import permutation_p
from ranking.evaluation.intervals import MeanInterval, bootstrap_mean
from ranking.evaluation.judgments import Judgments, read_judgments
from ranking.evaluation.measures import JUDGED_AT_10, measure_queries, parse_measure
from ranking.features.feature import Feature
from ranking.lambdamart.blending import order_by
from ranking.lambdamart.building import recipe_for
from ranking.lambdamart.cross_validation import cross_validate
from ranking.lambdamart.training_set import TrainingSet
from vitrine.stack.discovery import running_settings

JUDGMENTS = Path(__file__).parents[2] / "shared/data/chorus-icecat/judgments_dev.csv"
MEASURE = "nDCG@10"
GAIN_TARGET = 0.01
NAMED = [parse_measure(MEASURE), parse_measure(JUDGED_AT_10)]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    policy: str
    ndcg: MeanInterval
    judged: float


async def gather(judgments: Judgments) -> tuple[list[Row], TrainingSet, tuple[Feature, ...]]:
    """Keyword and hybrid as they are searched, and the candidates that reranking starts from."""
    service = build_service(running_settings(load_settings()))
    try:
        policies = [BUILT_IN["keyword"], BUILT_IN["hybrid"]]
        report = await evaluate_policies(service, "chorus", judgments, policies=policies, measures=NAMED[:1])
        data = await read_training_set(service, "chorus", judgments, policy=BUILT_IN["reranked"])
        features = (await service.catalogues.get("chorus")).features
    finally:
        await service.close()
    rows = [Row(name, found.measures[MEASURE], found.judged_at_10) for name, found in report.policies.items()]
    return rows, data, features


def measure(data: TrainingSet, scores: list[NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """nDCG@10 and judged share of each group ranked by these scores."""
    rankings = [[g.ids[i] for i in order_by(s)] for g, s in zip(data.groups, scores, strict=True)]
    return measure_queries([ids[:10] for ids in rankings], [g.judgments for g in data.groups], NAMED)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="cross-validations with other folds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wanted = parser.parse_args()
    rows, data, features = asyncio.run(gather(read_judgments(JUDGMENTS)))
    before = measure(data, [group.fused for group in data.groups])[MEASURE]
    repeats = []
    for seed in track(range(wanted.repeats), description="cross-validating", console=Console(stderr=True)):
        validated = cross_validate(data, recipe_for(data, features, seed=seed))
        repeats.append(measure(data, list(validated.final_scores)))
    after = np.mean([found[MEASURE] for found in repeats], axis=0)
    judged = float(np.mean([found[JUDGED_AT_10] for found in repeats]))
    rows.append(Row("reranked", bootstrap_mean(after), judged))
    gain = bootstrap_mean(after - before)
    spread = [round(float(np.nanmean(found[MEASURE] - before)), 4) for found in repeats]
    p = permutation_p(after - before)
    if wanted.json:
        table = {row.policy: {"ndcg@10": row.ndcg.mean, "judged@10": row.judged} for row in rows}
        print(json.dumps({"policies": table, "gain": gain.mean, "low": gain.low, "high": gain.high, "p": p}))
    else:
        for row in rows:
            print(f"{row.policy:<10} {MEASURE} {row.ndcg}  judged@10 {row.judged:.2f}")
        print(f"reranked - hybrid {gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], p {p:.3f}; by repeat {spread}")
    return 0 if gain.mean >= GAIN_TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
