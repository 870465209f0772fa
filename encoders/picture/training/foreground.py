"""Cutting the thing shown out of a photograph, as a shop would: GrabCut from a centred box."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.encoder import EncoderError, Picture

_SIDE = 96
_ROUNDS = 3


def find_foreground(picture: Picture) -> NDArray[np.bool_]:
    """Mask (height, width) of the thing; everything when the cut finds too little or too much to be one."""
    cv2 = _opencv()
    height, width = picture.shape[:2]
    scale = _SIDE / max(height, width)
    small = np.array(Image.fromarray(picture).resize((max(8, round(width * scale)), max(8, round(height * scale)))))
    rows, columns = small.shape[:2]
    box = (round(columns * 0.06), round(rows * 0.06), round(columns * 0.88), round(rows * 0.88))
    marks = np.zeros((rows, columns), np.uint8)
    ground, thing = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    try:
        cv2.grabCut(small, marks, box, ground, thing, _ROUNDS, cv2.GC_INIT_WITH_RECT)
    except cv2.error:  # pictures of one colour have no two models to tell apart
        return np.ones((height, width), dtype=bool)
    found = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
    if not 0.06 < float(found.mean()) < 0.9:
        return np.ones((height, width), dtype=bool)
    return np.asarray(Image.fromarray(found).resize((width, height)))


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise EncoderError("training pictures needs OpenCV: pip install 'vitrine[training]'") from error
    return cv2


def on_pale_ground(picture: Picture, mask: NDArray[np.bool_], *, shade: int) -> Picture:
    """The thing alone on a ground of one pale grey."""
    soft = np.asarray(Image.fromarray((mask * 255).astype(np.uint8)).convert("L"), dtype=np.float32)[..., None] / 255
    return np.asarray(picture * soft + shade * (1 - soft)).astype(np.uint8)
