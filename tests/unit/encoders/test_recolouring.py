"""Pictures painted in another colour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from encoders.encoder import Picture
from encoders.picture.recolouring import COLOURS, named_colour, recoloured, says_more


def ball(colour: tuple[int, int, int], ground: int = 255, size: int = 48) -> Picture:
    """A shaded ball with a badge of another colour, on a plain ground."""
    y, x = np.mgrid[:size, :size] / (size - 1) * 2 - 1
    light = np.clip(1.05 - 0.6 * np.hypot(x + 0.3, y + 0.3), 0.2, 1.0)
    picture = np.full((size, size, 3), ground, dtype=np.uint8)
    inside = np.hypot(x, y) < 0.8
    picture[inside] = (np.array(colour) * light[inside][:, None]).astype(np.uint8)
    picture[size // 2 : size // 2 + 4, size // 2 : size // 2 + 4] = (0, 200, 0)
    return picture


@pytest.mark.parametrize("colour", ["blue", "black", "white", "yellow", "brown"])
@pytest.mark.parametrize("before", [(200, 20, 30), (40, 40, 42), (225, 225, 225)])
def test_the_thing_takes_the_colour_and_keeps_its_ground_and_badge(colour: str, before: tuple[int, int, int]) -> None:
    ground = 255 if sum(before) < 600 else 90
    picture = ball(before, ground)
    painted = recoloured(picture, colour)
    middle = painted[10:22, 10:22].reshape(-1, 3).mean(axis=0)
    nearest = min(COLOURS.values(), key=lambda rgb: float(np.abs(np.array(rgb) - middle).sum()))
    assert nearest == COLOURS[colour]
    np.testing.assert_array_equal(painted[0, 0], [ground] * 3)
    np.testing.assert_array_equal(painted[25, 25], [0, 200, 0])


def test_light_and_shade_stay_in_their_order() -> None:
    picture = ball((200, 20, 30))
    painted = recoloured(picture, "blue").astype(int)
    row = slice(8, 22)
    before, after = picture[12, row, 0].astype(int), painted[12, row, 2]
    assert np.corrcoef(before, after)[0, 1] > 0.95


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))), st.sampled_from(sorted(COLOURS)))
def test_any_picture_comes_back_as_a_picture_of_its_size(picture: Picture, colour: str) -> None:
    painted = recoloured(picture, colour)
    assert painted.shape == picture.shape
    assert painted.dtype == np.uint8


@pytest.mark.parametrize(
    ("words", "colour", "more"),
    [
        ("in blue", "blue", False),
        ("but in red, please", "red", False),
        ("blue with long sleeves", "blue", True),
        ("from red to navy", "navy", True),
        ("换成蓝色", "蓝色", True),
        ("with long sleeves", None, True),
    ],
)
def test_words_are_read_for_a_colour(words: str, colour: str | None, more: bool) -> None:
    assert named_colour(words) == colour
    if colour is not None:
        assert says_more(words, colour) == more
