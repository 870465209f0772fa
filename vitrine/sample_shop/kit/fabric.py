"""Materials: what a surface shows at a place of the object, its weave, pattern and gloss."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from vitrine.sample_shop.kit.colour import Rgb, brightness, contrast, darker, lighter, mix, turned

Plane = NDArray[np.float32]
Texture = Callable[[Plane, Plane], Plane]  # (x, y) of the object → brightness factor around 1
Paint = Callable[[Plane, Plane], NDArray[np.float32]]  # (x, y) → colour, last axis 3
TILE = 256


@dataclass(frozen=True, slots=True)
class Skin:
    """A surface: its colour, an optional painted pattern, a fine texture, and how it mirrors the window."""

    colour: Rgb
    paint: Paint | None = None
    texture: Texture | None = None
    gloss: float = 0.0
    sharpness: float = 18.0


@cache
def _noise(sigma_x: float, sigma_y: float, seed: int) -> Plane:
    """A tile of smoothed noise, mean 0, deviation 1, seamless."""
    raw = np.random.default_rng(seed).standard_normal((TILE, TILE)).astype(np.float32)
    smooth = gaussian_filter(raw, (sigma_y, sigma_x), mode="wrap")
    return np.asarray(smooth / smooth.std(), dtype=np.float32)


def noise(x: Plane, y: Plane, *, sigma: tuple[float, float], seed: int = 1, zoom: float = 1.0) -> Plane:
    """Noise at a place of the object; `sigma` its grain along x and y, in tile pixels."""
    tile = _noise(*sigma, seed)
    return tile[(y * zoom).astype(np.int32) % TILE, (x * zoom).astype(np.int32) % TILE]


def woven(x: Plane, y: Plane) -> Plane:
    """Plain weave, as of cotton."""
    return 1 + 0.018 * noise(x, y, sigma=(0.6, 0.6), zoom=1.4) + 0.012 * noise(x, y, sigma=(12, 12), seed=4)


def slubby(x: Plane, y: Plane) -> Plane:
    """Linen: threads of uneven thickness, both ways."""
    return 1 + 0.035 * noise(x, y, sigma=(7, 0.5), zoom=1.3) + 0.035 * noise(x, y, sigma=(0.5, 7), seed=2, zoom=1.3)


def twill(x: Plane, y: Plane) -> Plane:
    """Denim: a fine diagonal, worn unevenly."""
    diagonal = 0.05 * np.sin((x + y * 0.9) * 1.9)
    return np.asarray(
        1 + diagonal + 0.06 * noise(x, y, sigma=(0.5, 1.6), seed=3, zoom=1.3) + 0.05 * noise(x, y, sigma=(14, 22)),
        dtype=np.float32,
    )


def fuzzy(x: Plane, y: Plane) -> Plane:
    """Wool cloth and fleece."""
    return 1 + 0.035 * noise(x, y, sigma=(1.1, 1.1), seed=5, zoom=1.2) + 0.02 * noise(x, y, sigma=(9, 9), seed=6)


def knitted(x: Plane, y: Plane) -> Plane:
    """Stocking stitch: columns of small Vs."""
    v = y + 0.75 * np.abs((x % 9) - 4.5)
    stitch = 0.5 + 0.5 * np.cos(v * (2 * np.pi / 7.5))
    groove = np.abs((x % 9) - 4.5) / 4.5
    return np.asarray(
        0.86 + 0.17 * stitch + 0.05 * (1 - groove**3) + 0.02 * noise(x, y, sigma=(1, 1), seed=7), dtype=np.float32
    )


def ribbed(x: Plane, y: Plane) -> Plane:
    """Cuffs and collars of knitwear."""
    return np.asarray(
        0.9 + 0.14 * np.cos(x * (2 * np.pi / 7)) + 0.02 * noise(x, y, sigma=(0.8, 2.5), seed=7), dtype=np.float32
    )


def cabled(x: Plane, y: Plane) -> Plane:
    """Cables: two strands that cross, between columns of knit."""
    column = (x % 62) - 31
    first, second = 9 * np.sin(y * 0.105), -9 * np.sin(y * 0.105)
    front = np.cos(y * 0.105) > 0
    strand = np.where(
        front, np.exp(-(((column - first) / 5) ** 2)), np.exp(-(((column - second) / 5) ** 2))
    ) + 0.6 * np.where(front, np.exp(-(((column - second) / 5) ** 2)), np.exp(-(((column - first) / 5) ** 2)))
    well = np.exp(-(((np.abs(column) - 19) / 3) ** 2))
    return np.asarray(knitted(x, y) * (0.92 + 0.16 * np.minimum(strand, 1.1) - 0.16 * well), dtype=np.float32)


def grained(x: Plane, y: Plane) -> Plane:
    """Leather: a fine pebble."""
    return 1 + 0.022 * noise(x, y, sigma=(1.2, 1.2), seed=8) + 0.03 * noise(x, y, sigma=(16, 16), seed=9)


def napped(x: Plane, y: Plane) -> Plane:
    """Suede and velvet: brushed patches, lighter and darker."""
    return 1 + 0.05 * noise(x, y, sigma=(18, 11), seed=10) + 0.025 * noise(x, y, sigma=(0.8, 0.8), seed=5)


def looped(x: Plane, y: Plane) -> Plane:
    """Bouclé: small curls."""
    return 1 + 0.085 * np.tanh(noise(x, y, sigma=(2.2, 2.2), seed=11)) + 0.02 * noise(x, y, sigma=(0.7, 0.7))


def timber(x: Plane, y: Plane) -> Plane:
    """Wood, its grain running down."""
    wave = x + 5 * noise(x, y, sigma=(16, 60), seed=12)
    return np.asarray(1 + 0.045 * np.sin(wave * 0.55) + 0.05 * noise(x, y, sigma=(1.1, 42), seed=13), dtype=np.float32)


def timber_across(x: Plane, y: Plane) -> Plane:
    return timber(y, x)


def brushed(x: Plane, y: Plane) -> Plane:
    """Brushed metal."""
    return 1 + 0.03 * noise(x, y, sigma=(30, 0.5), seed=14)


def fired(x: Plane, y: Plane) -> Plane:
    """Glaze: cloudy, with faint throwing lines."""
    return np.asarray(1 + 0.018 * noise(x, y, sigma=(22, 8), seed=15) + 0.008 * np.sin(y * 0.5), dtype=np.float32)


def meshed(x: Plane, y: Plane) -> Plane:
    """Mesh of sports shoes and speakers: rows of small holes."""
    hole = np.cos(x * 1.05 + (np.floor(y / 5.2) % 2) * np.pi) * np.cos(y * 1.2)
    return np.asarray(1 - 0.16 * np.maximum(hole, 0) ** 2 + 0.02 * noise(x, y, sigma=(0.8, 0.8)), dtype=np.float32)


def plaited(x: Plane, y: Plane) -> Plane:
    """Straw: a herringbone plait."""
    over = np.sin(x * 0.62 + np.where((y // 7) % 2 == 0, y, -y) * 0.9)
    return 0.95 + 0.1 * over + 0.06 * noise(x, y, sigma=(3, 0.8), seed=16)


TEXTURES: dict[str, Texture] = {
    "denim": twill,
    "cotton twill": woven,
    "linen": slubby,
    "linen blend": slubby,
    "canvas": slubby,
    "waxed canvas": slubby,
    "cotton flannel": fuzzy,
    "cotton fleece": fuzzy,
    "wool blend": fuzzy,
    "cashmere": fuzzy,
    "lambswool": fuzzy,
    "leather": grained,
    "suede": napped,
    "velvet": napped,
    "bouclé": looped,
    "recycled mesh": meshed,
    "straw": plaited,
    "solid oak": timber,
    "beech": timber,
    "wood": timber,
}


def texture_of(material: str) -> Texture:
    """The fine texture of a material by its name in the assortment; plain weave for the rest."""
    return TEXTURES.get(material, woven)


def striped(colour: Rgb, *, period: float = 26, share: float = 0.4, second: Rgb | None = None) -> Paint:
    """Level stripes."""
    other = contrast(colour) if second is None else second
    return lambda x, y: _blend(colour, other, _band(y, period, share) + 0 * x)


def pinstriped(colour: Rgb, *, period: float = 17) -> Paint:
    """Fine upright lines."""
    return lambda x, y: _blend(colour, lighter(colour, 0.55), 0.75 * _band(x, period, 0.09) + 0 * y)


def checked(colour: Rgb, *, size: float = 52) -> Paint:
    """Tartan: two broad bands and a fine line each way."""
    dark = darker(colour, 0.45) if brightness(colour) > 0.3 else lighter(colour, 0.35)
    fine = contrast(colour) if brightness(colour) < 0.75 else turned(darker(colour, 0.4), hue=0.45, saturation=1.4)

    def paint(x: Plane, y: Plane) -> NDArray[np.float32]:
        broad = 0.5 * _band(x, size, 0.42) + 0.5 * _band(y, size, 0.42)
        thin = np.maximum(_band(x + size * 0.29, size, 0.05), _band(y + size * 0.29, size, 0.05)) * 0.75
        return mix_planes(_blend(colour, dark, broad), fine, np.asarray(thin, dtype=np.float32))

    return paint


def dotted(colour: Rgb, *, period: float = 30, radius: float = 5.2) -> Paint:
    """Dots, every second row moved by half."""
    other = contrast(colour)

    def paint(x: Plane, y: Plane) -> NDArray[np.float32]:
        row = np.floor(y / period)
        u = (x + (row % 2) * period / 2) % period - period / 2
        v = y % period - period / 2
        return _blend(colour, other, np.clip(radius + 0.5 - np.hypot(u, v), 0, 1))

    return paint


def flowered(colour: Rgb, *, period: float = 46, seed: int = 0) -> Paint:
    """Small five-petalled flowers with leaves, scattered over two crossed grids."""
    light = brightness(colour) > 0.55
    hues = [0.0, 0.12, 0.9] if light else [0.5, 0.08, 0.93]
    petals = [turned(mix(colour, np.array([0.86, 0.45, 0.4], np.float32), 0.7), hue=h) for h in hues]
    petals = petals if light else [lighter(p, 0.45) for p in petals]
    leaf = np.array([0.36, 0.45, 0.3], np.float32) if light else np.array([0.6, 0.68, 0.5], np.float32)

    def paint(x: Plane, y: Plane) -> NDArray[np.float32]:
        out = np.broadcast_to(colour, (*x.shape, 3)).astype(np.float32)
        for layer, petal in enumerate(petals):
            out = _flowers(out, (x, y), petal, leaf, layer=layer + 3 * seed, period=period * (1 + 0.17 * layer))
        return out

    return paint


def _flowers(
    out: NDArray[np.float32], at: tuple[Plane, Plane], petal: Rgb, leaf: Rgb, *, layer: int, period: float
) -> NDArray[np.float32]:
    x, y = at[0] + layer * 19.0, at[1] + layer * 31.0
    column, row = np.floor(x / period), np.floor(y / period)
    chance = np.abs(np.sin(column * 12.9898 + row * 78.233 + layer) * 43758.5453) % 1
    u = x - (column + 0.35 + 0.3 * chance) * period
    v = y - (row + 0.35 + 0.3 * ((chance * 7) % 1)) * period
    far, angle = np.hypot(u, v), np.arctan2(v, u) + chance * 6
    size = period * (0.13 + 0.08 * chance)
    edge = size * (0.72 + 0.28 * np.cos(5 * angle))
    leaves = np.exp(-(((far - size * 1.25) / (size * 0.42)) ** 2)) * (np.cos(2 * angle + chance * 9) > 0.86)
    out = mix_planes(out, leaf, 0.85 * leaves.astype(np.float32))
    out = mix_planes(out, petal, np.clip((edge - far) * 0.9, 0, 1))
    return mix_planes(out, np.array([0.93, 0.76, 0.35], np.float32), np.clip(size * 0.27 - far, 0, 1))


def fair_isle(colour: Rgb) -> Paint:
    """Bands of small knitted motifs around the yoke."""
    second, third = contrast(colour), turned(mix(colour, np.array([0.7, 0.35, 0.3], np.float32), 0.6), hue=0.02)

    def paint(x: Plane, y: Plane) -> NDArray[np.float32]:
        u, v = np.floor(x / 4.5), np.floor(y / 4.5)
        in_band = (y > 175) & (y < 345)
        row = v % 14
        diamond = (np.abs((u % 8) - 4) + np.abs(row - 4) < 3.5) & (row < 8)
        zigzag = np.abs((u % 6) - 3) == (row - 9)
        out = mix_planes(np.broadcast_to(colour, (*x.shape, 3)).astype(np.float32), second, (diamond & in_band) * 1.0)
        return mix_planes(out, third, (zigzag & in_band) * 1.0)

    return paint


def speckled(colour: Rgb) -> Paint:
    """Stoneware speckles."""
    dark = darker(colour, 0.65)
    return lambda x, y: _blend(colour, dark, np.clip(noise(x, y, sigma=(0.9, 0.9), seed=17) * 1.6 - 3.6, 0, 0.8))


def pattern_of(name: str, colour: Rgb, *, scale: float = 1.0, seed: int = 0) -> Paint | None:
    """The painted pattern of an assortment's name, None for plain ones; `scale` its size."""
    patterns: dict[str, Callable[[], Paint]] = {
        "stripes": lambda: striped(colour, period=(22 + seed % 3 * 6) * scale, share=0.3 + 0.1 * (seed % 3)),
        "checks": lambda: checked(colour, size=(48 + seed % 2 * 16) * scale),
        "dots": lambda: dotted(colour, period=(26 + seed % 2 * 8) * scale, radius=(4.4 + seed % 2) * scale),
        "floral": lambda: flowered(colour, period=44 * scale, seed=seed % 5),
        "pinstripe": lambda: pinstriped(colour, period=17 * scale),
        "fair isle": lambda: fair_isle(colour),
        "speckled": lambda: speckled(colour),
    }
    return patterns[name]() if name in patterns else None


def mix_planes(ground: NDArray[np.float32], colour: Rgb, share: Plane) -> NDArray[np.float32]:
    """`share` (per pixel) of a colour over a painted ground."""
    s = np.asarray(share, np.float32)[..., None]
    return ground * (1 - s) + colour * s


def _blend(first: Rgb, second: Rgb, share: Plane) -> NDArray[np.float32]:
    s = np.asarray(share, np.float32)[..., None]
    return first * (1 - s) + second * s


def _band(at: Plane, period: float, share: float) -> Plane:
    """1 inside a band of `share` of the period, with an edge about a pixel soft."""
    phase = at % period
    return np.asarray(np.clip(phase, 0, 1) * np.clip(period * share - phase + 0.5, 0, 1), dtype=np.float32)
