"""What a model learns from: the candidates of each query with their features, fused scores and grades."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.errors import TrainingError
from ranking.words import words_apart


def query_family(text: str) -> str:
    """A key that spellings of the same query share: case, accents, order, punctuation and plural aside.

    Queries of one family stay on one side of every split; otherwise a model is examined on what it has seen.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(sorted({_singular(word) for word in words_apart(plain).split()}))


def family_with(words: str, image: str = "", audio: str = "") -> str:
    """The family of a judged query: that of its words, and the picture and the recording that belong to it."""
    return "|".join((words, image, audio))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(ch|sh|x|ss|z)es$", word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


@dataclass(frozen=True, slots=True)
class QueryGroup:
    """The candidates of one query, best fused score first.

    `values`: float32, shape (candidates, features). `fused`: float64, shape (candidates,).
    `judgments`: every judged product of the query, retrieved or not. `family`: see query_family. `weight`: of the group in
    training. `positions`: int32, from 1, where each candidate was shown when its grade came from a shopper; None: unknown.
    """

    query: str
    family: str
    ids: tuple[str, ...]
    values: NDArray[np.float32]
    fused: NDArray[np.float64]
    judgments: Mapping[str, float]
    weight: float = 1.0
    positions: NDArray[np.int32] | None = None

    @property
    def grades(self) -> NDArray[np.float64]:
        """Grade of each candidate, shape (candidates,); an unjudged candidate counts as grade 0."""
        return np.array([self.judgments.get(i, 0.0) for i in self.ids], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Groups with the same feature columns, in the order of `features`."""

    features: tuple[str, ...]
    groups: tuple[QueryGroup, ...]

    def teachable(self) -> tuple[QueryGroup, ...]:
        """Groups with at least two candidates whose grades differ: the others hold no order to learn. Grades below 0 count
        as 0, as in every measure."""
        return tuple(g for g in self.groups if len(g.ids) > 1 and np.ptp(np.maximum(g.grades, 0.0)) > 0)

    def part(self, indexes: Sequence[int] | NDArray[np.intp]) -> "TrainingSet":
        """The groups at these places."""
        return TrainingSet(self.features, tuple(self.groups[int(i)] for i in indexes))

    def require_teachable(self) -> tuple[QueryGroup, ...]:
        """As teachable. Raises TrainingError when there is none, saying what was there instead."""
        groups = self.teachable()
        if not groups:
            raise TrainingError(
                f"nothing to learn: none of the {len(self.groups)} queries has candidates of different grades; "
                "check that the judgments name products of this catalogue, with at least two grades"
            )
        return groups

    def digest(self) -> str:
        """SHA-256 over features, queries, products, values and grades: equal data give equal digests."""
        hashed = hashlib.sha256("\x1f".join(self.features).encode())
        for group in self.groups:
            hashed.update("\x1f".join((group.query, *group.ids)).encode())
            hashed.update(np.ascontiguousarray(group.values).tobytes())
            hashed.update(group.grades.tobytes())
            if group.weight != 1.0:
                hashed.update(repr(group.weight).encode())
            if group.positions is not None:
                hashed.update(group.positions.tobytes())
        return hashed.hexdigest()
