"""How good rankings are for shoppers whose true tastes are known: the same wishes under several policies, pair by pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugin_config.policy import BUILT_IN, RankingPolicy
from vitrine.simulator.judging import Wish
from vitrine.simulator.shelf import Shelf
from vitrine.simulator.shop_api import ShopApi
from vitrine.simulator.truth import CUTOFF, true_ndcg

UNTRAINED, TRAINED, PERSONAL = "untrained", "trained", "personalized"
_RESAMPLES = 2_000
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def arms() -> dict[str, RankingPolicy]:
    """Three policies over the same candidates: no model; the model that serves; the same for the shopper in person."""
    reranked = BUILT_IN["reranked"]
    return {
        UNTRAINED: BUILT_IN["hybrid"],
        TRAINED: reranked.model_copy(update={"personalization": 0.0}),
        PERSONAL: reranked.model_copy(update={"personalization": 1.0}),
    }


@dataclass(frozen=True, slots=True)
class Gain:
    """How much better one arm is than another, as a share of the other's mean, with the ends of its interval."""

    before: float
    after: float
    relative: float
    low: float
    high: float
    wishes: int
    shoppers: int

    def __str__(self) -> str:
        return (
            f"{self.before:.3f} -> {self.after:.3f}: {self.relative:+.1%} [{self.low:+.1%}, {self.high:+.1%}] "
            f"({self.wishes} wishes of {self.shoppers} shoppers)"
        )


def measure(api: ShopApi, shelf: Shelf, wishes: Sequence[Wish], policy: RankingPolicy, *, known: bool = True) -> Floats:
    """nDCG@10 on true tastes of each wish, shape (wishes,). `known` False: asked without an id.

    The searches look at the shop without shopping: with `debug` they are not logged, so nothing learns from them.
    """
    asked: dict[str, Any] = policy.model_dump(mode="json")
    return np.array(
        [
            true_ndcg(
                shelf,
                wish.utility,
                [
                    hit.id
                    for hit in api.search(
                        wish.words, user=wish.shopper.id if known else None, size=CUTOFF, policy=asked, unseen=True
                    ).hits
                ],
            )
            for wish in wishes
        ]
    )


def gain(wishes: Sequence[Wish], before: Floats, after: Floats, *, where: Flags | None = None, seed: int = 17) -> Gain:
    """Paired gain with a 95 % percentile interval that resamples shoppers, for wishes of one person are alike.

    `where`: bool, shape (wishes,), takes part of them.
    """
    kept = ~np.isnan(before) & ~np.isnan(after)
    kept &= np.ones_like(kept) if where is None else where
    names = np.array([wish.shopper.id or "" for wish in wishes])[kept]
    people, of = np.unique(names, return_inverse=True)
    sums = [np.bincount(of, weights=values[kept], minlength=people.size) for values in (before, after)]
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, people.size, (_RESAMPLES, people.size))
    ratios = sums[1][drawn].sum(1) / sums[0][drawn].sum(1) - 1
    low, high = np.quantile(ratios, [0.025, 0.975])
    was, is_now = float(before[kept].mean()), float(after[kept].mean())
    return Gain(was, is_now, is_now / was - 1, float(low), float(high), int(kept.sum()), int(people.size))


def as_object(gains: Mapping[str, Gain]) -> dict[str, dict[str, float]]:
    return {
        name: {field: round(float(getattr(one, field)), 4) for field in Gain.__slots__} for name, one in gains.items()
    }
