"""Pictures drawn by this program, with captions that are exactly true: "red striped t-shirt".

One thing (outline, colours, pattern) is drawn several times on other ground, turned and lit otherwise: views of it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from encoders.encoder import Picture
from encoders.picture.training.silhouettes import THINGS, Points

_COLOURS = {
    "black": (28, 28, 30), "white": (240, 240, 238), "grey": (135, 137, 140), "red": (200, 32, 38), "orange": (238, 128, 32),
    "yellow": (244, 212, 50), "green": (52, 140, 66), "blue": (46, 98, 190), "navy": (26, 36, 84), "purple": (118, 56, 148),
    "pink": (238, 140, 176), "brown": (112, 74, 46), "beige": (216, 196, 162),
}  # fmt: skip
_PATTERNS = ("plain", "plain", "plain", "striped", "checked", "dotted")
_FINE = 2  # drawn this much larger, then made smaller: smooth edges


@dataclass(frozen=True, slots=True)
class Thing:
    """What is drawn: kind, named colour and exact pixels of both colours, pattern, bent outlines."""

    kind: str
    colour: str
    pattern: str
    paint: tuple[int, int, int]
    second: tuple[int, int, int]
    outlines: tuple[Points, ...]
    spacing: float

    @property
    def caption(self) -> str:
        words = (self.colour, "" if self.pattern == "plain" else self.pattern, self.kind)
        return " ".join(word for word in words if word)


def imagine(randomness: np.random.Generator) -> Thing:
    """A thing of random kind, colours and pattern."""
    kind = str(randomness.choice(list(THINGS)))
    colour, second = (str(name) for name in randomness.choice(list(_COLOURS), 2, replace=False))
    scatter = randomness.normal(0, 0.012, (2,))
    stretch = randomness.uniform(0.85, 1.1, (2,))
    outlines = tuple(
        tuple(
            (
                float(0.5 + (x - 0.5) * stretch[0] + randomness.normal(0, 0.006) + scatter[0]),
                float(0.5 + (y - 0.5) * stretch[1] + randomness.normal(0, 0.006) + scatter[1]),
            )
            for x, y in outline
        )
        for outline in THINGS[kind]
    )
    pattern = str(randomness.choice(_PATTERNS))
    spacing = float(randomness.uniform(0.05, 0.14))
    return Thing(kind, colour, pattern, _near(colour, randomness), _near(second, randomness), outlines, spacing)


def draw(thing: Thing, randomness: np.random.Generator, *, side: int, plain_ground: bool = False) -> Picture:
    """One view of the thing, (side, side, 3)."""
    size = side * _FINE
    cover = Image.new("L", (size, size), 0)
    brush = ImageDraw.Draw(cover)
    for number, outline in enumerate(thing.outlines):
        brush.polygon([(x * size, y * size) for x, y in outline], fill=255 if number == 0 else 205)
    angle = float(randomness.normal(0, 9))
    cloth = Image.fromarray(_cloth(thing, size)).rotate(angle, Image.Resampling.BILINEAR)
    cover = cover.rotate(angle, Image.Resampling.BILINEAR)
    light = _light(randomness, size)
    body = np.asarray(cloth, dtype=np.float32) * light
    weight = np.asarray(cover, dtype=np.float32)[..., None] / 255
    detail = np.where((weight > 0.3) & (weight < 0.9), 0.82, 1.0)
    solid = np.clip(weight * 1.25, 0, 1)
    ground = np.full((size, size, 3), 255, dtype=np.float32) if plain_ground else _ground(randomness, size)
    mixed = np.clip(body * detail * solid + ground * (1 - solid), 0, 255).astype(np.uint8)
    small = np.asarray(Image.fromarray(mixed).resize((side, side), Image.Resampling.BOX), dtype=np.float32)
    return np.clip(small + randomness.normal(0, 2, small.shape), 0, 255).astype(np.uint8)


def _near(colour: str, randomness: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = np.clip(np.array(_COLOURS[colour]) + randomness.normal(0, 9, 3), 0, 255).astype(int)
    return int(red), int(green), int(blue)


def _cloth(thing: Thing, size: int) -> Picture:
    down, across = np.mgrid[0:size, 0:size].astype(np.float32) / size
    step = thing.spacing
    if thing.pattern == "striped":
        second = np.mod(down, step) < step * 0.4
    elif thing.pattern == "checked":
        second = (np.mod(down, step) < step * 0.5) ^ (np.mod(across, step) < step * 0.5)
    elif thing.pattern == "dotted":
        second = np.hypot(np.mod(down, step) - step / 2, np.mod(across, step) - step / 2) < step * 0.28
    else:
        second = np.zeros((size, size), dtype=bool)
    palette = np.array([thing.paint, thing.second], dtype=np.uint8)
    return np.asarray(palette[second.astype(np.intp)])


def _light(randomness: np.random.Generator, size: int) -> Any:
    folds = Image.fromarray(randomness.uniform(0, 255, (9, 9)).astype(np.uint8)).resize(
        (size, size), Image.Resampling.BICUBIC
    )
    slope = np.linspace(-1, 1, size) * randomness.normal(0, 0.12)
    relief = (np.asarray(folds, dtype=np.float32) / 255 - 0.5) * randomness.uniform(0.05, 0.35)
    return (randomness.uniform(0.82, 1.1) + slope[None, :] + relief)[..., None]


def _ground(randomness: np.random.Generator, size: int) -> Any:
    if randomness.random() < 0.55:
        return np.full((size, size, 3), randomness.uniform(225, 256), dtype=np.float32)
    patches = randomness.uniform(30, 230, (int(randomness.integers(2, 7)), int(randomness.integers(2, 7)), 3))
    image = Image.fromarray(patches.astype(np.uint8)).resize((size, size), Image.Resampling.NEAREST)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(float(randomness.uniform(1, 14)))), dtype=np.float32)
