"""What a picture is like as a picture."""

from collections import Counter
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

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


def missing(tone: int) -> Image.Image:
    image = Image.new("RGB", (800, 800), (240, 240, 240))
    brush = ImageDraw.Draw(image)
    brush.rectangle((200, 240, 600, 520), outline=(tone,) * 3, width=24)
    brush.ellipse((320, 300, 480, 460), outline=(tone,) * 3, width=24)
    brush.line((160, 560, 640, 200), fill=(tone,) * 3, width=16)
    brush.text((160, 600), "no image", fill=(tone,) * 3, font=ImageFont.load_default(size=80))
    return image


def copy_of(image: Image.Image, side: int, quality: int) -> Picture:
    buffer = BytesIO()
    image.resize((side, side), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def test_copies_in_other_sizes_and_qualities_are_kin() -> None:
    copies = [copy_of(missing(140), side, quality) for side in (300, 400, 560) for quality in (60, 75, 90)]
    seen = Counter(mark for copy in copies for mark in look_at(copy).kin)
    assert len({look_at(copy).mark for copy in copies}) == len(copies)
    assert seen.most_common(1)[0][1] >= 8


def test_one_mark_in_common_does_not_make_a_copy() -> None:
    look = look_at(np.asarray(missing(140)))
    assert look.is_among({look.mark})
    assert look.is_among(set(look.kin[:3]))
    assert not look.is_among({look.kin[0]})


def test_things_that_differ_are_no_kin() -> None:
    others = [thing(), thing(colour=(40, 40, 180)), thing(margin=0.35), np.asarray(missing(140))]
    kin = [mark for picture in others for mark in look_at(picture).kin]
    assert len(kin) == len(set(kin)) > 6


def test_a_thread_on_white_is_too_little_to_have_kin() -> None:
    thread = np.full((200, 200, 3), 255, dtype=np.uint8)
    thread[100:102, 40:160] = 60
    assert look_at(thread).kin == ()


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
