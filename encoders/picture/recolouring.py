"""A picture painted in another colour: what “this, but in blue” would look like, for any encoder to look at."""

import re

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Picture

# What people mean by the names, in goods: sRGB.
COLOURS: dict[str, tuple[int, int, int]] = {
    "black": (28, 28, 30),
    "grey": (128, 128, 130),
    "gray": (128, 128, 130),
    "white": (240, 240, 238),
    "red": (196, 30, 40),
    "orange": (235, 120, 30),
    "yellow": (240, 205, 50),
    "green": (45, 135, 65),
    "blue": (35, 75, 170),
    "navy": (25, 35, 80),
    "turquoise": (50, 170, 170),
    "purple": (115, 50, 140),
    "violet": (115, 50, 140),
    "pink": (235, 130, 165),
    "brown": (110, 70, 45),
    "beige": (215, 195, 160),
    "黑色": (28, 28, 30),
    "灰色": (128, 128, 130),
    "白色": (240, 240, 238),
    "红色": (196, 30, 40),
    "橙色": (235, 120, 30),
    "黄色": (240, 205, 50),
    "绿色": (45, 135, 65),
    "蓝色": (35, 75, 170),
    "紫色": (115, 50, 140),
    "粉色": (235, 130, 165),
    "棕色": (110, 70, 45),
}

_LEAST_DISTANCE = 40.0  # from the ground, in sRGB units: nearer pixels are ground or its shadow
_HUE_REACH = 30.0  # degrees to either side of the hue that most of the thing has
_LIT = 75  # percentile of brightness that counts as fully lit
_COLOURLESS = 0.22  # saturation below which a pixel has no hue to speak of
_EMPTY_WORDS = {"in", "with", "the", "a", "an", "but", "same", "this", "colour", "color", "as", "and", "please"}


def named_colour(words: str) -> str | None:
    """The last colour that the words name, as it is called here; None where they name none."""
    lowered = words.lower()
    found: list[str] = [word for word in re.findall(r"[a-z]+", lowered) if word in COLOURS]
    if found:
        return found[-1]
    written = [name for name in COLOURS if not name.isascii() and name in lowered]
    return written[0] if written else None


def says_more(words: str, colour: str) -> bool:
    """Whether the words say anything beside the colour."""
    left = words.lower().replace(colour, " ")
    return any(word not in _EMPTY_WORDS for word in re.findall(r"\w+", left))


def recoloured(picture: Picture, colour: str) -> Picture:
    """The picture with its main colour changed, light and shade kept: height × width × 3, uint8.

    The ground (what the border shows) stays; of the thing, the pixels change that have the hue most of it has, or none where it
    has none. A picture without a thing on a ground comes back as it was.
    """
    pixels = picture.astype(np.float32)
    thing = _thing(pixels)
    if not thing.any():
        return picture
    value, saturation = pixels.max(axis=2), _saturation(pixels)
    changed = thing & _main_colour(pixels, saturation, value, thing)
    if not changed.any():
        return picture
    light = value / max(1.0, float(np.percentile(value[changed], _LIT)))
    painted = np.array(COLOURS[colour], dtype=np.float32) * light[..., None]
    result = np.where(changed[..., None], painted, pixels)
    return np.asarray(np.clip(np.round(result), 0, 255), dtype=np.uint8)


def _thing(pixels: NDArray[np.float32]) -> NDArray[np.bool_]:
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ground = np.median(border, axis=0)
    return np.asarray(np.linalg.norm(pixels - ground, axis=2) > _LEAST_DISTANCE)


def _saturation(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    most, least = pixels.max(axis=2), pixels.min(axis=2)
    return np.asarray((most - least) / np.maximum(most, 1.0), dtype=np.float32)


def _main_colour(
    pixels: NDArray[np.float32],
    saturation: NDArray[np.float32],
    value: NDArray[np.float32],
    thing: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    colourless = (saturation < _COLOURLESS) | (value < 40)
    if colourless[thing].mean() > 0.5:
        return np.asarray(colourless)
    hue = _hue(pixels)
    counted, edges = np.histogram(hue[thing & ~colourless], bins=36, range=(0, 360))
    main = edges[int(np.argmax(counted + np.roll(counted, 1) + np.roll(counted, -1)))] + 5.0
    away = np.abs((hue - main + 180.0) % 360.0 - 180.0)
    return np.asarray((away <= _HUE_REACH) & ~colourless)


def _hue(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Degrees on the colour circle, red at 0."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    angle = np.arctan2(np.sqrt(3.0) * (green - blue), 2.0 * red - green - blue)
    return np.asarray(np.degrees(angle) % 360.0, dtype=np.float32)
