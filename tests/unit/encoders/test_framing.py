import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from encoders.encoder import Picture
from encoders.picture.framing import frame


def on_white(side: tuple[int, int], box: tuple[int, int, int, int]) -> Picture:
    picture = np.full((*side, 3), 255, dtype=np.uint8)
    top, left, bottom, right = box
    picture[top:bottom, left:right] = (200, 30, 40)
    return picture


@given(st.integers(1, 90), st.integers(1, 90), st.integers(8, 64))
def test_any_picture_becomes_a_square_of_the_side_asked_for(height: int, width: int, side: int) -> None:
    picture = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert frame(picture, side).shape == (side, side, 3)


def test_white_borders_around_a_product_make_nearly_no_difference() -> None:
    tight = frame(on_white((120, 120), (10, 10, 110, 110)), 64)
    loose = frame(on_white((300, 400), (100, 150, 200, 250)), 64)
    shares = [float(((picture[..., 0] > 150) & (picture[..., 1] < 100)).mean()) for picture in (tight, loose)]
    assert abs(shares[0] - shares[1]) < 0.15
    assert min(shares) > 0.7


def test_a_tall_product_is_padded_with_its_ground_not_squeezed() -> None:
    framed = frame(on_white((300, 100), (10, 10, 290, 90)), 64)
    red = (framed[..., 0] > 150) & (framed[..., 1] < 100)
    tall, wide = red.any(axis=1).sum(), red.any(axis=0).sum()
    assert 2.5 < tall / wide < 4.5
    assert (framed[:, 0] > 240).all()


def test_a_picture_of_one_colour_stays_that_colour() -> None:
    assert (frame(np.full((40, 70, 3), 90, dtype=np.uint8), 32) == 90).all()
