"""Two orders of the same lists compared by clicks, with what places do to clicks taken out.

Clicks are explained by places, our scores and their scores together (clicked.py). What is left without the places,
exp(a·ours + b·theirs), is how attractive each product is as far as either order knows, and both orders are measured against it.
An order that says nothing gets no weight; where it differs from one that does, it loses.

Expected grades of a click model were what orders were measured against before: a click has the grade 1 there, whatever its
place, and lists are shown in the order of one side of the comparison. Models that were better by true tastes lost by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.evaluation.intervals import CONFIDENCE, MeanInterval
from ranking.lambdamart.blending import order_by
from ranking.learning.clicked import Clicked, Fitted, Floats
from ranking.learning.shown import ShownList

RESAMPLES: Final = 500
MOST_LISTS: Final = 20_000  # the newest: more make nothing surer that matters
_PRECISION = np.full(2, 0.5)


@dataclass(frozen=True, slots=True)
class Compared:
    """`ours`, `theirs`: mean nDCG of each order. `gain`: ours − theirs over all lists, its interval by resampling shoppers.
    `weights`: of our and of their score, per standard deviation within a list.
    """

    ours: float
    theirs: float
    gain: MeanInterval
    weights: tuple[float, float]


def compare_orders(
    lists: Sequence[ShownList], ours: Sequence[Floats], theirs: Sequence[Floats], *, cutoff: int, seed: int = 17
) -> Compared:
    """nDCG@cutoff of both orders. `ours`, `theirs`: a score of each product of each list, greater is better.

    Lists of one product say nothing and are left out; those without a click still count, as searches that came. With no list
    at all everything is NaN.
    """
    kept = [i for i in range(len(lists)) if len(lists[i].products) > 1][-MOST_LISTS:]
    if not kept:
        nothing = float("nan")
        return Compared(nothing, nothing, MeanInterval(nothing, nothing, nothing, 0), (nothing, nothing))
    contest = _Contest([lists[i] for i in kept], [ours[i] for i in kept], [theirs[i] for i in kept], cutoff)
    fitted = contest.clicked.fit(contest.scores, precision=_PRECISION)
    mine, other = contest.ndcg(fitted.weights)
    low, high = _interval(contest, fitted, _shoppers([lists[i] for i in kept]), seed)
    gain = MeanInterval(float((mine - other).mean()), low, high, len(kept))
    weights = (float(fitted.weights[0]), float(fitted.weights[1]))
    return Compared(float(mine.mean()), float(other.mean()), gain, weights)


class _Contest:
    """All lists side by side. `scores`: of both orders within each list, shape (products, 2)."""

    __slots__ = ("_by_rank", "_discounts", "_within", "clicked", "scores")

    def __init__(
        self, lists: Sequence[ShownList], ours: Sequence[Floats], theirs: Sequence[Floats], cutoff: int
    ) -> None:
        self.clicked = Clicked(lists)
        self.scores = np.column_stack(
            [np.concatenate([_standard(scores) for scores in side]) for side in (ours, theirs)]
        )
        longest = max(len(shown.products) for shown in lists)
        self._by_rank = np.where(np.arange(longest) < cutoff, 1.0 / np.log2(np.arange(2, longest + 2)), 0.0)
        self._discounts = tuple(
            np.concatenate([self._by_rank[_ranks(scores)] for scores in side]) for side in (ours, theirs)
        )
        self._within = np.arange(self.clicked.of.size) - self.clicked.begin[self.clicked.of]

    def ndcg(self, weights: Floats) -> tuple[Floats, Floats]:
        """nDCG of our and of their order of each list, if these weigh the scores; each of shape (lists,)."""
        begin, of = self.clicked.begin, self.clicked.of
        attraction = np.exp(self.clicked.below_best(self.scores @ weights))
        best = np.zeros((begin.size, self._by_rank.size))
        best[of, self._within] = attraction
        ideal = -np.sort(-best, axis=1) @ self._by_rank
        ours, theirs = (np.add.reduceat(attraction * discount, begin) / ideal for discount in self._discounts)
        return ours, theirs


def _interval(contest: _Contest, fitted: Fitted, shopper: NDArray[np.int64], seed: int) -> tuple[float, float]:
    """Ends of the interval of the mean gain: shoppers are drawn anew, and the weights follow."""
    random, people, gains = np.random.default_rng(seed), int(shopper.max()) + 1, np.empty(RESAMPLES)
    for number in range(RESAMPLES):
        often = np.bincount(random.integers(0, people, people), minlength=people).astype(np.float64)[shopper]
        ours, theirs = contest.ndcg(fitted.drawn(often))
        gains[number] = often @ (ours - theirs) / max(float(often.sum()), 1.0)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(gains, [tail, 1 - tail])
    return float(low), float(high)


def _shoppers(lists: Sequence[ShownList]) -> NDArray[np.int64]:
    """A number for each list's shopper, from 0; unknown ones are somebody else each time."""
    number: dict[str, int] = {}
    names = (f"s{shown.shopper}" if shown.shopper is not None else f"q{shown.query_id}" for shown in lists)
    return np.array([number.setdefault(name, len(number)) for name in names], dtype=np.int64)


def _standard(scores: Floats) -> Floats:
    """Mean 0 and deviation 1 within the list; all 0 where they are equal."""
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread > 0 else np.zeros(scores.shape)


def _ranks(scores: Floats) -> NDArray[np.intp]:
    """The rank of each product from 0."""
    ranks = np.empty(scores.size, dtype=np.intp)
    ranks[order_by(scores)] = np.arange(scores.size)
    return ranks
