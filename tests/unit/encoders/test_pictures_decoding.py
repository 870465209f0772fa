"""Decoding pictures that nobody vouches for."""

import struct
import time
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders.pictures_decoding import LONGEST_SIDE, PictureError, PictureProblem, decode_picture

MILLION = 1_000_000


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def problem_of(data: bytes, *, max_pixels: int = MILLION) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        decode_picture(data, max_pixels=max_pixels, name="shoe.png")
    assert str(caught.value).startswith("shoe.png: ")
    return caught.value.kind


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_four_allowed_formats_come_out_as_rgb(form: str) -> None:
    picture = decode_picture(encoded(Image.new("RGB", (60, 40), (200, 30, 30)), form), max_pixels=MILLION)
    assert picture.shape == (40, 60, 3)
    assert picture.dtype == np.uint8
    assert np.abs(picture[20, 30].astype(int) - (200, 30, 30)).max() <= 6


@pytest.mark.parametrize("form", ["BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_no_pictures(form: str) -> None:
    assert problem_of(encoded(Image.new("RGB", (16, 16)), form)) is PictureProblem.NOT_A_PICTURE


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG", b"\xff\xd8\xff"]
)
def test_what_is_no_picture_is_refused_in_one_line(data: bytes) -> None:
    assert problem_of(data) in (PictureProblem.NOT_A_PICTURE, PictureProblem.TRUNCATED)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_off_picture_is_an_error_and_never_half_a_picture(form: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(7).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    data = encoded(noise, form)
    assert problem_of(data[: int(len(data) * share)]) in (PictureProblem.TRUNCATED, PictureProblem.NOT_A_PICTURE)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    bomb += struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    started = time.process_time()
    assert problem_of(bomb, max_pixels=50 * MILLION) is PictureProblem.TOO_LARGE
    assert time.process_time() - started < 0.5


def test_more_pixels_than_allowed_are_refused() -> None:
    data = encoded(Image.new("L", (1001, 1000)), "PNG")
    assert problem_of(data) is PictureProblem.TOO_LARGE
    assert decode_picture(data, max_pixels=1_001_000).shape[2] == 3


def test_an_animation_gives_its_first_frame() -> None:
    red, blue = Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")
    for form in ("GIF", "WEBP"):
        data = encoded(red, form, save_all=True, append_images=[blue] * 5, duration=10)
        assert decode_picture(data, max_pixels=MILLION)[10, 10].argmax() == 0


def test_a_photograph_taken_sideways_comes_out_upright() -> None:
    sideways = Image.new("RGB", (40, 20), "white")
    sideways.paste("black", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode_picture(encoded(sideways, "JPEG", exif=exif, quality=95), max_pixels=MILLION)
    assert picture.shape == (40, 20, 3)
    assert picture[5, 10].mean() < 40
    assert picture[35, 10].mean() > 215


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_cost_the_picture() -> None:
    data = encoded(Image.new("RGB", (8, 8), "red"), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert decode_picture(data, max_pixels=MILLION).shape == (8, 8, 3)


def test_what_is_transparent_is_white() -> None:
    for image in (Image.new("RGBA", (8, 8), (255, 0, 0, 0)), Image.new("LA", (8, 8), (0, 0))):
        assert (decode_picture(encoded(image, "PNG"), max_pixels=MILLION) == 255).all()
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([255, 0, 0] * 256)
    assert (decode_picture(encoded(palette, "GIF", transparency=0), max_pixels=MILLION) == 255).all()


def test_half_transparent_red_is_pink() -> None:
    picture = decode_picture(encoded(Image.new("RGBA", (8, 8), (255, 0, 0, 128)), "PNG"), max_pixels=MILLION)
    assert np.abs(picture[4, 4].astype(int) - (255, 127, 127)).max() <= 1


def test_print_colours_and_sixteen_bit_greys_keep_their_look() -> None:
    ink = decode_picture(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG"), max_pixels=MILLION)
    assert ink[8, 8, 0] > 200 > 60 > ink[8, 8, 1]
    grey = Image.fromarray(np.full((8, 8), 40_000, np.uint16))
    assert (decode_picture(encoded(grey, "PNG"), max_pixels=MILLION) == 40_000 >> 8).all()


def test_a_large_photograph_is_decoded_small_and_fast() -> None:
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 255, (30, 47, 3), dtype=np.uint8)
    photo = Image.fromarray(coarse).resize((4700, 3000), Image.Resampling.BICUBIC)
    data = encoded(photo, "JPEG", quality=90)
    started = time.process_time()
    picture = decode_picture(data, max_pixels=50 * MILLION)
    assert time.process_time() - started < 0.5
    assert picture.shape == (375, 588, 3)
    assert decode_picture(data, max_pixels=50 * MILLION, longest_side=512).shape == (327, 512, 3)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("side", [767, 768, 769, 1537, 2000, 3073])
def test_a_picture_comes_out_with_more_than_half_of_the_pixels_that_encoders_get_at_most(form: str, side: int) -> None:
    height, width, _ = decode_picture(encoded(Image.new("RGB", (side, side // 2)), form), max_pixels=50 * MILLION).shape
    assert LONGEST_SIDE // 2 < width <= LONGEST_SIDE
    assert abs(height / width - 0.5) < 0.01


def test_a_strip_of_one_pixel_keeps_at_least_one_pixel() -> None:
    assert decode_picture(encoded(Image.new("RGB", (3000, 1)), "PNG"), max_pixels=MILLION).shape == (1, 750, 3)
