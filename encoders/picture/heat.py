"""Where a picture agrees with a vector: parts of it are hidden one after the other, and what that costs is the heat.

Works with any encoder, for it looks at answers only (occlusion: Zeiler and Fergus 2014). An encoder that knows a cheaper way
to its answers (`EncodesWithout`) is asked in that way.
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.encoder import Picture, PictureEncoder, Vectors
from encoders.picture.hiding import Ground, Part

Map: TypeAlias = NDArray[np.float32]
CELLS = 7
LONGEST_SIDE = 224  # pixels: as much as networks of this kind look at
_SAME = 12  # a cell whose every channel stays so near to the ground shows nothing that could be hidden
_LEAST_DROP = 1e-4  # a cosine that falls less than this did not fall
_SMOOTH = np.array([0.25, 0.5, 0.25], dtype=np.float32)


@runtime_checkable
class EncodesWithout(Protocol):
    """A picture encoder that makes one picture's vectors without each of its parts for less than so many pictures' cost."""

    def encode_without(self, picture: Picture, parts: Sequence[Part], ground: Ground) -> Vectors:
        """Shape (1 + parts, dimension), rows of length 1: whole, then each part under `ground`. May be approximate, but
        consistent: differences between rows show what the part is worth."""


def heat_map(encoder: PictureEncoder, picture: Picture, target: NDArray[np.float32], *, cells: int = CELLS) -> Map:
    """How much of the picture's likeness to `target` hangs on each of its cells, shape (cells, cells), rows from the top.

    `target`: a vector of length 1 in the encoder's space. From 0 (hiding it costs nothing) to 1 (it costs most); all 0 where no
    cell costs anything. Cells that show only the ground are not looked at. Raises EncoderError.
    """
    small = bounded(picture)
    ground = ground_of(small)
    boxes = boxes_of(small.shape[0], small.shape[1], cells)
    shown = [place for place, (rows, columns) in enumerate(boxes) if _differs(small[rows, columns], ground)]
    if not shown:
        return np.zeros((cells, cells), dtype=np.float32)
    likeness = _without(encoder, small, [boxes[place] for place in shown], ground) @ target
    drops = np.zeros(cells * cells, dtype=np.float32)
    drops[shown] = np.maximum(likeness[0] - likeness[1:], 0.0)
    if float(drops.max()) < _LEAST_DROP:
        return np.zeros((cells, cells), dtype=np.float32)
    heat = smoothed(drops.reshape(cells, cells))
    return np.asarray(heat / heat.max(), dtype=np.float32)


def _without(encoder: PictureEncoder, picture: Picture, parts: Sequence[Part], ground: Ground) -> Vectors:
    if isinstance(encoder, EncodesWithout):
        return encoder.encode_without(picture, parts, ground)
    return encoder.encode_pictures([picture, *(hidden(picture, part, ground) for part in parts)])


def ground_of(picture: Picture) -> Ground:
    """The colour that most of the border has, shape (3,)."""
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    return np.asarray(np.median(border, axis=0), dtype=np.uint8)


def smoothed(heat: Map) -> Map:
    """The map with each cell mixed with its neighbours, a quarter from either side; edges repeat."""
    padded = np.pad(heat, 1, mode="edge")
    down = _SMOOTH[0] * padded[:-2] + _SMOOTH[1] * padded[1:-1] + _SMOOTH[2] * padded[2:]
    across = _SMOOTH[0] * down[:, :-2] + _SMOOTH[1] * down[:, 1:-1] + _SMOOTH[2] * down[:, 2:]
    return np.asarray(across, dtype=np.float32)


def bounded(picture: Picture) -> Picture:
    """The picture, its longer side at most LONGEST_SIDE."""
    height, width = picture.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def boxes_of(height: int, width: int, cells: int) -> list[Part]:
    """The cells of a picture in pixels, rows from the top, each from the left."""
    downs = np.linspace(0, height, cells + 1).round().astype(int)
    acrosses = np.linspace(0, width, cells + 1).round().astype(int)
    return [
        (slice(int(downs[row]), int(downs[row + 1])), slice(int(acrosses[column]), int(acrosses[column + 1])))
        for row in range(cells)
        for column in range(cells)
    ]


def _differs(cell: Picture, ground: Ground) -> bool:
    return cell.size > 0 and bool((np.abs(cell.astype(np.int16) - ground.astype(np.int16)) > _SAME).any())


def hidden(picture: Picture, box: Part, ground: Ground) -> Picture:
    """A copy with this part under `ground`."""
    copy = picture.copy()
    copy[box] = ground
    return copy
