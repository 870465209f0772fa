"""Reads RankLib's models: the ensembles of LambdaMART and MART (https://sourceforge.net/p/lemur/wiki/RankLib/).

Lines that begin with `##` stand before an XML element `ensemble`. A value up to the threshold goes left, both in single
precision; features count from 1, and an absent one is 0. A document type, and with it any entity, is refused.
"""

import math
import re
from typing import Final
from xml.parsers import expat

import numpy as np

from ranking.errors import ForeignModelError
from ranking.foreign.source import DEEPEST, LEAF, MOST_FEATURES, MOST_TREES, Comparison, SourceModel, SourceTree

_SUPPORTED: Final = ("LambdaMART", "MART")
_INSIDE: Final = {
    "ensemble": (None,), "tree": ("ensemble",), "split": ("tree", "split"),
    "feature": ("split",), "threshold": ("split",), "output": ("split",),
}  # fmt: skip
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LONGEST_NUMBER: Final = 60


def read_ranklib(data: bytes) -> SourceModel:
    """The model in these bytes. Raises ForeignModelError saying what is damaged or what is not supported."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ForeignModelError(f"not a text of RankLib: {error}") from error
    said = [line.strip("# \t") for line in lines if line.lstrip().startswith("##")]
    kind = said[0] if said else ""
    if said and kind not in _SUPPORTED:
        raise ForeignModelError(f"the ranker {kind[:40]!r} is not supported; LambdaMART and MART are")
    trees = _Reader().read("\n".join(line for line in lines if not line.lstrip().startswith("##")))
    return SourceModel(
        "ranklib",
        trees,
        Comparison.UP_TO,
        absent_is_zero=True,
        about={"ranker": kind or "not said", "header": said[:12]},
    )


class _Node:
    __slots__ = ("children", "feature", "output", "threshold")

    def __init__(self) -> None:
        self.feature: int | None = None
        self.threshold: float | None = None
        self.output: float | None = None
        self.children: list[_Node] = []


class _Reader:
    """Builds trees while expat reads; nothing here recurses, and nothing grows beyond what the file holds."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._nodes: list[_Node] = []
        self._roots: list[tuple[_Node, float]] = []
        self._weight = 1.0
        self._text = ""
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._say

    def read(self, text: str) -> tuple[SourceTree, ...]:
        try:
            self._parser.Parse(text.encode("utf-8"), True)
        except expat.ExpatError as error:
            raise ForeignModelError(f"not an ensemble as RankLib writes it: {error}") from error
        if not self._roots:
            raise ForeignModelError("it holds no tree")
        return tuple(_tree(root, weight, what=f"tree {n}") for n, (root, weight) in enumerate(self._roots, start=1))

    def _wrong(self, what: str) -> ForeignModelError:
        return ForeignModelError(f"line {self._parser.CurrentLineNumber} of the ensemble: {what}")

    def _refuse_doctype(self, *_: object) -> None:
        raise self._wrong("a document type, which no RankLib writes, is refused")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if (self._open[-1] if self._open else None) not in _INSIDE.get(name, ()):
            raise self._wrong(f"<{name[:40]}> is not expected here")
        self._open.append(name)
        self._text = ""
        if name == "tree":
            if len(self._roots) >= MOST_TREES:
                raise self._wrong(f"more than {MOST_TREES:,} trees are not supported")
            self._weight = self._number(attributes.get("weight", ""), "weight")
        elif name == "split":
            self._begin_split(attributes.get("pos"))

    def _begin_split(self, side: str | None) -> None:
        node = _Node()
        if self._nodes:
            siblings = self._nodes[-1].children
            if len(siblings) > 1 or side != ("left", "right")[len(siblings)]:
                raise self._wrong("a split has one left part, then one right part")
            siblings.append(node)
        elif len(self._open) > 1 and self._open[-2] == "tree":
            self._roots.append((node, self._weight))
        if len(self._nodes) > DEEPEST:
            raise self._wrong(f"deeper than {DEEPEST} splits, which is more than is supported")
        self._nodes.append(node)

    def _say(self, text: str) -> None:
        if self._open and self._open[-1] in ("feature", "threshold", "output"):
            self._text += text
            if len(self._text) > _LONGEST_NUMBER:
                raise self._wrong(f"<{self._open[-1]}> is no number")

    def _end(self, name: str) -> None:
        self._open.pop()
        if name == "split":
            self._nodes.pop()
        elif name == "feature":
            number = self._text.strip()
            if not number.isdecimal() or not 1 <= int(number) <= MOST_FEATURES:
                raise self._wrong(f"{number!r} is not the number of a feature, 1 to {MOST_FEATURES:,}")
            self._nodes[-1].feature = int(number) - 1
        elif name == "threshold":
            self._nodes[-1].threshold = self._number(self._text, name)
        elif name == "output":
            self._nodes[-1].output = self._number(self._text, name)

    def _number(self, text: str, name: str) -> float:
        """In single precision, as RankLib keeps numbers."""
        with np.errstate(over="ignore"):
            found = float(np.float32(text)) if _NUMBER.fullmatch(text.strip()) else math.nan
        if not math.isfinite(found):
            raise self._wrong(f"{text.strip()[:40]!r} is not a finite number of {name}")
        return found


def _tree(root: _Node, weight: float, *, what: str) -> SourceTree:
    nodes, left, right = [root], [LEAF], [LEAF]
    for place, node in enumerate(nodes):  # grows while it is walked
        is_leaf = node.output is not None
        if is_leaf == bool(node.children) or is_leaf == (node.feature is not None and node.threshold is not None):
            raise ForeignModelError(f"{what}: a split needs a feature, a threshold and two parts, or an output alone")
        if len(node.children) == 1:
            raise ForeignModelError(f"{what}: a split has a left part and no right one")
        if node.children:
            left[place], right[place] = len(nodes), len(nodes) + 1
            nodes += node.children
            left += [LEAF, LEAF]
            right += [LEAF, LEAF]
    return SourceTree(
        feature=np.array([LEAF if n.feature is None else n.feature for n in nodes], dtype=np.int32),
        threshold=np.array([n.threshold or 0.0 for n in nodes], dtype=np.float32),
        left=np.array(left, dtype=np.int32),
        right=np.array(right, dtype=np.int32),
        absent_left=np.zeros(len(nodes), dtype=np.bool_),
        value=np.array([(n.output or 0.0) * weight for n in nodes], dtype=np.float64),
        cover=np.ones(len(nodes)),
    )
