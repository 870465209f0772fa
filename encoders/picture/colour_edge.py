"""A picture in numbers without any training: what colours it has, and which way its edges run where.

    colour   HSV histogram, 16 hues × 4 saturations × 2 values, of the pixels that are not near white       128
    edges    gradient orientations, 8 over half a turn, weighed by strength, in each of 4 × 4 cells        128

Both halves go through the square root (so that the inner product is the Hellinger kernel), get length 1, and are joined
with equal weight: the cosine of two pictures is the mean of their colour and their edge likeness.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.encoder import EncoderDescription, Picture, Vectors
from encoders.fingerprint import fingerprint
from encoders.picture.framing import peek_at

_SIDE = 96
_HUES, _SATURATIONS, _VALUES = 16, 4, 2
_CELLS, _DIRECTIONS = 4, 8
_NEAR_WHITE = 240  # every channel above this counts as ground
_COLOURS = _HUES * _SATURATIONS * _VALUES
_EDGES = _CELLS * _CELLS * _DIRECTIONS
COLOUR_VERSION = 2
_VERSION = 1

Floats = NDArray[np.float32]
Marks = NDArray[np.uint8]
Counts = NDArray[np.intp]


class ColourEdge:
    """The built-in picture encoder `colour-edge`: 256 numbers, nothing to load."""

    def __init__(self) -> None:
        mark = fingerprint({"role": "picture", "kind": "colour-edge", "version": _VERSION, "side": _SIDE})
        self._description = EncoderDescription("colour-edge", mark, _COLOURS + _EDGES)

    @property
    def description(self) -> EncoderDescription:
        return self._description

    def load(self) -> None:
        """Nothing to do."""

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        vectors = np.zeros((len(pictures), self._description.dimension), dtype=np.float32)
        for number, picture in enumerate(pictures):
            small = shrink(picture, _SIDE)
            vectors[number] = _unit(np.concatenate([colour_histogram(small), _edge_histogram(small)]))
        return vectors


class Colour:
    """The built-in picture encoder `colour`: the colour half alone, for "same colour" and "other colour" queries."""

    def __init__(self) -> None:
        mark = fingerprint({"role": "picture", "kind": "colour", "version": COLOUR_VERSION, "side": _SIDE})
        self._description = EncoderDescription("colour", mark, _COLOURS)

    @property
    def description(self) -> EncoderDescription:
        return self._description

    def load(self) -> None:
        """Nothing to do."""

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        vectors = np.zeros((len(pictures), _COLOURS), dtype=np.float32)
        for number, picture in enumerate(pictures):
            vectors[number] = colour_histogram(shrink_for_colour(picture))
        return vectors


def shrink_for_colour(picture: Picture) -> Picture:
    """The picture at the size on which colours are counted."""
    return peek_at(Image.fromarray(np.ascontiguousarray(picture)))


def shrink(picture: Picture, side: int) -> Picture:
    """The picture with its longer side at `side` pixels; smaller pictures are enlarged so that scales agree."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR))


def colour_histogram(picture: Picture) -> Floats:
    """Length-1 square-rooted HSV histogram (128); a picture that is all ground is counted whole."""
    return histogram_of(count_marks(colour_marks(picture)))


def colour_marks(picture: Picture) -> Marks:
    """Each pixel's colour, of 128; and 128 more where it is near white, so ground. Shape (height, width)."""
    # Bits of bytes: 4 of the hue, 2 of the saturation, 1 of the value.
    hsv = np.asarray(Image.fromarray(np.ascontiguousarray(picture)).convert("HSV"))
    bins = ((hsv[..., 0] >> 4) << 3) | ((hsv[..., 1] >> 6) << 1) | (hsv[..., 2] >> 7)
    red, green, blue = (picture[..., channel] >= _NEAR_WHITE for channel in range(3))
    return np.asarray(bins + np.uint8(_COLOURS) * (red & green & blue), dtype=np.uint8)


def count_marks(marks: Marks) -> Counts:
    """Pixels of each mark, shape (256,). Counts of a picture's parts add up to the picture's."""
    return np.bincount(marks.ravel(), minlength=2 * _COLOURS)


def histogram_of(counts: Counts) -> Floats:
    """What `colour_histogram` makes of these counts."""
    shown, ground = counts[:_COLOURS], counts[_COLOURS:]
    if shown.sum() < counts.sum() // 200 + 1:
        shown = shown + ground
    return _unit(np.sqrt(shown.astype(np.float32)))


def _edge_histogram(picture: Picture) -> Floats:
    grey = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    across = np.zeros_like(grey)
    down = np.zeros_like(grey)
    across[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    down[1:-1] = grey[2:] - grey[:-2]
    strength = np.hypot(across, down)
    turn = np.mod(np.arctan2(down, across), np.pi) / np.pi
    direction = np.minimum((turn * _DIRECTIONS).astype(np.int64), _DIRECTIONS - 1)
    rows = np.arange(grey.shape[0]) * _CELLS // grey.shape[0]
    columns = np.arange(grey.shape[1]) * _CELLS // grey.shape[1]
    cell = rows[:, None] * _CELLS + columns[None, :]
    sums = np.bincount((cell * _DIRECTIONS + direction).ravel(), weights=strength.ravel(), minlength=_EDGES)
    return _unit(np.sqrt(sums.astype(np.float32)))


def _unit(values: Floats) -> Floats:
    length = float(np.linalg.norm(values))
    return np.asarray(values / length if length > 0 else values, dtype=np.float32)
