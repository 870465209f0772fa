"""A list of products with scores as one value, and the keys under which such lists are kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from ranking.behaviour.aggregates.columns import id_hash
from ranking.recommendations.kinds import Kind

_VERSION = 1
_NAME = "list"


@dataclass(frozen=True, slots=True)
class Listed:
    """Products, best first, and how strongly each belongs there (above 0); both equally long."""

    ids: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def pack(self) -> bytes:
        """As it is kept."""
        return orjson.dumps([_VERSION, self.ids, [round(score, 6) for score in self.scores]])


EMPTY = Listed()


def unpack(value: bytes | None) -> Listed:
    """The list that was packed; an absent or foreign value is an empty one."""
    if value is None:
        return EMPTY
    try:
        version, ids, scores = orjson.loads(value)
    except (orjson.JSONDecodeError, ValueError, TypeError):
        return EMPTY
    if version != _VERSION or len(ids) != len(scores):
        return EMPTY
    return Listed(tuple(map(str, ids)), tuple(map(float, scores)))


def product_key(prefix: str, catalogue: str, kind: Kind, product: str) -> str:
    """Where the products that go with this one are kept."""
    return f"{prefix}:{_NAME}:{catalogue}:{kind}:{product}"


def catalogue_key(prefix: str, catalogue: str, kind: Kind) -> str:
    """Where the list of the whole catalogue is kept."""
    return f"{prefix}:{_NAME}:{catalogue}:{kind}"


def shopper_key(prefix: str, catalogue: str, person: int) -> str:
    """Where a person's list is kept; see `person_number`."""
    return f"{prefix}:{_NAME}:{catalogue}:{Kind.RECENTLY_VIEWED}:{person:x}"


def person_number(shopper: str) -> int:
    """The number by which the event columns know a person; the id cannot be read back from it."""
    return id_hash(shopper)


def blend(lists: Sequence[tuple[Listed, float]], *, without: frozenset[str] = frozenset(), most: int = 100) -> Listed:
    """One list from several with weights: scores of the same product add up; products of `without` are left out."""
    sums: dict[str, float] = {}
    for listed, weight in lists:
        for id, score in zip(listed.ids, listed.scores, strict=True):
            if id not in without:
                sums[id] = sums.get(id, 0.0) + weight * score
    best = sorted(sums, key=lambda id: (-sums[id], id))[:most]
    return Listed(tuple(best), tuple(sums[id] for id in best))
