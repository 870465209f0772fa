"""A picture with its parts hidden, framed once."""

import numpy as np
import pytest
from PIL import Image

from encoders.encoder import Picture
from encoders.picture.colour_edge import colour_histogram
from encoders.picture.framing import frame, peek_at, place_in_frame
from encoders.picture.hiding import Part, frames_without

RED, BLUE = (190, 30, 40), (30, 60, 180)
WHITE = np.full(3, 255, dtype=np.uint8)
LEFT: Part = (slice(0, 96), slice(0, 48))
CORNER: Part = (slice(0, 10), slice(0, 10))


def red_and_blue(*, side: int = 96) -> Picture:
    """A red block beside a blue one, on white."""
    picture = np.full((side, side, 3), 255, dtype=np.uint8)
    picture[side // 4 : -side // 4, side // 8 : side // 2] = RED
    picture[side // 4 : -side // 4, side // 2 : -side // 8] = BLUE
    return picture


def test_the_first_frame_is_the_whole_picture_and_each_other_lacks_one_part() -> None:
    picture = red_and_blue()
    frames, _ = frames_without(picture, [LEFT, CORNER], WHITE, 64)
    assert frames.shape == (3, 64, 64, 4)
    np.testing.assert_array_equal(frames[0, ..., :3], frame(picture, 64))
    assert (frames[1, :, :32, :3] == 255).all()
    np.testing.assert_array_equal(frames[1, :, 32:], frames[0, :, 32:])


def test_a_part_that_was_trimmed_away_changes_nothing() -> None:
    frames, colours = frames_without(red_and_blue(), [CORNER], WHITE, 64)
    np.testing.assert_array_equal(frames[1], frames[0])
    np.testing.assert_array_equal(colours[1], colours[0])


@pytest.mark.parametrize("ground", [(255, 255, 255), (20, 120, 40)])
def test_colours_without_a_part_are_those_of_the_picture_with_the_part_hidden(ground: tuple[int, int, int]) -> None:
    picture, under = red_and_blue(), np.array(ground, dtype=np.uint8)
    hidden = picture.copy()
    hidden[LEFT] = under
    _, colours = frames_without(picture, [LEFT], under, 64)
    np.testing.assert_allclose(colours[0], colour_histogram(picture), atol=1e-6)
    np.testing.assert_allclose(colours[1], colour_histogram(hidden), atol=1e-6)


@pytest.mark.parametrize("shape", [(96, 96), (40, 300), (700, 90), (5, 5)])
def test_every_part_of_a_picture_of_any_shape_has_its_place(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(4).integers(0, 255, (*shape, 3), dtype=np.uint8)
    everything: Part = (slice(0, shape[0]), slice(0, shape[1]))
    placing = place_in_frame((shape[1], shape[0]), peek_at(Image.fromarray(picture)), 64)
    frames, colours = frames_without(picture, [everything], WHITE, 64)
    rows, columns = placing.rows(0, shape[0]), placing.columns(0, shape[1])
    assert (rows.stop - rows.start, columns.stop - columns.start) == placing.size[::-1]
    assert (frames[1, rows, columns, :3] == 255).all()
    assert np.isfinite(colours).all()
