"""A small training set whose order can be learned: the grade follows the first feature, the second is noise."""

from collections.abc import Callable

import numpy as np
import pytest

from ranking.lambdamart.training_set import QueryGroup, TrainingSet, query_family


def _learnable(queries: int = 40, candidates: int = 20, *, signal: float = 1.0, seed: int = 3) -> TrainingSet:
    """`signal` 0 makes the features say nothing about the grades; the fused score is then all there is."""
    random = np.random.default_rng(seed)
    return TrainingSet(
        ("telling", "noise", "absent"),
        tuple(_group(f"query {n:03d}", candidates, signal, random) for n in range(queries)),
    )


def _group(query: str, candidates: int, signal: float, random: np.random.Generator) -> QueryGroup:
    worth = random.normal(size=candidates)
    told = signal * worth + (1 - signal) * random.normal(size=candidates)
    values = np.stack([told, random.normal(size=candidates), np.full(candidates, np.nan)], axis=1).astype(np.float32)
    fused = worth + 1.5 * random.normal(size=candidates)
    order = np.argsort(-fused)
    grades = np.digitize(worth, [0.3, 0.9, 1.5])
    ids = tuple(f"{query}/{i}" for i in range(candidates))
    return QueryGroup(
        query,
        query_family(query),
        tuple(ids[i] for i in order),
        values[order],
        fused[order],
        {ids[i]: float(grades[i]) for i in range(candidates)},
    )


@pytest.fixture(scope="session")
def learnable() -> Callable[..., TrainingSet]:
    return _learnable
