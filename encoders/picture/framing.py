"""One way to bring any picture to a square, for training and for serving: trim plain borders, pad, resize."""

import numpy as np
from PIL import Image

from encoders.encoder import Picture

_PLAIN = 14.0  # a side counts as plain when its pixels stray less than this (standard deviation, of 255)
_AWAY = 18  # a pixel this far from the border's colour, in any channel, belongs to the thing shown
_PEEK = 96  # trimming is decided on a picture of at most this side: exact to about one hundredth
_MARGIN = 0.04


def frame(picture: Picture, side: int) -> Picture:
    """The picture as (side, side, 3): borders of one colour trimmed to a small margin, padded with that colour.

    A photograph without plain borders is padded with the mean colour of its border.
    """
    image = Image.fromarray(np.ascontiguousarray(picture))
    peek = np.asarray(_bounded(image, _PEEK))
    colour, box = _find_thing(peek)
    across, down = image.width / peek.shape[1], image.height / peek.shape[0]
    left, top, right, bottom = box
    place = (left * across, top * down, right * across, bottom * down)
    scale = side / max(place[2] - place[0], place[3] - place[1])
    size = (
        max(1, min(side, round((place[2] - place[0]) * scale))),
        max(1, min(side, round((place[3] - place[1]) * scale))),
    )
    small = image.resize(size, Image.Resampling.BILINEAR, box=place, reducing_gap=2.0)
    square = Image.new("RGB", (side, side), colour)
    square.paste(small, ((side - size[0]) // 2, (side - size[1]) // 2))
    return np.asarray(square)


def resize_square(picture: Picture, side: int) -> Picture:
    """A square picture at another size; the same picture when it has that size."""
    if picture.shape[0] == side:
        return picture
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize((side, side), Image.Resampling.BILINEAR))


def _bounded(image: Image.Image, side: int) -> Image.Image:
    scale = side / max(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _find_thing(peek: Picture) -> tuple[tuple[int, int, int], tuple[float, float, float, float]]:
    height, width = peek.shape[:2]
    whole = (0.0, 0.0, float(width), float(height))
    border = np.concatenate([peek[0], peek[-1], peek[:, 0], peek[:, -1]]).astype(np.float32)
    mean = border.mean(axis=0)
    colour = (int(mean[0]), int(mean[1]), int(mean[2]))
    if float(border.std(axis=0).max()) > _PLAIN:
        return colour, whole
    distance = np.abs(peek.astype(np.int16) - np.array(colour, dtype=np.int16))
    away = distance.max(axis=2) > _AWAY
    rows, columns = np.flatnonzero(away.any(axis=1)), np.flatnonzero(away.any(axis=0))
    if rows.size < 3 or columns.size < 3:
        return colour, whole
    margin = _MARGIN * max(rows[-1] - rows[0], columns[-1] - columns[0])
    left, right = max(0.0, columns[0] - margin), min(float(width), columns[-1] + 1 + margin)
    top, bottom = max(0.0, rows[0] - margin), min(float(height), rows[-1] + 1 + margin)
    return colour, (left, top, right, bottom)
