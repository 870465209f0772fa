"""Where a picture agrees with a vector: parts of it are hidden one after the other, and what that costs is the heat.

Works with any encoder, for it looks at answers only (occlusion: Zeiler and Fergus 2014).
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.encoder import Picture, PictureEncoder

Map: TypeAlias = NDArray[np.float32]
CELLS = 7
LONGEST_SIDE = 224  # pixels: as much as networks of this kind look at
_SAME = 12  # a cell whose every channel stays so near to the ground shows nothing that could be hidden
_LEAST_DROP = 1e-4  # a cosine that falls less than this did not fall
_SMOOTH = np.array([0.25, 0.5, 0.25], dtype=np.float32)


def heat_map(encoder: PictureEncoder, picture: Picture, target: NDArray[np.float32], *, cells: int = CELLS) -> Map:
    """How much of the picture's likeness to `target` hangs on each of its cells, shape (cells, cells), rows from the top.

    `target`: a vector of length 1 in the encoder's space. From 0 (hiding it costs nothing) to 1 (it costs most); all 0 where no
    cell costs anything. Encodes the picture once and again for each cell that shows more than the ground. Raises EncoderError.
    """
    small = _bounded(picture)
    ground = ground_of(small)
    boxes = _boxes(small.shape[0], small.shape[1], cells)
    shown = [place for place, (rows, columns) in enumerate(boxes) if _differs(small[rows, columns], ground)]
    if not shown:
        return np.zeros((cells, cells), dtype=np.float32)
    likeness = encoder.encode_pictures([small, *(_hidden(small, boxes[place], ground) for place in shown)]) @ target
    drops = np.zeros(cells * cells, dtype=np.float32)
    drops[shown] = np.maximum(likeness[0] - likeness[1:], 0.0)
    if float(drops.max()) < _LEAST_DROP:
        return np.zeros((cells, cells), dtype=np.float32)
    heat = smoothed(drops.reshape(cells, cells))
    return np.asarray(heat / heat.max(), dtype=np.float32)


def ground_of(picture: Picture) -> NDArray[np.uint8]:
    """The colour that most of the border has, shape (3,)."""
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    return np.asarray(np.median(border, axis=0), dtype=np.uint8)


def smoothed(heat: Map) -> Map:
    """The map with each cell mixed with its neighbours, a quarter from either side; edges repeat."""
    padded = np.pad(heat, 1, mode="edge")
    down = _SMOOTH[0] * padded[:-2] + _SMOOTH[1] * padded[1:-1] + _SMOOTH[2] * padded[2:]
    across = _SMOOTH[0] * down[:, :-2] + _SMOOTH[1] * down[:, 1:-1] + _SMOOTH[2] * down[:, 2:]
    return np.asarray(across, dtype=np.float32)


def _bounded(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def _boxes(height: int, width: int, cells: int) -> list[tuple[slice, slice]]:
    downs = np.linspace(0, height, cells + 1).round().astype(int)
    acrosses = np.linspace(0, width, cells + 1).round().astype(int)
    return [
        (slice(downs[row], downs[row + 1]), slice(acrosses[column], acrosses[column + 1]))
        for row in range(cells)
        for column in range(cells)
    ]


def _differs(cell: Picture, ground: NDArray[np.uint8]) -> bool:
    return cell.size > 0 and bool((np.abs(cell.astype(np.int16) - ground.astype(np.int16)) > _SAME).any())


def _hidden(picture: Picture, box: tuple[slice, slice], ground: NDArray[np.uint8]) -> Picture:
    copy = picture.copy()
    copy[box] = ground
    return copy
