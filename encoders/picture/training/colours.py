"""The name of a thing's colour, from its pixels."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Hue ends in degrees, upwards; a hue above the last is red again.
_HUES = ((14, "red"), (42, "orange"), (68, "yellow"), (165, "green"), (255, "blue"), (292, "purple"), (343, "pink"))
_LEAST_SHARE = 0.34
NAMES = (
    "black",
    "white",
    "grey",
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "navy",
    "purple",
    "pink",
    "brown",
    "beige",
)


def name_colour(pixels: NDArray[np.uint8]) -> str | None:
    """The colour that most of `pixels` (n, 3) have; None when no colour has a third of them."""
    if len(pixels) == 0:
        return None
    names = np.array(NAMES)[_number_colours(pixels)]
    found, counts = np.unique(names, return_counts=True)
    best = int(counts.argmax())
    return str(found[best]) if counts[best] >= _LEAST_SHARE * len(pixels) else None


def _number_colours(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    hsv = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)[None]).convert("HSV"))[0].astype(np.float32)
    hue, saturation, value = hsv[:, 0] * (360 / 256), hsv[:, 1] / 255, hsv[:, 2] / 255
    ends = np.array([end for end, _ in _HUES])
    hues = np.array([NAMES.index(name) for _, name in _HUES] + [NAMES.index("red")])
    chosen = hues[np.searchsorted(ends, hue)]
    warm = (hue >= 8) & (hue <= 50)
    chosen[warm & (value < 0.62) & (saturation > 0.25)] = NAMES.index("brown")
    chosen[warm & (value >= 0.62) & (saturation < 0.42)] = NAMES.index("beige")
    chosen[(hue > 200) & (hue < 260) & (value < 0.42)] = NAMES.index("navy")
    pale = saturation < np.where(value > 0.5, 0.13, 0.22)
    chosen[pale] = NAMES.index("grey")
    chosen[pale & (value > 0.8)] = NAMES.index("white")
    chosen[value < 0.2] = NAMES.index("black")
    return np.asarray(chosen, dtype=np.int64)
