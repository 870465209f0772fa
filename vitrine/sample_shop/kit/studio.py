"""The studio: grounds that objects stand on, hang before or lie on, and the shadows that tie them together."""

from enum import StrEnum
from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from vitrine.sample_shop.kit.colour import Rgb, lighter, mix, rgb, turned
from vitrine.sample_shop.kit.fabric import noise, slubby, timber_across
from vitrine.sample_shop.kit.layer import HEIGHT, WIDTH, Layer
from vitrine.sample_shop.kit.light import Plane

Picture = NDArray[np.float32]
WALLS = ("#e9e1d6", "#dfe3dc", "#e8d9d0", "#d9e0e4", "#ebe6da", "#d6d3cc")
WOODS = ("#b98d60", "#c8a67c", "#8a6446", "#d3b891")
REDUCED = 3  # shadows are soft: they are made at a third of the size
SMALL_WIDTH, SMALL_HEIGHT = WIDTH // REDUCED, HEIGHT // REDUCED
_CONTRAST = [round(v + 0.05 * (v - 127.5) * (1 - abs(v / 127.5 - 1))) for v in range(256)]


class Stand(StrEnum):
    """How an object meets its surroundings."""

    HANGS = "hangs"
    TABLE = "table"
    FLOOR = "floor"
    LIES = "lies"


@cache
def _grid() -> tuple[Plane, Plane]:
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    return x, y


def backdrop(tint: Rgb | None = None) -> Picture:
    """Seamless paper: light falls from the upper left, the floor curves up into the wall."""
    paper = rgb("#f1eee9") if tint is None else tint
    return (paper * _paper_light()[..., None]).astype(np.float32)


@cache
def _paper_light() -> Plane:
    x, y = _grid()
    fall = np.exp(-(((x - 250) / 620) ** 2) - (((y - 290) / 620) ** 2))
    floor = 1 / (1 + np.exp(-(y - 610) / 26))
    return np.clip(0.905 + 0.1 * fall - 0.035 * floor * (1 - 0.4 * fall), 0, 1.02).astype(np.float32)


def paper_for(colour: Rgb, rng: Random) -> Rgb:
    """A pale paper that goes with a product's colour."""
    return mix(turned(lighter(colour, 0.72), hue=rng.choice((0.0, 0.06, 0.5)), saturation=0.7), rgb("#ece6dc"), 0.45)


def room(rng: Random, *, floor_at: float, table: bool) -> Picture:
    """A wall with window light over a wooden floor or table top."""
    x, y = _grid()
    wall, wood = rgb(rng.choice(WALLS)), rgb(rng.choice(WOODS))
    light = 0.9 + 0.1 * np.exp(-(((x - 180) / 420) ** 2) - (((y - 220) / 420) ** 2)) + _window_light(rng)
    picture = wall * light[..., None]
    depth = np.maximum(y - floor_at, 0)
    zoom = 1.0 / (1 + depth / (260 if table else 160))
    planks = timber_across((x - 300) * zoom * 1.3 + 900, depth * zoom * (2.2 if table else 3.0))
    board = (wood * planks[..., None]) * (0.86 + 0.16 * np.exp(-(((x - 210) / 330) ** 2)))[..., None]
    if not table:
        seams = (np.abs(((x - 300) * zoom + 2000) % 62 - 31) < 0.7 * zoom) * 0.12
        board = board * (1 - seams)[..., None]
    below = np.clip(y - floor_at + 0.5, 0, 1)[..., None]
    picture = picture * (1 - below) + board * below
    if not table:
        skirting = ((y > floor_at - 26) & (y <= floor_at))[..., None]
        edge = (np.abs(y - (floor_at - 26)) < 1.0)[..., None]
        picture = np.where(skirting, lighter(wall, 0.45) * light[..., None], picture)
        picture = np.where(edge, picture * 0.93, picture)
    corner = np.exp(-(((y - floor_at) / 14) ** 2)) * 0.12
    return (picture * (1 - corner)[..., None]).astype(np.float32)


def cloth(rng: Random) -> Picture:
    """A linen table cloth seen from above, the shadow of leaves across it."""
    x, y = _grid()
    base = rgb(rng.choice(("#e7ded0", "#dcdfd8", "#e6d8d0", "#d9dde0", "#e9e4da")))
    weave = (1 + 0.4 * (slubby(x, y) - 1)) * (
        0.93 + 0.06 * np.exp(-(((x - 200) / 500) ** 2) - (((y - 250) / 500) ** 2))
    )
    creases = 0.008 * gaussian_noise(seed=rng.randint(0, 5))
    return (base * (weave + creases + _leaf_shadow(rng))[..., None]).astype(np.float32)


@cache
def gaussian_noise(seed: int) -> Plane:
    """Broad soft folds over the whole picture."""
    x, y = _grid()
    return noise(x, y, sigma=(24, 24), seed=40 + seed, zoom=0.33)


def _window_light(rng: Random) -> Plane:
    """Two bright slanted panes on the wall."""
    x, y = _grid()
    shear, left = 0.35 * rng.choice((-1, 1)), rng.uniform(40, 300)
    u = x + shear * (y - 240) - left
    pane = ((np.abs(u - 65) < 55) | (np.abs(u - 190) < 55)) & (np.abs(y - 230) < 150) & (np.abs(y - 230) > 5)
    small = Image.fromarray(pane.astype(np.float32)).resize((WIDTH // 4, HEIGHT // 4), Image.Resampling.BOX)
    soft = Image.fromarray(gaussian_filter(np.asarray(small), 2.2)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return np.asarray(soft, np.float32) * 0.07


def _leaf_shadow(rng: Random) -> Plane:
    small_w, small_h = WIDTH // 4, HEIGHT // 4
    y, x = np.mgrid[:small_h, :small_w].astype(np.float32)
    shade = np.zeros((small_h, small_w), np.float32)
    root, lean = np.array([rng.choice((-8.0, 158.0)), rng.uniform(-8, 30)]), rng.uniform(0.35, 0.75)
    way = 1 if root[0] < 50 else -1
    for i in range(7):
        angle = lean + (i - 3) * 0.24
        tip = root + np.array([np.cos(angle) * way, np.sin(angle)]) * rng.uniform(55, 90)
        axis = tip - root
        length = float(np.hypot(*axis))
        along = ((x - root[0]) * axis[0] + (y - root[1]) * axis[1]) / length**2
        across = ((x - root[0]) * axis[1] - (y - root[1]) * axis[0]) / length
        width = 6.5 * np.sin(np.pi * np.clip(along, 0, 1)) ** 0.8
        shade = np.maximum(shade, (np.abs(across) < width) & (along > 0.25) & (along < 1))
    soft = Image.fromarray(gaussian_filter(shade, 1.6)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return -0.075 * np.asarray(soft, np.float32)


def set_into(ground: Picture, layer: Layer, stand: Stand) -> Picture:
    """The object in its surroundings, its shadow cast away from the window."""
    small = np.asarray(Image.fromarray(layer.cover).resize((SMALL_WIDTH, SMALL_HEIGHT), Image.Resampling.BOX))
    shadow = _standing_shadow(small) if stand in (Stand.TABLE, Stand.FLOOR) else _wall_shadow(small, stand)
    full = Image.fromarray(shadow.astype(np.float32)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    left: Picture = ground * (1 - np.asarray(full))[..., None]
    left *= (1 - layer.cover)[..., None]
    left += layer.colour
    return left


def _wall_shadow(cover: Plane, stand: Stand) -> Plane:
    near, far = (3, 10) if stand is Stand.LIES else (6, 22)
    strong = 0.34 if stand is Stand.LIES else 0.2
    close = _shifted_blur(cover, (near, near * 1.3), sigma=near + 1)
    wide = _shifted_blur(cover, (far * 0.8, far * 1.2), sigma=far * 0.9)
    return np.clip(close * strong * 0.5 + wide * strong, 0, 0.6)


def _standing_shadow(cover: Plane) -> Plane:
    """A dark line of contact and a long soft shadow over the floor to the right."""
    rows = np.nonzero(cover.max(axis=1) > 0.4)[0]
    if rows.size == 0:
        return np.zeros_like(cover)
    foot = int(rows[-1])
    low = cover[max(foot - 5, 0) : foot + 1].max(axis=0)
    contact, broad = np.zeros_like(cover), np.zeros_like(cover)
    contact[max(foot - 1, 0) : foot + 2] = low
    broad[max(foot - 4, 0) : foot + 3] = low
    dark = _shifted_blur(contact, (1, -1), sigma=3.6) * 0.62 + _shifted_blur(broad, (10, 0), sigma=15) * 0.55
    image, flat = Image.fromarray(cover), 0.24
    # output (x, y) reads input: rows fold down onto the floor, columns lean to the right with height
    lean = 1.15 / flat * 0.32
    coefficients = (1, lean, -lean * foot, 0, 1 / flat, foot - foot / flat)
    thrown = np.asarray(image.transform(image.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR))
    return np.asarray(np.clip(dark + _shifted_blur(thrown, (4, 0), sigma=9) * 0.17, 0, 0.72), dtype=np.float32)


def _shifted_blur(mask: Plane, by: tuple[float, float], *, sigma: float) -> Plane:
    """A mask at reduced size, blurred and moved; `by` and `sigma` in pixels of the picture."""
    soft = gaussian_filter(mask, max(sigma / REDUCED, 0.5))
    moved: Plane = np.roll(soft, (round(by[1] / REDUCED), round(by[0] / REDUCED)), axis=(0, 1))
    return moved


@cache
def _finish() -> tuple[Plane, Plane]:
    """Vignette and grain, the same for every picture."""
    x, y = _grid()
    vignette = 1 - 0.045 * (((x - 300) / 300) ** 2 + ((y - 375) / 375) ** 2) / 2
    grain = 255 * 0.006 * noise(x, y, sigma=(0.6, 0.6), seed=30) + 0.5
    return (255 * vignette).astype(np.float32)[..., None], grain.astype(np.float32)[..., None]


def develop(picture: Picture) -> Image.Image:
    """The finished photograph: a touch of contrast, a faint vignette, a faint grain. Uses up `picture`."""
    vignette, grain = _finish()
    picture *= vignette
    picture += grain
    image = Image.fromarray(np.clip(picture, 0, 255, out=picture).astype(np.uint8))
    return image.point(_CONTRAST * 3)
