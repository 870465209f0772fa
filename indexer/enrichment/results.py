"""What filling one vector field of one product came to."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from encoders.pictures_decoding import PictureProblem
from mappings.fields import VectorField
from mappings.ledger import Vector


class FieldState(StrEnum):
    """How far a field got. Everything up to PARTIAL is settled; the rest is tried again."""

    FILLED = "filled"
    NOTHING = "nothing"  # no words, no pictures: there is nothing to make a vector from
    PARTIAL = "partial"  # some pictures cannot be had, and trying again will not help
    LATER = "later"  # some pictures cannot be had just now
    FAILED = "failed"  # the encoder chokes on this product
    UNAVAILABLE = "unavailable"  # the encoder itself cannot be used: not this product's fault
    UNREACHED = "unreached"  # time ran out before this product's turn

    @property
    def is_settled(self) -> bool:
        return self in (FieldState.FILLED, FieldState.NOTHING, FieldState.PARTIAL)


@dataclass(frozen=True, slots=True)
class LostPicture:
    """A picture that could not be had: its place in the product (from 1), why, and a message for a person."""

    ordinal: int
    kind: PictureProblem | None  # None: the encoder choked on it
    message: str


@dataclass(frozen=True, slots=True)
class FieldResult:
    """`vector` has length 1; `views` holds one such vector per picture, by its place in the product, from 1.

    `looks`: what was seen of the pictures, by field name of the index.
    """

    field: VectorField
    state: FieldState
    vector: Vector | None = None
    views: Mapping[int, Vector] | None = None
    problem: str | None = None
    lost: tuple[LostPicture, ...] = ()
    looks: Mapping[str, Any] = dataclasses.field(default_factory=dict)
