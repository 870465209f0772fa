"""Spreads a list over the values of one field, so that the first page is not all of one brand.

Maximal marginal relevance (Carbonell and Goldstein 1998); likeness of two products is 1 when they share a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.lambdamart.blending import stretch


@dataclass(frozen=True, slots=True)
class Diversified:
    """`order`: places in the list that came in, in their new order. `moved_up` and `moved_down`: places that changed."""

    order: tuple[int, ...]
    moved_up: frozenset[int]
    moved_down: frozenset[int]


def diversify(
    scores: NDArray[np.float64], values: Sequence[str | None], *, strength: float, depth: int = 50
) -> Diversified:
    """Reorder the first `depth` candidates, given best first; the rest stays as it is.

    Each place goes to the candidate with the greatest (1 − strength) × score − strength × share of the products already
    chosen that have its value; scores are stretched to [0, 1] first. A product without a value (None) is like no other.
    Strength 0 keeps the order. `values` are as long as `scores`.
    """
    depth = min(depth, len(values))
    relevance = (1.0 - strength) * stretch(scores[:depth])
    remaining = list(range(depth))
    chosen: list[int] = []
    seen: dict[str, int] = {}
    while remaining:
        best = max(remaining, key=lambda i: (relevance[i] - strength * _share(values[i], seen, len(chosen)), -i))
        remaining.remove(best)
        chosen.append(best)
        value = values[best]
        if value is not None:
            seen[value] = seen.get(value, 0) + 1
    order = (*chosen, *range(depth, len(values)))
    return Diversified(
        order,
        frozenset(old for new, old in enumerate(order) if new < old),
        frozenset(old for new, old in enumerate(order) if new > old),
    )


def _share(value: str | None, seen: dict[str, int], chosen: int) -> float:
    return 0.0 if value is None or chosen == 0 else seen.get(value, 0) / chosen
