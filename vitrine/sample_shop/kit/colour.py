"""Colours as float32 red, green, blue between 0 and 1, and the few ways the drawings change them."""

import colorsys

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.float32]


def rgb(hex_code: str) -> Rgb:
    """`#rrggbb` as three floats."""
    return np.array([int(hex_code[i : i + 2], 16) / 255 for i in (1, 3, 5)], dtype=np.float32)


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """`share` of the second colour in the first."""
    return (first * (1 - share) + second * share).astype(np.float32)


def darker(colour: Rgb, by: float) -> Rgb:
    """Towards a warm black; `by` between 0 and 1."""
    return mix(colour, np.array([0.06, 0.05, 0.06], np.float32), by)


def lighter(colour: Rgb, by: float) -> Rgb:
    """Towards a warm white; `by` between 0 and 1."""
    return mix(colour, np.array([0.99, 0.98, 0.96], np.float32), by)


def brightness(colour: Rgb) -> float:
    """Perceived brightness between 0 and 1 (Rec. 601 weights)."""
    return float(colour @ np.array([0.299, 0.587, 0.114], np.float32))


def turned(colour: Rgb, *, hue: float = 0.0, saturation: float = 1.0) -> Rgb:
    """The colour with its hue turned by a share of the circle and its saturation multiplied."""
    h, light, s = colorsys.rgb_to_hls(*(float(c) for c in colour))
    return np.array(colorsys.hls_to_rgb((h + hue) % 1, light, min(1.0, s * saturation)), np.float32)


def contrast(colour: Rgb) -> Rgb:
    """A second colour that goes with this one: ivory on dark grounds, a deep tone of its own on pale ones."""
    if brightness(colour) < 0.55:
        return np.array([0.94, 0.91, 0.85], np.float32)
    return darker(turned(colour, saturation=1.5), 0.55)
