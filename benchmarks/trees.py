"""The tree scorer against LightGBM on one thread: medians, side by side, and whether the scores are equal to the bit.

    python -m benchmarks.trees [--model FOLDER/trees.txt]

Without a model it trains one of 300 trees with 31 leaves on made-up candidates of 25 features.
"""

import argparse
import time
from pathlib import Path

import lightgbm as lgb
import numpy as np

from ranking.lambdamart.quickscorer import compile_model

ROUNDS = 31
TARGET = 12.0


def made_up_model() -> lgb.Booster:
    rng = np.random.default_rng(0)
    values = candidates(rng, 20_000, 25)
    signal = np.nan_to_num(values[:, 0] + values[:, 1] * values[:, 2] + values[:, 3])
    grades = np.clip(np.round(signal + rng.normal(size=len(values)) * 0.3), 0, 4)
    parameters = {"objective": "lambdarank", "num_leaves": 31, "learning_rate": 0.1, "verbose": -1, "seed": 0}
    return lgb.train(parameters, lgb.Dataset(values, grades, group=[20] * 1000), 300)


def candidates(rng: np.random.Generator, rows: int, features: int) -> np.ndarray:
    values = rng.normal(size=(rows, features))
    values[:, :5] = np.round(values[:, :5])
    values[rng.random(values.shape) < 0.1] = np.nan
    return values


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    model = parser.parse_args().model
    booster = lgb.Booster(model_str=model.read_text()) if model else made_up_model()
    features = booster.num_feature()
    scorer = compile_model(booster.model_to_string(), features)
    rng = np.random.default_rng(1)
    print(f"{booster.num_trees()} trees, {features} features, medians of {ROUNDS} rounds")
    print("rows   LightGBM ms   bit vectors ms   ratio   equal")
    worst = np.inf
    for rows in (100, 200, 500, 1000):
        values = candidates(rng, rows, features).astype(np.float32)
        equal = np.array_equal(booster.predict(values, num_threads=1), scorer.score(values))
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            booster.predict(values, num_threads=1)
            middle = time.perf_counter()
            scorer.score(values)
            times.append((middle - start, time.perf_counter() - middle))
        plain, quick = np.median(times, axis=0) * 1e3
        worst = min(worst, plain / quick) if equal else 0.0
        print(f"{rows:4d}   {plain:11.3f}   {quick:14.3f}   {plain / quick:5.1f}   {equal}")
    return 0 if worst >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
