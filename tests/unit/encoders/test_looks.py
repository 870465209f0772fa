"""What a picture is like as a picture."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFilter

from encoders.encoder import Picture
from encoders.picture.looks import look_at


def thing(side: int = 160, colour: tuple[int, int, int] = (180, 40, 40), margin: float = 0.2) -> Picture:
    picture = np.full((side, side, 3), 255, dtype=np.uint8)
    edge = round(margin * side)
    picture[edge : side - edge, edge : side - edge] = colour
    picture[side // 2 : side // 2 + side // 10, edge : side - edge] = (30, 30, 30)
    return picture


def test_a_swatch_shows_something() -> None:
    swatch = np.empty((80, 80, 3), dtype=np.uint8)
    for tone in ((30, 90, 160), (128, 128, 128)):
        swatch[:] = tone
        assert not look_at(swatch).shows_nothing


def test_white_is_blank_also_with_the_noise_of_compression() -> None:
    flat = np.full((200, 200, 3), 244, dtype=np.uint8)
    noisy = np.clip(flat + np.random.default_rng(1).normal(0, 1, flat.shape), 0, 255).astype(np.uint8)
    assert look_at(flat).is_blank
    assert look_at(noisy).is_blank
    assert not look_at(thing()).is_blank


@pytest.mark.parametrize(("side", "tiny"), [(1, True), (20, True), (64, False)])
def test_a_picture_of_a_few_pixels_is_tiny(side: int, tiny: bool) -> None:
    assert look_at(thing(side)).is_tiny is tiny


def test_the_same_picture_is_known_again_in_another_file() -> None:
    buffer = BytesIO()
    Image.fromarray(thing()).save(buffer, "PNG", optimize=True)
    assert look_at(np.asarray(Image.open(buffer))).mark == look_at(thing()).mark


def test_another_thing_and_another_colour_have_other_marks() -> None:
    marks = {look_at(picture).mark for picture in (thing(), thing(colour=(40, 40, 180)), thing(margin=0.35))}
    assert len(marks) == 3


def test_blur_lowers_sharpness() -> None:
    blurred = np.asarray(Image.fromarray(thing()).filter(ImageFilter.GaussianBlur(6)))
    assert look_at(thing()).sharpness > 2 * look_at(blurred).sharpness
    assert look_at(np.full((50, 50, 3), 9, dtype=np.uint8)).sharpness == 0


def test_fill_is_the_share_of_the_box_round_the_thing() -> None:
    assert look_at(thing(margin=0.25)).fill == pytest.approx(0.25, abs=0.03)
    assert look_at(thing(margin=0.05)).fill > 0.75


def test_a_plain_border_is_no_clutter() -> None:
    assert look_at(thing()).clutter == 0
    assert look_at(np.random.default_rng(2).integers(0, 256, (90, 90, 3), dtype=np.uint8)).clutter > 0.5
