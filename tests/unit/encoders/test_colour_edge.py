import numpy as np
import pytest
from PIL import Image, ImageDraw

from encoders.encoder import Picture
from encoders.picture.colour_edge import Colour, ColourEdge, colour_histogram

RED, BLUE = (200, 30, 40), (40, 60, 190)


def garment(colour: tuple[int, int, int], *, ground: int = 255, side: int = 200, dress: bool = False) -> Picture:
    image = Image.new("RGB", (side, side), (ground, ground, ground))
    brush = ImageDraw.Draw(image)
    shape = (
        [(0.4, 0.1), (0.6, 0.1), (0.85, 0.95), (0.15, 0.95)]
        if dress
        else [(0.2, 0.2), (0.8, 0.2), (0.8, 0.6), (0.2, 0.6)]
    )
    brush.polygon([(x * side, y * side) for x, y in shape], fill=colour)
    return np.asarray(image)


def likeness(one: Picture, other: Picture, encoder: ColourEdge | Colour) -> float:
    first, second = encoder.encode_pictures([one, other])
    return float(first @ second)


def test_the_same_garment_in_another_size_is_nearer_than_in_another_colour() -> None:
    shirt = garment(RED)
    assert likeness(shirt, garment(RED, side=333), ColourEdge()) > 0.95
    assert likeness(shirt, garment(RED, side=333), ColourEdge()) > likeness(shirt, garment(BLUE), ColourEdge()) + 0.2


def test_another_shape_is_farther_than_the_same_shape() -> None:
    assert likeness(garment(RED), garment(RED, dress=True), ColourEdge()) < 0.95


def test_colour_alone_does_not_see_the_shape_and_ignores_white_ground() -> None:
    assert likeness(garment(RED), garment(RED, dress=True, ground=250), Colour()) == pytest.approx(1, abs=0.03)
    assert likeness(garment(RED), garment(BLUE), Colour()) < 0.2


def test_a_white_product_on_white_ground_still_has_a_vector() -> None:
    white = np.full((60, 60, 3), 252, dtype=np.uint8)
    assert float(np.linalg.norm(ColourEdge().encode_pictures([white])[0])) == pytest.approx(1)


def test_the_colour_histogram_counts_hue_saturation_and_value_of_what_is_not_ground() -> None:
    picture = np.random.default_rng(5).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    picture[:10] = 250
    hsv = np.asarray(Image.fromarray(picture).convert("HSV")).reshape(-1, 3).astype(int)
    counts = np.zeros((16, 4, 2))
    for (hue, saturation, value), pixel in zip(hsv, picture.reshape(-1, 3), strict=True):
        if pixel.min() < 240:
            counts[hue * 16 // 256, saturation * 4 // 256, value * 2 // 256] += 1
    expected = np.sqrt(counts.ravel() / counts.sum())
    np.testing.assert_allclose(colour_histogram(picture), expected, atol=1e-6)
