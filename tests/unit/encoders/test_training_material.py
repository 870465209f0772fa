import numpy as np
import pytest

from encoders.picture.training.captions import caption_photograph
from encoders.picture.training.colours import name_colour
from encoders.picture.training.drawing import draw, imagine


@pytest.mark.parametrize(
    ("pixel", "name"),
    [
        ((200, 32, 38), "red"), ((30, 30, 30), "black"), ((240, 240, 238), "white"), ((46, 98, 190), "blue"),
        ((26, 36, 84), "navy"), ((52, 140, 66), "green"), ((112, 74, 46), "brown"), ((216, 196, 162), "beige"),
        ((135, 137, 140), "grey"), ((238, 140, 176), "pink"), ((244, 212, 50), "yellow"),
    ],
)  # fmt: skip
def test_colours_get_the_names_that_shoppers_use(pixel: tuple[int, int, int], name: str) -> None:
    assert name_colour(np.tile(np.array(pixel, dtype=np.uint8), (50, 1))) == name


def test_a_motley_thing_has_no_colour_name() -> None:
    assert name_colour(np.random.default_rng(1).integers(0, 256, (3000, 3), dtype=np.uint8)) is None


def test_a_drawn_thing_has_the_colour_that_its_caption_says() -> None:
    randomness = np.random.default_rng(4)
    for _ in range(12):
        thing = imagine(randomness)
        assert thing.caption.startswith(thing.colour)
        assert thing.caption.endswith(thing.kind)
        plain = np.array(thing.paint, dtype=np.uint8)[None]
        picture = draw(thing, randomness, side=48, plain_ground=True)
        assert picture.shape == (48, 48, 3)
        assert name_colour(plain) in {thing.colour, "blue", "grey", "purple", "pink", "brown", "red", "navy", "orange"}


def test_a_garment_is_called_by_its_class_and_by_its_colour_and_class() -> None:
    assert caption_photograph("Hoodie", "blue", {}) == ("hoodie", "blue hoodie")
    assert caption_photograph("", "red", {}) == ("red clothing",)
    assert caption_photograph("", None, {}) == ()
