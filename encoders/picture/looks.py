"""What a picture is like as a picture: blank, tiny, sharp, filled; and a mark by which the same picture is known again."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.encoder import Picture

Grey = NDArray[np.float32]

TINY_SIDE = 24  # pixels; nothing is to be seen of a product in less
_BLANK_STRAY = 3.0  # standard deviation of all pixels, of 255: less is one colour and noise
_WHITE, _BLACK = 225.0, 16.0  # of 255, in every channel
_PEEK = 128  # sharpness and fill are judged on a picture of this longest side
_CELLS, _STEP, _KIN, _LEAST_STEPS = 12, 16, 6, 8
_AWAY = 24  # from the border's colour, in any channel: what belongs to the thing shown


@dataclass(frozen=True, slots=True)
class PictureLook:
    """`mark`: equal for pictures that are equal once decoded, whatever their file and address. `kin`: marks of which copies of
    a picture share most, whatever their size and compression; none where there is too little to see.

    `sharpness`: 0 (no edge at all) to 1, by the strongest edges. `fill`: share of the picture inside the box round what
    stands out from the border. `clutter`: 0 for a plain border, towards 1 for a border full of things.
    """

    mark: str
    kin: tuple[str, ...]
    is_blank: bool
    is_tiny: bool
    sharpness: float
    fill: float
    clutter: float

    @property
    def marks(self) -> tuple[str, ...]:
        return (self.mark, *self.kin)

    def is_among(self, marks: Collection[str]) -> bool:
        """Whether the picture, or a copy of it, is known by these marks: by its own, or by half of those that copies share."""
        return self.mark in marks or 2 * sum(mark in marks for mark in self.kin) >= _KIN

    @property
    def shows_nothing(self) -> bool:
        return self.is_blank or self.is_tiny


def look_at(picture: Picture) -> PictureLook:
    """Judge one picture: height × width × 3, uint8. A few tenths of a millisecond."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    scale = min(1.0, _PEEK / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    peek = np.asarray(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0), dtype=np.float32)
    border = np.concatenate([peek[0], peek[-1], peek[:, 0], peek[:, -1]])
    return PictureLook(
        mark=_mark(image),
        kin=_kin(peek, image.width / image.height),
        is_blank=_is_blank(peek.reshape(-1, 3)),
        is_tiny=min(image.size) < TINY_SIDE,
        sharpness=_sharpness(peek.mean(axis=2)),
        fill=_fill(peek, np.median(border, axis=0)),
        clutter=min(1.0, float(border.std(axis=0).max()) / 80.0),
    )


def _is_blank(pixels: Grey) -> bool:
    """White or black throughout; any other tone may be a swatch of paint or cloth."""
    mean = pixels.mean(axis=0)
    is_extreme = float(mean.min()) > _WHITE or float(mean.max()) < _BLACK
    return float(pixels.std(axis=0).max()) < _BLANK_STRAY and is_extreme


def _mark(image: Image.Image) -> str:
    """The decoded pixels, hashed: coarser marks would take thin things on white for each other."""
    return hashlib.blake2b(b"%dx%d" % image.size + image.tobytes(), digest_size=8).hexdigest()


def _kin(peek: NDArray[np.float32], shape: float) -> tuple[str, ...]:
    """Where red and blue rise, fall or stay between neighbouring cells, dealt out to six marks.

    Compression moves a step across the bound now and then, which costs one of the six (locality-sensitive hashing, Indyk
    and Motwani 1998). Small differences count as none, so that flat ground is no noise; a mark needs several steps.
    """
    small = Image.fromarray(np.clip(peek, 0, 255).round().astype(np.uint8)).resize(
        (_CELLS, _CELLS), Image.Resampling.BOX
    )
    cells = np.asarray(small, dtype=np.int16)[..., (0, 2)]
    steps = np.concatenate([np.diff(cells, axis=axis).ravel() for axis in (0, 1)])
    ways = ((steps > _STEP).astype(np.uint8) * 2 + (steps < -_STEP)).astype(np.uint8)
    format_ = round(np.log2(shape) * 4)
    parts = [ways[number::_KIN] for number in range(_KIN)]
    return tuple(
        f"~{number}{hashlib.blake2b(b'%d|' % format_ + part.tobytes(), digest_size=8).hexdigest()}"
        for number, part in enumerate(parts)
        if np.count_nonzero(part) >= _LEAST_STEPS
    )


def _sharpness(grey: Grey) -> float:
    """The strongest steps of brightness between neighbours (percentile 99.8); 64 of 255 and more is fully sharp."""
    steps = [np.abs(np.diff(grey, axis=axis)).ravel() for axis in (0, 1)]
    every = np.concatenate(steps)
    return 0.0 if every.size == 0 else min(1.0, float(np.percentile(every, 99.8)) / 64.0)


def _fill(peek: NDArray[np.float32], ground: NDArray[np.float32]) -> float:
    away = np.abs(peek - ground).max(axis=2) > _AWAY
    rows, columns = np.flatnonzero(away.any(axis=1)), np.flatnonzero(away.any(axis=0))
    if rows.size == 0:
        return 0.0
    inside = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return float(inside / away.size)
