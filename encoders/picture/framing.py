"""One way to bring any picture to a square, for training and for serving: trim plain borders, pad, resize."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from encoders.encoder import Picture

_PLAIN = 14.0  # a side counts as plain when its pixels stray less than this (standard deviation, of 255)
_AWAY = 18  # a pixel this far from the border's colour, in any channel, belongs to the thing shown
_PEEK = 96  # trimming is decided, and colours are counted, at this longest side: exact to about one hundredth
_MARGIN = 0.04


def frame(picture: Picture, side: int) -> Picture:
    """The picture as (side, side, 3): borders of one colour trimmed to a small margin, padded with that colour.

    A photograph without plain borders is padded with the mean colour of its border.
    """
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(frame_image(image, peek_at(image), side))


def peek_at(image: Image.Image) -> Picture:
    """The picture with its longer side at 96 pixels; smaller ones are enlarged, so that scales agree."""
    scale = _PEEK / max(image.size)
    size = (max(2, round(image.width * scale)), max(2, round(image.height * scale)))
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return np.asarray(image.resize(size, how, reducing_gap=1.0))


@dataclass(frozen=True, slots=True)
class Placing:
    """Which part of a picture goes where into its frame: `source` (left, top, right, bottom) in the picture's pixels to `size`
    (across, down) pixels in the middle of a square of `side`, padded with `colour`.
    """

    colour: tuple[int, int, int]
    source: tuple[float, float, float, float]
    size: tuple[int, int]
    side: int

    @property
    def corner(self) -> tuple[int, int]:
        return (self.side - self.size[0]) // 2, (self.side - self.size[1]) // 2

    def rows(self, first: float, last: float) -> slice:
        """Where these rows of the picture lie in the frame; empty for rows that were trimmed away."""
        return self._span(first, last, axis=1)

    def columns(self, first: float, last: float) -> slice:
        return self._span(first, last, axis=0)

    def _span(self, first: float, last: float, *, axis: int) -> slice:
        begin, end = self.source[axis], self.source[axis + 2]
        shown = self.size[axis]
        places = [round(min(max((at - begin) / (end - begin), 0.0), 1.0) * shown) for at in (first, last)]
        return slice(self.corner[axis] + places[0], self.corner[axis] + places[1])


def place_in_frame(size: tuple[int, int], peek: Picture, side: int) -> Placing:
    """`size` (across, down) of the picture whose `peek_at` this is."""
    colour, box = _find_thing(peek)
    across, down = size[0] / peek.shape[1], size[1] / peek.shape[0]
    left, top, right, bottom = box
    place = (left * across, top * down, right * across, bottom * down)
    scale = side / max(place[2] - place[0], place[3] - place[1])
    shown = (
        max(1, min(side, round((place[2] - place[0]) * scale))),
        max(1, min(side, round((place[3] - place[1]) * scale))),
    )
    return Placing(colour, place, shown, side)


def frame_image(image: Image.Image, peek: Picture, side: int) -> Image.Image:
    """`frame` for those who have an RGB image and its `peek_at` already."""
    placing = place_in_frame(image.size, peek, side)
    small = image.resize(placing.size, Image.Resampling.BILINEAR, box=placing.source, reducing_gap=1.0)
    if placing.size == (side, side):
        return small
    square = Image.new("RGB", (side, side), placing.colour)
    square.paste(small, placing.corner)
    return square


def resize_square(picture: Picture, side: int) -> Picture:
    """A square picture at another size; the same picture when it has that size."""
    if picture.shape[0] == side:
        return picture
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize((side, side), Image.Resampling.BILINEAR))


def with_spare_channel(pictures: Picture) -> Picture:
    """(n, side, side, 3) to the (n, side, side, 4) that the network reads: three channels are slow to convolve."""
    wider = np.zeros((*pictures.shape[:3], 4), dtype=np.uint8)
    wider[..., :3] = pictures
    return wider


def _find_thing(peek: Picture) -> tuple[tuple[int, int, int], tuple[float, float, float, float]]:
    height, width = peek.shape[:2]
    whole = (0.0, 0.0, float(width), float(height))
    border = np.concatenate([peek[0], peek[-1], peek[:, 0], peek[:, -1]]).astype(np.float32)
    mean = border.mean(axis=0)
    colour = (int(mean[0]), int(mean[1]), int(mean[2]))
    if float(border.std(axis=0).max()) > _PLAIN:
        return colour, whole
    # Bytes below the one bound or above the other, so that nothing has to be widened.
    low, high = (np.clip(np.array(colour) + way * _AWAY, 0, 255).astype(np.uint8) for way in (-1, 1))
    away = ((peek < low) | (peek > high)).any(axis=2)
    rows, columns = np.flatnonzero(away.any(axis=1)), np.flatnonzero(away.any(axis=0))
    if rows.size < 3 or columns.size < 3:
        return colour, whole
    margin = _MARGIN * max(rows[-1] - rows[0], columns[-1] - columns[0])
    left, right = max(0.0, columns[0] - margin), min(float(width), columns[-1] + 1 + margin)
    top, bottom = max(0.0, rows[0] - margin), min(float(height), rows[-1] + 1 + margin)
    return colour, (left, top, right, bottom)
