"""Bars around a picture are taken off before it is searched with; a product's own ground stays."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from query_service.letterbox import without_bars


def photograph(width: int = 200, height: int = 150) -> Image.Image:
    """Something that fills its picture."""
    noise = np.random.default_rng(3).integers(40, 250, (height // 10, width // 10, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BILINEAR)


def on_ground() -> Image.Image:
    """A product photograph: a thing in the middle of a cream ground."""
    image = Image.new("RGB", (200, 250), (236, 232, 224))
    ImageDraw.Draw(image).ellipse((60, 60, 140, 190), fill=(30, 60, 140))
    return image


def barred(image: Image.Image, colour: tuple[int, int, int], *, across: int = 0, down: int = 0) -> np.ndarray:
    whole = Image.new("RGB", (image.width + 2 * across, image.height + 2 * down), colour)
    whole.paste(image, (across, down))
    buffer = BytesIO()
    whole.save(buffer, "JPEG", quality=80)
    return np.asarray(Image.open(buffer))


@pytest.mark.parametrize("colour", [(0, 0, 0), (128, 128, 128), (255, 255, 255)])
@pytest.mark.parametrize("bars", [{"down": 60}, {"across": 40}])
@pytest.mark.parametrize("image", [photograph(), on_ground()])
def test_bars_go(image: Image.Image, colour: tuple[int, int, int], bars: dict[str, int]) -> None:
    found = without_bars(barred(image, colour, **bars))
    assert abs(found.shape[0] - image.height) <= 4
    assert abs(found.shape[1] - image.width) <= 4


def test_what_has_no_bars_stays_whole() -> None:
    plain = np.full((80, 80, 3), 255, dtype=np.uint8)
    touching = np.asarray(on_ground().crop((60, 0, 200, 250)))  # a thing at the edge of its ground
    for picture in (np.asarray(photograph()), np.asarray(on_ground()), touching, plain, plain[:1, :1]):
        assert without_bars(picture).shape == picture.shape
