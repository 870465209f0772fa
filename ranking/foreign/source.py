"""A model of another library as it reads it: its trees, how it compares, and what it does with absent values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.errors import ForeignModelError

LEAF: Final = -1
MOST_BYTES: Final = 100_000_000
MOST_FEATURES: Final = 10_000
MOST_TREES: Final = 20_000
DEEPEST: Final = 256  # LightGBM explains a score with memory that grows with the square of the depth


class Comparison(Enum):
    """Which value goes left: one below the threshold, or one at it, too."""

    BELOW = "below"
    UP_TO = "up to"


@dataclass(frozen=True, slots=True)
class SourceTree:
    """The nodes of one tree, the root first, every node reached once.

    All of shape (nodes,). `feature`: int32, LEAF at leaves. `threshold`: float32. `left`, `right`: int32 places of nodes.
    `absent_left`: bool, where an absent value goes. `value`: float64, of leaves, the tree's weight included.
    `cover`: float64, how much training data reached the node; 1 for each leaf where that is not known.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    absent_left: NDArray[np.bool_]
    value: NDArray[np.float64]
    cover: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SourceModel:
    """A model of `format`. A score is `base` and the values of the leaves that a row reaches, added in double precision.

    `features`: how many columns it reads; None: not said by the file. `names`: of the columns, where the file has them.
    `absent_is_zero`: an absent value counts as 0, else it takes each split's own direction.
    """

    format: str
    trees: tuple[SourceTree, ...]
    comparison: Comparison
    absent_is_zero: bool
    base: float = 0.0
    features: int | None = None
    names: tuple[str, ...] = ()
    about: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def highest_feature(self) -> int:
        """The last column that a split asks for, counted from 0; −1 without any split."""
        return max((int(tree.feature.max()) for tree in self.trees), default=-1)


def score_as_at_home(model: SourceModel, values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scores by walking the trees as their library does. `values`: shape (rows, features), NaN where absent."""
    total = np.full(values.shape[0], model.base, dtype=np.float64)
    for tree in model.trees:
        total += tree.value[leaves_as_at_home(model, tree, values)]
    return total


def leaves_as_at_home(model: SourceModel, tree: SourceTree, values: NDArray[np.float32]) -> NDArray[np.intp]:
    """The leaf that each row reaches in one tree, as its place among the nodes; shape (rows,)."""
    read = np.where(np.isnan(values), np.float32(0), values) if model.absent_is_zero else values
    rows, at = np.arange(values.shape[0]), np.zeros(values.shape[0], dtype=np.intp)
    while (tree.feature[at] != LEAF).any():
        inner = tree.feature[at] != LEAF
        value = read[rows, np.where(inner, tree.feature[at], 0)]
        bound = tree.threshold[at]
        goes_left = value < bound if model.comparison is Comparison.BELOW else value <= bound
        goes_left = np.where(np.isnan(value), tree.absent_left[at], goes_left)
        at = np.where(inner, np.where(goes_left, tree.left[at], tree.right[at]), at)
    return at


def reached_nodes(left: Sequence[int], right: Sequence[int], *, what: str) -> list[int]:
    """The nodes that the root (0) leads to, parents before children, left before right. A leaf has −1 for children.

    Raises ForeignModelError for a child that is not there, one reached twice, a single child, or too deep a tree.
    """
    count, order, met = len(left), [], set()
    waiting = [(0, 0)]
    while waiting:
        node, depth = waiting.pop()
        if not 0 <= node < count:
            raise ForeignModelError(f"{what}: node {node} is named and does not exist; the file is damaged")
        if node in met:
            raise ForeignModelError(f"{what}: node {node} is reached twice, which is no tree; the file is damaged")
        if depth > DEEPEST:
            raise ForeignModelError(f"{what}: deeper than {DEEPEST} splits, which is more than is supported")
        met.add(node)
        order.append(node)
        if (left[node] == LEAF) != (right[node] == LEAF):
            raise ForeignModelError(f"{what}: node {node} has a single child; the file is damaged")
        if left[node] != LEAF:
            waiting += [(right[node], depth + 1), (left[node], depth + 1)]
    return order
