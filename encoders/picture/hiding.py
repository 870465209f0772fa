"""A picture with its parts hidden one after the other, as the built-in network sees it: everything that the parts have in
common is done once.

Parts are hidden in the frame, so hiding the edge of a thing does not move the rest of it; of colours, what a part has is taken
from the whole picture's counts.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.encoder import Picture
from encoders.picture.colour_edge import colour_marks, count_marks, histogram_of
from encoders.picture.framing import Placing, frame_image, peek_at, place_in_frame

Part: TypeAlias = tuple[slice, slice]  # rows and columns of a picture's pixels, with their ends
Ground: TypeAlias = NDArray[np.uint8]


def frames_without(
    picture: Picture, parts: Sequence[Part], ground: Ground, side: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The framed picture and, for each part, the same with the part under `ground`: (1 + parts, side, side, 4), and their
    colour histograms (1 + parts, 128).
    """
    image = Image.fromarray(np.ascontiguousarray(picture))
    peek = peek_at(image)
    placing = place_in_frame(image.size, peek, side)
    shown = np.repeat(np.asarray(frame_image(image, peek, side).convert("RGBX"))[None], 1 + len(parts), axis=0)
    for frame, (rows, columns) in zip(shown[1:], parts, strict=True):
        frame[_place(placing, rows, columns)][..., :3] = ground
    return shown, _colours_without(peek, parts, ground, picture.shape)


def _place(placing: Placing, rows: slice, columns: slice) -> Part:
    return placing.rows(rows.start, rows.stop), placing.columns(columns.start, columns.stop)


def _colours_without(
    peek: Picture, parts: Sequence[Part], ground: Ground, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    marks = colour_marks(peek)
    whole, one = count_marks(marks), count_marks(colour_marks(ground.reshape(1, 1, 3)))
    scales = peek.shape[0] / shape[0], peek.shape[1] / shape[1]
    histograms = [histogram_of(whole)]
    for part in parts:
        rows, columns = (slice(round(s.start * by), round(s.stop * by)) for s, by in zip(part, scales, strict=True))
        hidden = marks[rows, columns]
        histograms.append(histogram_of(whole - count_marks(hidden) + hidden.size * one))
    return np.stack(histograms)
