"""Which frames of a video show something new: a scene ends where the picture changes, and its sharpest frame stands for it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Picture

MOST_FRAMES: Final = 16
_GRID: Final = 12
# Mean difference of coarse pictures, of 255: a hand that shakes stays below, another thing or another side is above.
_CHANGED: Final = 14.0
_MOST_SCENES: Final = 128


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture (height × width × 3, uint8, RGB) and its place in the video."""

    picture: Picture
    seconds: float


@dataclass(frozen=True, slots=True)
class _Scene:
    look: NDArray[np.float32]
    frame: Frame
    sharpness: float


class Scenes:
    """Takes frames in their order and keeps one of each scene."""

    def __init__(self) -> None:
        self._scenes: list[_Scene] = []

    def add(self, picture: Picture, seconds: float) -> None:
        """A frame that looks like a scene already seen takes its place if it is clearly sharper."""
        seen = _Scene(coarse(picture), Frame(picture, seconds), sharpness(picture))
        distances = [float(np.abs(scene.look - seen.look).mean()) for scene in self._scenes]
        nearest = int(np.argmin(distances)) if distances else -1
        if nearest < 0 or distances[nearest] > _CHANGED:
            self._scenes.append(seen)
            if len(self._scenes) > _MOST_SCENES:
                self._merge()
        elif seen.sharpness > 1.25 * self._scenes[nearest].sharpness:
            self._scenes[nearest] = _Scene(self._scenes[nearest].look, seen.frame, seen.sharpness)

    def frames(self, most: int = MOST_FRAMES) -> tuple[Frame, ...]:
        """At most so many frames, by time; where there are more scenes, those most like another go first."""
        while len(self._scenes) > most:
            self._merge()
        return tuple(sorted((scene.frame for scene in self._scenes), key=lambda frame: frame.seconds))

    def _merge(self) -> None:
        looks = np.stack([scene.look for scene in self._scenes])
        distances = np.abs(looks[:, None] - looks[None, :]).mean(axis=(2, 3, 4))
        np.fill_diagonal(distances, np.inf)
        one, other = np.unravel_index(int(np.argmin(distances)), distances.shape)
        gone = min((int(one), int(other)), key=lambda place: self._scenes[place].sharpness)
        del self._scenes[gone]


def coarse(picture: Picture) -> NDArray[np.float32]:
    """Mean colours over a grid of 12 × 12 cells, float32."""
    height, width = picture.shape[:2]
    rows = np.linspace(0, height, _GRID + 1).astype(int)[:-1]
    columns = np.linspace(0, width, _GRID + 1).astype(int)[:-1]
    if height < _GRID or width < _GRID:
        picture = picture[np.arange(_GRID) * height // _GRID][:, np.arange(_GRID) * width // _GRID]
        return picture.astype(np.float32)
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.float32), rows, axis=0), columns, axis=1)
    cells = np.diff([*rows, height])[:, None, None] * np.diff([*columns, width])[None, :, None]
    looks: NDArray[np.float32] = (sums / cells).astype(np.float32)
    return looks


def sharpness(picture: Picture) -> float:
    """Mean squared difference of neighbouring pixels in grey: low where the camera moved."""
    grey = picture[::2, ::2].mean(axis=2)
    if min(grey.shape) < 2:
        return 0.0
    return float(np.square(np.diff(grey, axis=0)).mean() + np.square(np.diff(grey, axis=1)).mean())
