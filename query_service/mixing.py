"""Several pictures as one query vector: wanted ones, unwanted ones, and words that change them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.picture.modifying import without_direction
from encoders.pictures_decoding import PictureError, PictureProblem

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture's vector, of length 1, and its weight: below 0 it is one that results shall not be like."""

    vector: Vector
    weight: float


def mixed(shown: Sequence[Shown], unwanted: Sequence[Vector] = ()) -> Vector:
    """One vector of length 1: the weighted mean of the wanted pictures without the directions of the unwanted.

    `unwanted`: vectors of words in the same space, of length 1. Raises PictureError when no picture is wanted.
    """
    wanted = [each for each in shown if each.weight >= 0]
    if not wanted:
        raise PictureError(
            PictureProblem.NOT_A_PICTURE, "images: every picture has a weight below 0; give one to look for, too"
        )
    weights = np.array([each.weight for each in wanted], dtype=np.float32)
    if not weights.any():
        weights = np.ones_like(weights)
    mean = (np.stack([each.vector for each in wanted]) * weights[:, None]).sum(axis=0)
    length = float(np.linalg.norm(mean))
    vector = mean / length if length > 0 else wanted[0].vector
    for each in shown:
        if each.weight < 0:
            vector = without_direction(vector, each.vector, share=-each.weight)
    for direction in unwanted:
        vector = without_direction(vector, direction)
    return np.asarray(vector, dtype=np.float32)
