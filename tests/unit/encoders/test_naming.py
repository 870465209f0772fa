import numpy as np

from encoders.naming import Names


def test_a_name_with_a_head_start_has_to_be_that_much_nearer() -> None:
    names = Names(np.eye(2, dtype=np.float32), np.array([0.2, 0.0], dtype=np.float32))
    assert names.likeness(np.array([0.6, 0.5], dtype=np.float32)).argmax() == 1
    assert names.likeness(np.array([0.8, 0.5], dtype=np.float32)).argmax() == 0


def test_many_pictures_are_compared_at_once() -> None:
    names = Names(np.eye(3, dtype=np.float32), np.full(3, 0.1, dtype=np.float32))
    assert names.likeness(np.ones((5, 3), dtype=np.float32)).shape == (5, 3)
