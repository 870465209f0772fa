"""Bars above and below or beside a picture, as players and screenshots put them around what is shown."""

import numpy as np

from encoders.encoder import Picture

_EVEN = 14.0  # standard deviation of a line of a bar, of 255
_AWAY = 18.0  # a pixel so far from the bar's colour in some channel is none of it
_LEAST_SHOWN = 0.2  # of either side: less left over means that these were no bars
_LEAST_CHANGED = 0.7  # of the first line behind a bar; behind the plain ground of a product far less changes


def without_bars(picture: Picture) -> Picture:
    """The picture without even bars on two opposite sides; as it is where there are none.

    The plain ground around a product is no bar: a bar ends at once along its whole length.
    """
    top, bottom = _bars(picture)
    left, right = _bars(picture.transpose(1, 0, 2))
    height, width = picture.shape[:2]
    if top and bottom and height - top - bottom >= _LEAST_SHOWN * height:
        return picture[top : height - bottom]
    if left and right and width - left - right >= _LEAST_SHOWN * width:
        return picture[:, left : width - right]
    return picture


def _bars(picture: Picture) -> tuple[int, int]:
    """How many lines at the beginning and at the end are bars of one colour; (0, 0) unless both are."""
    colour = np.median(picture[0], axis=0)
    first, last = _lines(picture, colour), _lines(picture[::-1], colour)
    return (first, last) if first and last else (0, 0)


def _lines(picture: Picture, colour: np.ndarray) -> int:
    coarse = picture[:, :: max(1, picture.shape[1] // 128)].astype(np.float32)
    away = (np.abs(coarse - colour) > _AWAY).any(axis=2).mean(axis=1)
    within = (away < 0.02) & (coarse.std(axis=1).max(axis=1) < _EVEN)
    count = int(np.argmin(within)) if not within.all() else 0
    # Compression smears the edge over a line or two.
    edge = away[count : count + 4]
    return count if count >= 3 and float(edge.max(initial=0.0)) >= _LEAST_CHANGED else 0
