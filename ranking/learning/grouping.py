"""From shown lists with expected grades to the groups that LambdaMART learns from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ranking.lambdamart.training_set import QueryGroup, TrainingSet
from ranking.learning.debiasing import BY_POSITION, Debiased
from ranking.learning.shown import ShownList, ShownLog

FUSED = "fused_score"
GRADE_STEPS = 32  # grades are rounded to this share of 1: finer ones are noise, and each costs LightGBM a label


@dataclass(slots=True)
class _Open:
    """A group that still takes lists: what is known of each product."""

    first: ShownList
    rows: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    lists: int = 0

    def fits(self, shown: ShownList) -> bool:
        """Whether every product that is known already was served with the very same features."""
        for product, row in zip(shown.products, shown.values, strict=True):
            known = self.rows.get(product)
            if known is not None and known.tobytes() != row.tobytes():
                return False
        return True

    def add(self, shown: ShownList, grades: NDArray[np.float64]) -> None:
        for i, product in enumerate(shown.products):
            self.rows.setdefault(product, shown.values[i])
            self.positions.setdefault(product, int(shown.positions[i]))
            self.sums[product] = self.sums.get(product, 0.0) + shown.times * float(grades[i])
            self.counts[product] = self.counts.get(product, 0) + shown.times
        self.lists += shown.times


def training_groups(log: ShownLog, debiased: Debiased) -> TrainingSet:
    """Groups by search. Searches of one query whose products were served with bit-equal features are one group, with mean
    grades and the square root of their number as its weight: equal rows hold no other order to learn, and a row of another
    moment (with other counters, or for another shopper) is never mixed in, so no label can reach its own features.
    """
    by_order = debiased.approach == BY_POSITION
    open_groups: dict[tuple[str, ...], _Open] = {}
    done: list[_Open] = []
    for shown, grades in zip(log.lists, debiased.grades, strict=True):
        key = (shown.family, *shown.products) if by_order else (shown.family,)
        group = open_groups.get(key)
        if group is None or not group.fits(shown):
            if group is not None:
                done.append(group)
            group = open_groups[key] = _Open(shown)
        group.add(shown, grades)
    done += open_groups.values()
    done.sort(key=lambda group: (group.first.at, group.first.query_id))
    return TrainingSet(log.features, tuple(_group(log.features, group, by_order=by_order) for group in done))


def _group(features: Sequence[str], group: _Open, *, by_order: bool) -> QueryGroup:
    products = tuple(group.rows)
    values = np.stack([group.rows[product] for product in products])
    mean = np.array([group.sums[product] / group.counts[product] for product in products])
    grades = np.round(mean * GRADE_STEPS) / GRADE_STEPS
    return QueryGroup(
        group.first.query,
        group.first.family,
        products,
        values,
        fused_scores(features, values),
        dict(zip(products, grades.tolist(), strict=True)),
        weight=float(np.sqrt(group.lists)),
        positions=np.array([group.positions[product] for product in products], dtype=np.int32) if by_order else None,
    )


def fused_scores(features: Sequence[str], values: NDArray[np.float32]) -> NDArray[np.float64]:
    """The score before reordering, as it was logged; 0 for a product that retrieval did not bring up."""
    if FUSED not in features:
        return np.zeros(values.shape[0])
    return np.nan_to_num(values[:, list(features).index(FUSED)].astype(np.float64), nan=0.0)
