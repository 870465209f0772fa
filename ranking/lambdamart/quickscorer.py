"""A bit-vector scorer for LambdaMART, equal to LightGBM bit for bit.

Every inner node that sends a document right rules out the leaves of its left subtree; the exit leaf is the leftmost one
left over (Lucchese et al., "QuickScorer", SIGIR 2015). Values are first replaced by the number of thresholds below them, one
byte each, and the candidate leaves are kept as byte planes over 128 documents at a time, so that one instruction serves 64
documents (Ye et al., "RapidScorer", KDD 2018). Leaf values are added tree by tree in double precision, in LightGBM's order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plugin_config.compiling import compiled
from ranking.lambdamart.trees import MISSING_NAN, MISSING_NONE, MISSING_ZERO, Tree, UnsupportedTree, parse_trees

_BLOCK = 128
_MOST_LEAVES = 256
_MISSING = 255  # the code of a missing value; 0 to 254 count thresholds below a value
_ZERO = np.float64(np.float32(1e-35))  # LightGBM's kZeroThreshold


@dataclass(frozen=True, slots=True)
class QuickScorer:
    """Compiled trees. Build with `compile_trees`; `score` is thread-safe."""

    features: int
    thresholds: NDArray[np.float64]  # all features' distinct thresholds, ascending per feature
    threshold_start: NDArray[np.int64]  # shape (features + 1,)
    missing: NDArray[np.int8]  # shape (features,)
    op_start: NDArray[np.int64]  # shape (planes + 1,): the operations that clear bits of a plane
    op_feature: NDArray[np.int32]
    op_low: NDArray[np.uint8]  # a code sends right when (code − low) mod 256 ≤ width
    op_width: NDArray[np.uint8]
    op_mask: NDArray[np.uint8]
    plane_start: NDArray[np.int64]  # shape (trees + 1,)
    plane_full: NDArray[np.uint8]  # shape (planes,): all leaves of the plane still possible
    leaf_value: NDArray[np.float64]  # eight a plane, in plane order

    def score(self, values: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Raw scores. `values`: shape (documents, features), NaN where absent. Returns float64, shape (documents,)."""
        if values.ndim != 2 or values.shape[1] != self.features:
            raise ValueError(f"the model has {self.features} features, the matrix has the shape {values.shape}")
        rows = np.ascontiguousarray(values, dtype=np.float64)
        codes = _encode(rows, self.thresholds, self.threshold_start, self.missing)
        out: NDArray[np.float64] = _score(
            codes,
            rows.shape[0],
            self.op_start,
            self.op_feature,
            self.op_low,
            self.op_width,
            self.op_mask,
            self.plane_start,
            self.plane_full,
            self.leaf_value,
        )
        return out


def compile_model(model_text: str, features: int) -> QuickScorer:
    """Compile a LightGBM text model. Raises UnsupportedTree where only LightGBM itself can score it."""
    return compile_trees(parse_trees(model_text), features)


def compile_trees(trees: list[Tree], features: int) -> QuickScorer:
    """Compile trees over `features` columns. Raises UnsupportedTree for over 254 thresholds on one feature, 256 leaves."""
    thresholds, missing = _thresholds(trees, features)
    starts = np.cumsum([0, *(t.size for t in thresholds)]).astype(np.int64)
    ops: list[tuple[int, int, int, int, int]] = []
    planes, full, leaves = [0], [], []
    for tree in trees:
        order, spans = _in_order(tree)
        if len(order) > _MOST_LEAVES:
            raise UnsupportedTree(f"a tree has {len(order)} leaves, at most {_MOST_LEAVES} are supported")
        first = planes[-1]
        for node, (low, high) in enumerate(spans):
            feature = int(tree.feature[node])
            code = int(np.searchsorted(thresholds[feature], tree.threshold[node])) + 1
            last = _MISSING - 1 if tree.default_left[node] else _MISSING
            for plane in range(low // 8, (high - 1) // 8 + 1):
                cleared = sum(1 << (leaf - plane * 8) for leaf in range(max(low, plane * 8), min(high, plane * 8 + 8)))
                ops.append((feature, code, last - code, first + plane, 0xFF & ~cleared))
        count = -(-len(order) // 8)
        planes.append(first + count)
        full += [min(0xFF, (1 << (len(order) - 8 * p)) - 1) for p in range(count)]
        leaves += [*tree.leaf_value[order], *([0.0] * (8 * count - len(order)))]
    ops.sort(key=lambda op: (op[3], op[0]))
    columns = np.array(ops, dtype=np.int64).reshape(-1, 5)
    return QuickScorer(
        features=features,
        thresholds=np.concatenate(thresholds) if thresholds else np.empty(0),
        threshold_start=starts,
        missing=missing,
        op_start=np.searchsorted(columns[:, 3], np.arange(planes[-1] + 1)).astype(np.int64),
        op_feature=columns[:, 0].astype(np.int32),
        op_low=columns[:, 1].astype(np.uint8),
        op_width=columns[:, 2].astype(np.uint8),
        op_mask=columns[:, 4].astype(np.uint8),
        plane_start=np.array(planes, dtype=np.int64),
        plane_full=np.array(full, dtype=np.uint8),
        leaf_value=np.array(leaves, dtype=np.float64),
    )


def _thresholds(trees: list[Tree], features: int) -> tuple[list[NDArray[np.float64]], NDArray[np.int8]]:
    feature = np.concatenate([t.feature for t in trees]) if trees else np.empty(0, np.int32)
    threshold = np.concatenate([t.threshold for t in trees]) if trees else np.empty(0)
    kinds = np.concatenate([t.missing for t in trees]) if trees else np.empty(0, np.int8)
    per_feature: list[NDArray[np.float64]] = []
    missing = np.zeros(features, dtype=np.int8)
    for f in range(features):
        here = feature == f
        distinct = np.unique(threshold[here])
        if distinct.size >= _MISSING:
            raise UnsupportedTree(f"feature {f} has {distinct.size} thresholds, at most {_MISSING - 1} fit a byte")
        kind = np.unique(kinds[here])
        if kind.size > 1:
            raise UnsupportedTree(f"feature {f} treats missing values in two ways")
        per_feature.append(distinct)
        missing[f] = kind[0] if kind.size else MISSING_NONE
    return per_feature, missing


def _in_order(tree: Tree) -> tuple[list[int], list[tuple[int, int]]]:
    """Leaves from left to right, and for each inner node the span of its left subtree's leaves in that order."""
    order: list[int] = []
    spans = [(0, 0)] * tree.feature.size
    if not tree.feature.size:
        return [0], []
    stack: list[tuple[int, int]] = [(0, -1)]  # (node, leaves seen before it; −1: not yet entered)
    while stack:
        node, before = stack.pop()
        if node < 0:
            order.append(~node)
        elif before < 0:
            stack += [(node, len(order)), (int(tree.left[node]), -1)]
        else:
            spans[node] = (before, len(order))
            stack.append((int(tree.right[node]), -1))
    return order, spans


@compiled()
def _encode(rows, thresholds, starts, missing):  # type: ignore[no-untyped-def]
    count, features = rows.shape
    blocks = (count + _BLOCK - 1) // _BLOCK
    codes = np.zeros((blocks, features, _BLOCK), dtype=np.uint8)
    values = np.zeros(_BLOCK, dtype=np.float64)
    low = np.zeros(_BLOCK, dtype=np.int64)
    for block in range(blocks):
        inside = min(_BLOCK, count - block * _BLOCK)
        for f in range(features):
            first, left = starts[f], starts[f + 1] - starts[f]
            if left == 0:
                continue
            for j in range(inside):
                x = rows[block * _BLOCK + j, f]
                if x != x:  # NaN
                    x = x if missing[f] == MISSING_NAN else 0.0
                elif abs(x) <= _ZERO:  # as LightGBM's predictor reads a row
                    x = 0.0
                values[j] = x
            low[:] = first
            while left > 1:  # a block of binary searches in step, without a branch to mispredict
                half = left >> 1
                for j in range(_BLOCK):
                    low[j] += half if thresholds[low[j] + half - 1] < values[j] else 0
                left -= half
            code = codes[block, f]
            for j in range(_BLOCK):
                code[j] = low[j] - first + (1 if thresholds[low[j]] < values[j] else 0)
            if missing[f] != MISSING_NONE:
                for j in range(inside):
                    absent = values[j] != values[j] or (missing[f] == MISSING_ZERO and values[j] == 0.0)
                    code[j] = _MISSING if absent else code[j]
    return codes


@compiled()
def _clear(row, code, low, width, mask):  # type: ignore[no-untyped-def]
    for j in range(_BLOCK):
        right = np.uint8(code[j] - low) <= width
        row[j] &= mask if right else np.uint8(0xFF)


@compiled()
def _lowest_leaf(exit_leaf, row, ordinal):  # type: ignore[no-untyped-def]
    first = np.uint8(ordinal * 8)
    for j in range(_BLOCK):
        byte = row[j]
        below = np.uint8(np.uint8(byte & np.uint8(-byte)) - np.uint8(1))  # ones below the lowest set bit
        ones = np.uint8(below - np.uint8(np.uint8(below >> 1) & np.uint8(0x55)))
        ones = np.uint8(np.uint8(ones & np.uint8(0x33)) + np.uint8(np.uint8(ones >> 2) & np.uint8(0x33)))
        ones = np.uint8(np.uint8(ones + np.uint8(ones >> 4)) & np.uint8(0x0F))
        exit_leaf[j] = np.uint8(first + ones) if byte != 0 else exit_leaf[j]


@compiled()
def _score(codes, count, op_start, op_feature, op_low, op_width, op_mask, plane_start, plane_full, leaf_value):  # type: ignore[no-untyped-def]
    blocks = codes.shape[0]
    out = np.zeros(blocks * _BLOCK, dtype=np.float64)
    row = np.empty(_BLOCK, dtype=np.uint8)
    exit_leaf = np.zeros(_BLOCK, dtype=np.uint8)
    for block in range(blocks):
        total = out[block * _BLOCK : (block + 1) * _BLOCK]
        for tree in range(plane_start.size - 1):
            first = plane_start[tree]
            for plane in range(plane_start[tree + 1] - 1, first - 1, -1):
                row[:] = plane_full[plane]
                for op in range(op_start[plane], op_start[plane + 1]):
                    _clear(row, codes[block, op_feature[op]], op_low[op], op_width[op], op_mask[op])
                _lowest_leaf(exit_leaf, row, plane - first)
            for j in range(_BLOCK):
                total[j] += leaf_value[first * 8 + exit_leaf[j]]
    return out[:count]
