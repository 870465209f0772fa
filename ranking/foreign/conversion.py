"""Writes a model of another library as LightGBM writes its own, so that one serving path scores and explains it.

LightGBM sends a value up to its threshold left, in double precision. Features are single precision here, so "below t" is "up
to the greatest single below t", exactly. LightGBM counts values within 1e-35 of zero as zero: only there scores may differ.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.foreign.source import LEAF, Comparison, SourceModel, SourceTree
from ranking.lambdamart.trees import MISSING_NAN, MISSING_NONE

_DEFAULT_LEFT: Final = 2
_COVER: Final = 1_000_000  # LightGBM counts rows; what reached the root of a tree becomes this many


def lightgbm_text(model: SourceModel, names: Sequence[str]) -> str:
    """The trees with these columns. A base that is not 0 becomes a first tree of a single leaf."""
    blocks = [] if model.base == 0.0 else [_block(["num_leaves=1", "num_cat=0", f"leaf_value={model.base!r}"])]
    blocks += [_block(_tree(tree, model)) for tree in model.trees]
    numbered = [f"Tree={number}\n{block}" for number, block in enumerate(blocks)]
    header = [
        "tree",
        "version=v4",
        "num_class=1",
        "num_tree_per_iteration=1",
        "label_index=0",
        f"max_feature_idx={len(names) - 1}",
        f"feature_names={' '.join(names)}",
        f"feature_infos={' '.join(['[-1:1]'] * len(names))}",
        f"tree_sizes={' '.join(str(len(text)) for text in numbered)}",
    ]
    return "\n".join([*header, "", "".join(numbered)]) + "end of trees\n"


def _block(lines: Sequence[str]) -> str:
    return "\n".join([*lines, "is_linear=0", "shrinkage=1", "", "", ""])


def _tree(tree: SourceTree, model: SourceModel) -> list[str]:
    """Inner nodes and leaves are numbered in the order of the nodes; a child below zero is the leaf ~child."""
    is_leaf = tree.feature == LEAF
    inner = ~is_leaf
    number = np.where(is_leaf, ~(np.cumsum(is_leaf) - 1), np.cumsum(inner) - 1)
    values = tree.value[is_leaf]
    if not inner.any():
        return ["num_leaves=1", "num_cat=0", f"leaf_value={_join(values)}"]
    missing = MISSING_NONE if model.absent_is_zero else MISSING_NAN
    counts = _counts(tree)
    return [
        f"num_leaves={values.size}",
        "num_cat=0",
        f"split_feature={_join(tree.feature[inner])}",
        f"split_gain={_join(np.zeros(inner.sum(), dtype=np.int64))}",
        f"threshold={_join(thresholds(tree.threshold[inner], model.comparison))}",
        f"decision_type={_join((missing << 2) + np.where(tree.absent_left[inner], _DEFAULT_LEFT, 0))}",
        f"left_child={_join(number[tree.left[inner]])}",
        f"right_child={_join(number[tree.right[inner]])}",
        f"leaf_value={_join(values)}",
        f"leaf_weight={_join(np.zeros(values.size, dtype=np.int64))}",
        f"leaf_count={_join(counts[is_leaf])}",
        f"internal_value={_join(np.zeros(inner.sum(), dtype=np.int64))}",
        f"internal_weight={_join(np.zeros(inner.sum(), dtype=np.int64))}",
        f"internal_count={_join(counts[inner])}",
    ]


def thresholds(of: NDArray[np.float32], comparison: Comparison) -> NDArray[np.float64]:
    """Bounds with the meaning of "up to", for single precision values."""
    if comparison is Comparison.BELOW:
        of = np.nextafter(of, np.float32(-np.inf))
    return np.maximum(of.astype(np.float64), -1e300)  # what is below all singles stays a number that a text can hold


def _counts(tree: SourceTree) -> NDArray[np.int64]:
    """Rows of each node as LightGBM explains by: of a leaf after its cover, at least 1; of an inner node its leaves' sum."""
    is_leaf = tree.feature == LEAF
    total = float(tree.cover[is_leaf].sum()) or 1.0
    counts = np.where(is_leaf, np.maximum(1, np.rint(tree.cover / total * _COVER)), 0).astype(np.int64)
    for node in np.flatnonzero(~is_leaf)[::-1]:  # children stand behind their parents
        counts[node] = counts[tree.left[node]] + counts[tree.right[node]]
    return counts


def _join(values: NDArray[np.generic]) -> str:
    return " ".join(repr(value) for value in values.tolist())
