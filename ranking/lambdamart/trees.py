"""LightGBM's trees as arrays, read from the model's own text (thresholds and leaf values keep all 17 digits).

Format: LightGBM `src/io/tree.cpp`, `Tree::ToString`. `decision_type` is a bit field: 1 categorical, 2 default left, and the
missing type (0 none, 1 zero, 2 NaN) from bit 2 on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2


class UnsupportedTree(ValueError):
    """This model uses something that the array form does not hold; LightGBM itself has to score it."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree. Inner nodes count from 0; a child below zero is the leaf ~child.

    `feature`, `left`, `right`: int32, shape (leaves − 1,); `threshold`: float64, same shape: value ≤ threshold goes left;
    `default_left`: bool; `missing`: int8, one of the MISSING types; `leaf_value`: float64, shape (leaves,).
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    default_left: NDArray[np.bool_]
    missing: NDArray[np.int8]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    leaf_value: NDArray[np.float64]


def parse_trees(model_text: str) -> list[Tree]:
    """Read every tree of a LightGBM text model. Raises UnsupportedTree for categorical or linear trees and for averaging."""
    header, _, body = model_text.partition("\nTree=")
    if "\naverage_output" in header:
        raise UnsupportedTree("the model averages its trees (random forest)")
    per_iteration = _field(header, "num_tree_per_iteration")
    if per_iteration != "1":
        raise UnsupportedTree(f"the model has {per_iteration} trees per iteration")
    return [_parse_tree(block) for block in _blocks(body)]


def features_asked(model_text: str) -> frozenset[int]:
    """The places of the features that some tree asks for: no other can change a score. Raises as parse_trees."""
    return frozenset(int(place) for tree in parse_trees(model_text) for place in tree.feature)


def _blocks(body: str) -> Iterator[str]:
    for block in body.split("\nTree="):
        yield block.partition("\nend of trees")[0]


def _field(text: str, name: str) -> str | None:
    for line in text.splitlines():
        key, separator, value = line.partition("=")
        if separator and key == name:
            return value
    return None


def _parse_tree(block: str) -> Tree:
    fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    if fields.get("num_cat", "0") != "0":
        raise UnsupportedTree("the model splits on categories")
    if fields.get("is_linear", "0") != "0":
        raise UnsupportedTree("the model has linear leaves")
    decision = np.array(fields.get("decision_type", "").split(), dtype=np.int32)
    return Tree(
        feature=np.array(fields.get("split_feature", "").split(), dtype=np.int32),
        threshold=np.array(fields.get("threshold", "").split(), dtype=np.float64),
        default_left=(decision & 2).astype(np.bool_),
        missing=((decision >> 2) & 3).astype(np.int8),
        left=np.array(fields.get("left_child", "").split(), dtype=np.int32),
        right=np.array(fields.get("right_child", "").split(), dtype=np.int32),
        leaf_value=np.array(fields["leaf_value"].split(), dtype=np.float64),
    )
