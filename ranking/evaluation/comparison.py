"""Whether one policy is really better than another on the same queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ranking.evaluation.intervals import MeanInterval, bootstrap_mean

FLIPS = 10_000
_CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """`difference`: policy minus baseline, query by query. `p` of the paired test; `p_holm` after Holm's correction
    for all comparisons of the report."""

    policy: str
    baseline: str
    measure: str
    difference: MeanInterval
    p: float
    p_holm: float

    @property
    def is_significant(self) -> bool:
        return self.p_holm < 0.05


def permutation_p(differences: NDArray[np.float64], *, seed: int = 17, flips: int = FLIPS) -> float:
    """Two-sided p of the paired randomization test: signs of the differences are flipped at random (Fisher).

    NaN differences are left out; without any difference at all p is 1. Never 0: the observed order counts as a draw.
    """
    present = differences[~np.isnan(differences)]
    if present.size == 0 or not np.any(present):
        return 1.0
    observed = abs(float(present.mean()))
    random = np.random.default_rng(seed)
    step = max(1, _CHUNK_CELLS // present.size)
    extreme = 0
    for start in range(0, flips, step):
        size = min(step, flips - start)
        signs = random.integers(0, 2, (size, present.size), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ present / present.size) >= observed - 1e-12).sum())
    return (extreme + 1) / (flips + 1)


def correct_by_holm(ps: Sequence[float]) -> list[float]:
    """Holm's step-down correction (Holm 1979), in the order given."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    corrected = [0.0] * len(ps)
    running = 0.0
    for step, place in enumerate(order):
        running = max(running, min(1.0, (len(ps) - step) * ps[place]))
        corrected[place] = running
    return corrected


PolicyValues = Mapping[str, Mapping[str, NDArray[np.float64]]]


def compare_policies(values: PolicyValues, measures: Sequence[str], *, seed: int = 17) -> tuple[Comparison, ...]:
    """Every policy against the first, by each measure. `values`: policy → measure → value of each query, same order."""
    names = list(values)
    if not names:
        return ()
    baseline = names[0]
    found = [
        Comparison(name, baseline, measure, bootstrap_mean(delta, seed=seed), (p := permutation_p(delta, seed=seed)), p)
        for name in names[1:]
        for measure in measures
        for delta in (values[name][measure] - values[baseline][measure],)
    ]
    corrected = correct_by_holm([comparison.p for comparison in found])
    return tuple(replace(c, p_holm=p) for c, p in zip(found, corrected, strict=True))
