"""Whether features still look as they did in the lists that a model learned from: more than chance makes them differ.

The population stability index PSI = Σ (after − before) · ln(after / before) over shares of rows in bins (Siddiqi, "Credit
Risk Scorecards", 2006; below 0.1 nothing has moved, above 0.25 much has) is never 0: without any drift it is about
(bins − 1)(1/n + 1/m) for n and m independent rows, and rows of one search, or of one visit, are not independent. So the visits
of both times are dealt out anew, again and again, and what that makes of the index is what chance makes of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.learning.shown import ShownList, ShownLog
from ranking.personalization.shoppers.intent import VISIT_GAP_SECONDS

MOST_VISITS: Final = 4_000  # of each time, spread over it: more make nothing surer that matters
DEALS: Final = 400
RISK: Final = 0.05
FEWEST_VISITS: Final = 5
_BINS: Final = 10
_LEAST_SHARE: Final = 1e-3  # an empty bin counts as this much, else the index is infinite

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drift:
    """`features` in the order of the others, each of shape (features,): `index`, the PSI; `by_chance`, its mean where visits are
    dealt out at random; `chance`, the share of such deals in which some feature stands out as much as this one or more.
    """

    features: tuple[str, ...]
    index: Floats
    by_chance: Floats
    chance: Floats

    @property
    def beyond(self) -> Floats:
        """PSI without what chance makes of it, shape (features,)."""
        return self.index - self.by_chance

    def is_far(self, bound: float) -> NDArray[np.bool_]:
        """Which features moved by more than `bound`, and surely: without drift any is called so once in twenty times."""
        return np.asarray((self.beyond > bound) & (self.chance <= RISK))


def drift_between(before: ShownLog, after: ShownLog, features: Sequence[str], *, seed: int = 17) -> Drift:
    """PSI of these features from the lists before to the lists after, and what chance would make of it.

    Deciles are of all rows of both times together, with absent values in a bin of their own: so both times are treated alike,
    and dealing visits out anew is a permutation test. Features are compared by how many standard deviations of the deals they
    stand out, the greatest of each deal counts (Westfall and Young 1993, "Resampling-Based Multiple Testing", max-T).
    Both logs have the same columns and at least one list each.
    """
    columns = [before.features.index(name) for name in features]
    earlier, later = _spread_over_time(visits_of(before.lists)), _spread_over_time(visits_of(after.lists))
    counts, first = _binned([*earlier, *later], columns)
    is_later = np.zeros((DEALS + 1, len(counts)), dtype=np.float32)
    is_later[0, len(earlier) :] = 1  # what happened is one of the deals, or the test would be a little too sure
    rng = np.random.default_rng(seed)
    for deal in is_later[1:]:
        deal[rng.permutation(len(counts))[: len(later)]] = 1
    index = _indexes(is_later @ counts, counts.sum(axis=0), first)
    spread = index.std(axis=0)
    standing_out = (index - index.mean(axis=0)) / np.where(spread > 0, spread, 1)
    greatest = standing_out.max(axis=1, initial=0.0)
    chance = (greatest[:, np.newaxis] >= standing_out[0]).mean(axis=0)
    return Drift(tuple(features), index[0], index[1:].mean(axis=0), chance)


def visits_of(lists: Sequence[ShownList]) -> list[list[ShownList]]:
    """Lists of one shopper without half an hour between them are one visit; lists of nobody known stand alone."""
    visits: list[list[ShownList]] = []
    latest: dict[str, int] = {}
    for shown in sorted(lists, key=lambda one: (one.at, one.query_id)):
        place = None if shown.shopper is None else latest.get(shown.shopper)
        if place is not None and shown.at - visits[place][-1].at <= VISIT_GAP_SECONDS:
            visits[place].append(shown)
            continue
        if shown.shopper is not None:
            latest[shown.shopper] = len(visits)
        visits.append([shown])
    return visits


def _spread_over_time(visits: list[list[ShownList]]) -> list[list[ShownList]]:
    if len(visits) <= MOST_VISITS:
        return visits
    return [visits[int(place)] for place in np.linspace(0, len(visits) - 1, MOST_VISITS)]


def _binned(
    visits: Sequence[Sequence[ShownList]], columns: Sequence[int]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Rows of each visit in each bin of each feature, shape (visits, bins of all features); the first bin of each feature."""
    values = np.concatenate([shown.values[:, columns] for visit in visits for shown in visit])
    visit_of = np.repeat(np.arange(len(visits)), [sum(len(shown.products) for shown in visit) for visit in visits])
    blocks = []
    for column in values.T.astype(np.float64):
        present = column[~np.isnan(column)]
        edges = np.unique(np.quantile(present, np.linspace(0, 1, _BINS + 1)[1:-1])) if present.size else np.empty(0)
        bins = np.where(np.isnan(column), len(edges) + 1, np.searchsorted(edges, column, side="left"))
        wide = len(edges) + 2
        flat = np.bincount(visit_of * wide + bins, minlength=len(visits) * wide)
        blocks.append(flat.reshape(len(visits), wide).astype(np.float32))
    first = np.cumsum([0, *(block.shape[1] for block in blocks)])[:-1]
    return np.hstack(blocks) if blocks else np.empty((len(visits), 0), dtype=np.float32), first


def _indexes(later: NDArray[np.float32], every: NDArray[np.float32], first: NDArray[np.intp]) -> Floats:
    """PSI for each deal and feature. `later`: rows in each bin that were dealt to the later time, shape (deals, bins)."""
    if first.size == 0:
        return np.empty((len(later), 0))
    now, before = (_shares(rows.astype(np.float64), first) for rows in (later, every - later))
    return np.asarray(np.add.reduceat((now - before) * np.log(now / before), first, axis=1))


def _shares(rows: Floats, first: NDArray[np.intp]) -> Floats:
    """Of each feature's rows, the share in each bin."""
    totals = np.add.reduceat(rows, first, axis=1)
    wide = np.diff([*first, rows.shape[1]])
    every = np.maximum(np.repeat(totals, wide, axis=1), 1)
    return np.asarray(np.maximum(rows / every, _LEAST_SHARE), dtype=np.float64)
