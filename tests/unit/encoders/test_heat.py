"""Where a picture agrees with a vector."""

import numpy as np
import pytest

from encoders.encoder import Picture
from encoders.picture.colour_edge import Colour
from encoders.picture.heat import CELLS, heat_map, smoothed

RED, BLUE = (190, 30, 40), (30, 60, 180)


def halves(left: tuple[int, int, int], right: tuple[int, int, int], *, side: int = 140) -> Picture:
    """Two blocks of colour on white."""
    picture = np.full((side, side, 3), 255, dtype=np.uint8)
    picture[30:-30, 25 : side // 2 - 5] = left
    picture[30:-30, side // 2 + 5 : -25] = right
    return picture


def test_the_heat_lies_where_the_target_is_shown() -> None:
    encoder = Colour()
    red = encoder.encode_pictures([halves(RED, RED)])[0]
    heat = heat_map(encoder, halves(RED, BLUE), red)
    assert heat.shape == (CELLS, CELLS)
    assert heat[:, : CELLS // 2].sum() > 5 * heat[:, CELLS // 2 + 1 :].sum()
    assert heat[CELLS // 2].sum() > heat[0].sum()


def test_heat_runs_from_nothing_to_one() -> None:
    encoder = Colour()
    heat = heat_map(encoder, halves(RED, BLUE), encoder.encode_pictures([halves(BLUE, BLUE)])[0])
    assert heat.min() >= 0
    assert heat.max() == pytest.approx(1)
    assert heat[0, 0] == pytest.approx(0, abs=0.02)


def test_an_empty_picture_and_a_target_far_from_it_have_no_heat() -> None:
    encoder = Colour()
    red = encoder.encode_pictures([halves(RED, RED)])[0]
    assert not heat_map(encoder, np.full((90, 60, 3), 250, dtype=np.uint8), red).any()
    away = np.zeros_like(red)
    away[int(np.argmin(encoder.encode_pictures([halves(RED, BLUE)])[0]))] = 1
    assert not heat_map(encoder, halves(RED, BLUE), away).any()


@pytest.mark.parametrize("shape", [(3, 400), (400, 3), (1, 1), (900, 1200)])
def test_pictures_of_any_shape_have_a_map(shape: tuple[int, int]) -> None:
    encoder = Colour()
    rng = np.random.default_rng(5)
    picture = rng.integers(0, 255, (*shape, 3), dtype=np.uint8)
    heat = heat_map(encoder, picture, encoder.encode_pictures([picture])[0], cells=3)
    assert heat.shape == (3, 3)
    assert np.isfinite(heat).all()


def test_smoothing_spreads_a_peak_and_leaves_plains_alone() -> None:
    flat = np.ones((4, 5), dtype=np.float32)
    np.testing.assert_allclose(smoothed(flat), flat)
    peak = np.zeros((5, 5), dtype=np.float32)
    peak[2, 2] = 16
    np.testing.assert_allclose(smoothed(peak)[1:4, 1:4], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
