import numpy as np

from encoders.text.pooling import pool, unit_rows

HIDDEN = np.array([[[1, 1], [3, 5], [9, 9]], [[2, 0], [4, 4], [6, 8]]], dtype=np.float32)
MASK = np.array([[1, 1, 0], [1, 1, 1]])


def test_the_mean_leaves_padding_out() -> None:
    np.testing.assert_allclose(pool(HIDDEN, MASK, how="mean"), [[2, 3], [4, 4]])


def test_cls_takes_the_first_token_and_last_the_last_that_is_there() -> None:
    np.testing.assert_allclose(pool(HIDDEN, MASK, how="cls"), [[1, 1], [2, 0]])
    np.testing.assert_allclose(pool(HIDDEN, MASK, how="last"), [[3, 5], [6, 8]])


def test_a_row_of_zeros_stays_zero_instead_of_becoming_nan() -> None:
    np.testing.assert_allclose(unit_rows(np.array([[3, 4], [0, 0]], dtype=np.float32)), [[0.6, 0.8], [0, 0]])
