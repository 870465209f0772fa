"""Light: a window up to the left of every object. Forms give a flat mask volume; shading follows from their normals."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

Plane = NDArray[np.float32]

WINDOW = np.array([-0.42, -0.58, 0.70], dtype=np.float32)
HALF_WAY = np.array([-0.23, -0.31, 0.92], dtype=np.float32)  # between the window and the camera
AMBIENT = 0.42


class Volume(StrEnum):
    """How a silhouette bulges towards the camera."""

    FLAT = "flat"
    PILLOW = "pillow"  # raised inside, falling off at the edge
    LATHE = "lathe"  # turned on a wheel: round from left to right in every row
    BALL = "ball"


@dataclass(frozen=True, slots=True)
class Form:
    """`depth` is how far it bulges, `softness` (pixels) how far from the edge the fall-off reaches."""

    volume: Volume
    depth: float = 1.0
    softness: float = 14.0

    def with_(self, *, depth: float | None = None, softness: float | None = None) -> "Form":
        return replace(self, depth=depth or self.depth, softness=softness or self.softness)


FLAT = Form(Volume.FLAT)
PILLOW = Form(Volume.PILLOW)
LATHE = Form(Volume.LATHE)
BALL = Form(Volume.BALL)


@dataclass(frozen=True, slots=True)
class Shading:
    """Per pixel: `diffuse` is 1 where the surface faces the camera, `mirror` 0 to 1 where it reflects the window,
    `lean` the slope to the right and down (for patterns that follow the surface)."""

    diffuse: Plane
    mirror: Plane
    lean: tuple[Plane, Plane]


def shade(mask: Plane, form: Form, relief: Plane | None, *, scale: float) -> Shading:
    """Light a silhouette. `mask` and `relief` (height of folds, in pixels at half size) have the part's size."""
    small = _half(mask)
    gx, gy = _slopes(small, form, scale)
    if relief is not None:
        ry, rx = np.gradient(relief)
        gx, gy = gx + rx.astype(np.float32), gy + ry.astype(np.float32)
    length = np.sqrt(gx**2 + gy**2 + 1)
    facing = (-gx * WINDOW[0] - gy * WINDOW[1] + WINDOW[2]) / length
    diffuse = AMBIENT + (1 - AMBIENT) * np.maximum(facing, 0) / WINDOW[2]
    mirror = np.maximum((-gx * HALF_WAY[0] - gy * HALF_WAY[1] + HALF_WAY[2]) / length, 0)
    shape = (mask.shape[1], mask.shape[0])
    return Shading(_full(diffuse, shape), _full(mirror, shape), (_full(gx, shape), _full(gy, shape)))


def _slopes(mask: Plane, form: Form, scale: float) -> tuple[Plane, Plane]:
    """Slopes of the height, to the right and down, at half size."""
    if form.volume is Volume.PILLOW:
        sigma = max(form.softness * scale / 2, 0.6)
        wide, tight = gaussian_filter(mask, sigma, mode="nearest"), gaussian_filter(mask, sigma / 3, mode="nearest")
        height = (0.7 * wide + 0.3 * tight) * form.depth * sigma * 2.4
        gy, gx = np.gradient(height)
        return np.asarray(gx, dtype=np.float32), np.asarray(gy, dtype=np.float32)
    if form.volume is Volume.LATHE:
        return _lathe(mask, form.depth)
    if form.volume is Volume.BALL:
        return _ball(mask, form.depth)
    flat = np.zeros_like(mask)
    return flat, flat


def _lathe(mask: Plane, depth: float) -> tuple[Plane, Plane]:
    solid = mask > 0.5
    columns = np.arange(mask.shape[1], dtype=np.float32)
    any_row = solid.any(axis=1)
    left = np.where(any_row, solid.argmax(axis=1), 0).astype(np.float32)
    right = np.where(any_row, mask.shape[1] - 1 - solid[:, ::-1].argmax(axis=1), 1).astype(np.float32)
    left, right = gaussian_filter(left, 2, mode="nearest"), gaussian_filter(right, 2, mode="nearest")
    half = np.maximum((right - left) / 2, 1)[:, None]
    u = np.clip((columns[None, :] - ((left + right) / 2)[:, None]) / half, -0.985, 0.985)
    gx = -u / np.sqrt(1 - u**2) * depth
    growth = np.gradient(half[:, 0])[:, None]  # a wall that widens downwards looks up
    gy = np.clip(growth, -1.2, 1.2) * 0.55 * np.sqrt(1 - u**2)
    return np.clip(gx, -4, 4).astype(np.float32), gy.astype(np.float32)


def _ball(mask: Plane, depth: float) -> tuple[Plane, Plane]:
    rows, columns = np.nonzero(mask > 0.5)
    if rows.size == 0:
        return np.zeros_like(mask), np.zeros_like(mask)
    cy, cx = (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2
    ry, rx = max((rows.max() - rows.min()) / 2, 1), max((columns.max() - columns.min()) / 2, 1)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float32)
    u, v = (x - cx) / rx, (y - cy) / ry
    z = np.sqrt(np.maximum(1 - u**2 - v**2, 0.05))
    return (-u / z * depth).astype(np.float32), (-v / z * depth).astype(np.float32)


def _half(plane: Plane) -> Plane:
    size = (max(plane.shape[1] // 2, 2), max(plane.shape[0] // 2, 2))
    return np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX), dtype=np.float32)


def _full(plane: Plane, size: tuple[int, int]) -> Plane:
    image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR), dtype=np.float32)
