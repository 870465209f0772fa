"""Several pictures as one query vector."""

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.encoder import EncoderDescription
from encoders.picture.modifying import encode_changed, without_direction
from encoders.pictures_decoding import PictureError
from query_service.mixing import Shown, mixed

Floats = NDArray[np.float32]


def unit(*numbers: float) -> Floats:
    row = np.array(numbers, dtype=np.float32)
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


def test_wanted_pictures_count_by_their_weights() -> None:
    one, other = unit(1, 0, 0), unit(0, 1, 0)
    np.testing.assert_allclose(mixed([Shown(one, 0.75), Shown(other, 0.25)]), unit(3, 1, 0), atol=1e-6)
    np.testing.assert_allclose(mixed([Shown(one, 0.0), Shown(other, 0.0)]), unit(1, 1, 0), atol=1e-6)


def test_nothing_is_left_of_an_unwanted_picture_or_word() -> None:
    shown = [Shown(unit(1, 1, 1), 1.0), Shown(unit(0, 1, 0), -1.0)]
    vector = mixed(shown, [unit(0, 0, 1)])
    np.testing.assert_allclose(vector, unit(1, 0, 0), atol=1e-6)


def test_a_light_dislike_takes_a_part_away() -> None:
    vector = mixed([Shown(unit(1, 1), 1.0), Shown(unit(0, 1), -0.5)])
    np.testing.assert_allclose(vector, unit(1, 0.5), atol=1e-6)


def test_what_points_away_already_stays() -> None:
    vector = unit(1, -1)
    np.testing.assert_array_equal(without_direction(vector, unit(0, 1)), vector)


def test_a_picture_that_is_wanted_and_unwanted_stays_searchable() -> None:
    same = unit(1, 2, 3)
    assert np.linalg.norm(mixed([Shown(same, 1.0), Shown(same, -1.0)])) == pytest.approx(1, abs=1e-5)


def test_something_has_to_be_wanted() -> None:
    with pytest.raises(PictureError, match="below 0"):
        mixed([Shown(unit(1, 0), -1.0)])


class Space:
    """A space in which words have one direction, the second, and a picture as much of it as its first pixel says."""

    description = EncoderDescription("space", "0" * 12, 3, shares_words=True)

    def load(self) -> None:
        """Nothing to load."""

    def encode_pictures(self, pictures: object) -> Floats:
        return np.array([unit(1, picture[0, 0, 0], 0) for picture in pictures])  # type: ignore[attr-defined]

    def encode_words(self, texts: object) -> Floats:
        return np.array([unit(0, 1, 0) for _ in texts])  # type: ignore[attr-defined]


def test_words_move_a_picture_to_the_same_place_whatever_it_showed() -> None:
    plain, striped = np.zeros((4, 4, 3), dtype=np.uint8), np.ones((4, 4, 3), dtype=np.uint8)
    np.testing.assert_allclose(encode_changed(Space(), plain, "with stripes"), unit(1, 1, 0), atol=1e-6)
    np.testing.assert_allclose(encode_changed(Space(), striped, "with stripes"), unit(1, 1, 0), atol=1e-6)
