"""Whether a model keeps the directions that were declared: more stock must never lower a score. Proven on the trees.

A tree is split where the feature is asked; for every split on it, no leaf that smaller values can reach may be worth more
(for +1) than a leaf that larger values can reach under the same other answers. Two leaves can be compared when the
intervals of all other features that lead to them overlap; then some product reaches one with a smaller, the other with a
larger value. Absent values (NaN) have no order and are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ranking.lambdamart.trees import Tree, parse_trees

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Violation:
    """A tree in which more of a feature moves the score against its direction, by `amount` at most."""

    tree: int
    feature: str
    direction: int
    amount: float


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A leaf with the box of feature values that reaches it; a feature that is not in the box may have any value."""

    box: Mapping[int, Interval]
    value: float


def broken_directions(text: str, features: Sequence[str], directions: Mapping[str, int]) -> tuple[Violation, ...]:
    """Every tree that breaks a declared direction (feature name → +1 or −1), worst pair of leaves each.

    Raises UnsupportedTree for models with categories or linear leaves.
    """
    wanted = {i: directions[name] for i, name in enumerate(features) if directions.get(name)}
    found = []
    for number, tree in enumerate(parse_trees(text)):
        asked = sorted(wanted.keys() & set(tree.feature.tolist()))
        leaves = list(_leaves(tree)) if asked else []
        for feature in asked:
            amount = _worst(leaves, feature, wanted[feature])
            if amount > 0:
                found.append(Violation(number, features[feature], wanted[feature], amount))
    return tuple(found)


def _leaves(tree: Tree) -> Iterator[_Leaf]:
    if tree.feature.size == 0:
        yield _Leaf({}, float(tree.leaf_value[0]))
        return
    waiting: list[tuple[int, dict[int, Interval]]] = [(0, {})]
    while waiting:
        node, box = waiting.pop()
        if node < 0:
            yield _Leaf(box, float(tree.leaf_value[~node]))
            continue
        feature, threshold = int(tree.feature[node]), float(tree.threshold[node])
        low, high = box.get(feature, (-np.inf, np.inf))
        if low < threshold:
            waiting.append((int(tree.left[node]), {**box, feature: (low, min(high, threshold))}))
        if threshold < high:
            waiting.append((int(tree.right[node]), {**box, feature: (max(low, threshold), high)}))


def _worst(leaves: Sequence[_Leaf], feature: int, direction: int) -> float:
    """The greatest step in the wrong direction between two leaves that differ by this feature, 0 when there is none."""
    worst = 0.0
    for lower in leaves:
        low = lower.box.get(feature, (-np.inf, np.inf))
        for upper in leaves:
            high = upper.box.get(feature, (-np.inf, np.inf))
            step = direction * (lower.value - upper.value)
            if step > worst and low[0] < high[1] and _meet(lower.box, upper.box, feature):
                worst = step
    return worst


def _meet(one: Mapping[int, Interval], other: Mapping[int, Interval], aside: int) -> bool:
    """Whether one product can reach both boxes by changing nothing but the feature `aside`."""
    for feature in one.keys() & other.keys():
        if feature == aside:
            continue
        (a, b), (c, d) = one[feature], other[feature]
        if max(a, c) >= min(b, d):
            return False
    return True
