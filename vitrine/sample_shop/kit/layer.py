"""A sheet of glass on which one object is painted, part over part, before it is set into a picture."""

from dataclasses import dataclass

import aggdraw
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from vitrine.sample_shop.kit.colour import Rgb
from vitrine.sample_shop.kit.fabric import Skin
from vitrine.sample_shop.kit.light import FLAT, PILLOW, Form, Plane, Shading, Volume, shade
from vitrine.sample_shop.kit.shapes import Placement, Points, Shape

WIDTH, HEIGHT = 600, 750
MARGIN = 48  # a part cut by the picture's edge is lit as if it went on
SHADOW_TINT = np.array([0.035, 0.02, 0.05], dtype=np.float32)  # shadows lean to blue, never to black


@dataclass(frozen=True, slots=True)
class Fold:
    """A crease (depth < 0) or a ridge in a surface: a line, how wide and how deep, in object pixels."""

    line: Shape
    width: float = 12.0
    depth: float = 5.0


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of the picture that a shape covers; may reach MARGIN beyond it."""

    x: int
    y: int
    width: int
    height: int


class Layer:
    """`colour` (750, 600, 3) is premultiplied by `cover` (750, 600), both float32 between 0 and 1."""

    def __init__(self, placement: Placement | None = None) -> None:
        self.placement = placement or Placement()
        self.colour = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        self.cover = np.zeros((HEIGHT, WIDTH), np.float32)
        self._matrix = self.placement.matrix()
        self._inverse = self.placement.inverse()

    def paint(
        self, shape: Shape, skin: Skin, form: Form = PILLOW, *, folds: tuple[Fold, ...] = (), drop: float = 0.0
    ) -> None:
        """Paint a filled part. `drop` (0 to 1) is how strongly it shades the parts below it."""
        at = self._placed(shape)
        window = _window(at, pad=6)
        if window is None:
            return
        mask = _fill(at, window)
        if drop:
            self._drop_shadow(at, drop)
        shading = shade(mask, form, self._relief(folds, window), scale=self.placement.scale)
        self._put(mask, self._lit(skin, form, shading, window), window)

    def stroke(self, line: Shape, colour: Rgb, width: float = 2.0, *, opacity: float = 1.0, dash: float = 0.0) -> None:
        """Draw a line; with `dash` (object pixels) it becomes a seam of stitches."""
        at = self._placed(line)
        wide = width * self.placement.scale
        window = _window(at, pad=int(wide) + 3)
        if window is None or wide < 0.15:
            return
        pieces = _dashes(at, dash * self.placement.scale) if dash else [at]
        mask = _draw(pieces, window, max(wide, 1.0)) * min(wide, 1.0) * opacity
        self._put(mask, np.broadcast_to(colour, (window.height, window.width, 3)), window)

    def darken(self, shape: Shape, amount: float, *, blur: float = 8.0) -> None:
        """A soft shade on what is already painted; a negative amount lightens it."""
        at = self._placed(shape)
        sigma = max(blur * self.placement.scale, 0.5)
        window = _window(at, pad=int(3 * sigma) + 2)
        if window is None:
            return
        mask = _blurred(_fill(at, window), sigma)
        self._tint(mask * amount, window)

    def erase(self, shape: Shape) -> None:
        """Cut a hole through everything painted so far."""
        at = self._placed(shape)
        window = _window(at, pad=3)
        if window is None:
            return
        inner, outer = _overlap(window)
        keep = 1 - _fill(at, window)[inner]
        self.cover[outer] *= keep
        self.colour[outer] *= keep[..., None]

    def over(self, other: "Layer") -> None:
        """Lay another layer on top of this one."""
        self.colour = other.colour + self.colour * (1 - other.cover[..., None])
        self.cover = other.cover + self.cover * (1 - other.cover)

    def _placed(self, shape: Shape) -> Points:
        return shape.points @ self._matrix[:, :2].T + self._matrix[:, 2]

    def _relief(self, folds: tuple[Fold, ...], window: _Window) -> Plane | None:
        if not folds:
            return None
        size = (max(window.height // 2, 2), max(window.width // 2, 2))
        relief = np.zeros(size, np.float32)
        half = _Window(window.x // 2, window.y // 2, size[1], size[0])
        scale = self.placement.scale
        for fold in folds:
            width = fold.width * scale / 2
            ridge = _draw([self._placed(fold.line) / 2], half, max(width, 1.0))
            relief += gaussian_filter(ridge, max(width / 2, 0.6)) * fold.depth * scale / 2
        return relief

    def _lit(self, skin: Skin, form: Form, shading: Shading, window: _Window) -> NDArray[np.float32]:
        shape = (window.height, window.width, 3)
        base: NDArray[np.float32] = np.broadcast_to(skin.colour, shape)
        if skin.paint or skin.texture:
            x, y = self._object_places(window, shading if form.volume is not Volume.FLAT else None)
            if skin.paint:
                base = skin.paint(x, y)
            if skin.texture:
                base = base * skin.texture(x, y)[..., None]
        diffuse = shading.diffuse[..., None]
        lit = base * diffuse
        lit += SHADOW_TINT * np.maximum(1 - diffuse, 0)
        if skin.gloss:
            lit += skin.gloss * (shading.mirror**skin.sharpness * (0.25 if form is FLAT else 1.0))[..., None]
        return np.clip(lit, 0, 1, out=lit)

    def _object_places(self, window: _Window, shading: Shading | None) -> tuple[Plane, Plane]:
        """Object coordinates of each pixel; where the surface leans away the pattern is seen further on."""
        columns = np.arange(window.width, dtype=np.float32) + window.x
        rows = np.arange(window.height, dtype=np.float32)[:, None] + window.y
        m = self._inverse.astype(np.float32)
        x: Plane = m[0, 0] * columns + m[0, 1] * rows + m[0, 2]
        y: Plane = m[1, 0] * columns + m[1, 1] * rows + m[1, 2]
        if shading is not None:
            reach = 4.0
            x, y = x - reach * np.clip(shading.lean[0], -2, 2), y - reach * np.clip(shading.lean[1], -2, 2)
        return x, y

    def _drop_shadow(self, at: Points, strength: float) -> None:
        scale = self.placement.scale
        moved = at + np.array([3.5, 6.5]) * scale
        sigma = 6.0 * scale
        window = _window(moved, pad=int(3 * sigma))
        if window is not None:
            self._tint(_blurred(_fill(moved, window), sigma) * strength * 0.55, window)

    def _tint(self, amount: Plane, window: _Window) -> None:
        inner, outer = _overlap(window)
        part, cover, a = self.colour[outer], self.cover[outer], amount[inner]
        if a.min() >= 0:
            part *= (1 - a)[..., None]
            part += SHADOW_TINT * (a * cover)[..., None]
        else:
            part *= (1 + a)[..., None]
            part -= (a * cover)[..., None]

    def _put(self, mask: Plane, paint: NDArray[np.float32], window: _Window) -> None:
        inner, outer = _overlap(window)
        m = mask[inner]
        rest = 1 - m
        part, cover = self.colour[outer], self.cover[outer]
        part *= rest[..., None]
        part += paint[inner] * m[..., None]
        cover *= rest
        cover += m


def _window(at: Points, *, pad: int) -> _Window | None:
    low, high = np.floor(at.min(axis=0)) - pad, np.ceil(at.max(axis=0)) + pad
    x0, y0 = (max(int(low[0]), -MARGIN) // 2) * 2, (max(int(low[1]), -MARGIN) // 2) * 2
    x1, y1 = min(int(high[0]), WIDTH + MARGIN), min(int(high[1]), HEIGHT + MARGIN)
    if x1 <= max(x0, 0) or y1 <= max(y0, 0) or x0 >= WIDTH or y0 >= HEIGHT:
        return None
    return _Window(x0, y0, x1 - x0, y1 - y0)


def _overlap(window: _Window) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    x0, y0 = max(window.x, 0), max(window.y, 0)
    x1, y1 = min(window.x + window.width, WIDTH), min(window.y + window.height, HEIGHT)
    inner = (slice(y0 - window.y, y1 - window.y), slice(x0 - window.x, x1 - window.x))
    return inner, (slice(y0, y1), slice(x0, x1))


def _fill(at: Points, window: _Window) -> Plane:
    image = Image.new("L", (window.width, window.height))
    canvas = aggdraw.Draw(image)
    canvas.polygon((at - [window.x, window.y]).ravel().tolist(), None, aggdraw.Brush(255))
    canvas.flush()
    return np.asarray(np.asarray(image, dtype=np.float32) / 255, dtype=np.float32)


def _draw(lines: list[Points], window: _Window, width: float) -> Plane:
    image = Image.new("L", (window.width, window.height))
    canvas = aggdraw.Draw(image)
    pen = aggdraw.Pen(255, width)
    for at in lines:
        canvas.line((at - [window.x, window.y]).ravel().tolist(), pen)
    canvas.flush()
    return np.asarray(np.asarray(image, dtype=np.float32) / 255, dtype=np.float32)


def _blurred(mask: Plane, sigma: float) -> Plane:
    """A Gaussian blur, done on a smaller copy where the blur is wide."""
    step = max(1, int(sigma / 3))
    if step == 1:
        return np.asarray(gaussian_filter(mask, sigma, mode="nearest"), np.float32)
    size = (mask.shape[1], mask.shape[0])
    small = Image.fromarray(mask).resize((max(size[0] // step, 2), max(size[1] // step, 2)), Image.Resampling.BOX)
    soft = gaussian_filter(np.asarray(small), sigma / step, mode="nearest")
    return np.asarray(Image.fromarray(soft).resize(size, Image.Resampling.BICUBIC), np.float32)


def _dashes(at: Points, dash: float) -> list[Points]:
    steps = np.hypot(*np.diff(at, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    starts = np.arange(0, along[-1], max(dash, 1.5) * 1.7)
    pieces = []
    for start in starts:
        where = np.linspace(start, min(start + dash, along[-1]), 3)
        pieces.append(np.column_stack([np.interp(where, along, at[:, 0]), np.interp(where, along, at[:, 1])]))
    return pieces
