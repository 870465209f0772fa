"""Which frames of a video show something new: a scene ends where the picture changes, and its sharpest frame stands for it.

Light that rises or falls is no change; frames within a fade, and frames of one colour, show nothing that others do not.
"""

from collections import deque
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Picture

MOST_FRAMES: Final = 16
_GRID: Final = 12
# Mean difference of coarse pictures at equal light, of 255: a hand that shakes stays below, another thing or side is above.
_CHANGED: Final = 18.0
_REACH: Final = 3  # frames to either side that a fade may lie between
_FADING: Final = 20.0  # two frames at least so different may have a fade between them
_BLEND: Final = 0.2  # of that difference, what a blend of the two may be off
_PLAIN: Final = 6.0  # standard deviation of a coarse picture that shows nothing
_MOST_SCENES: Final = 128
Look: TypeAlias = NDArray[np.float32]  # (12, 12, 3), from 0 to 255


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture (height × width × 3, uint8, RGB), its place in the video, and how many of the frames given look like it."""

    picture: Picture
    seconds: float
    seen: int = 1


@dataclass(frozen=True, slots=True)
class _Scene:
    look: Look
    frame: Frame
    sharpness: float


class Scenes:
    """Takes frames in their order and keeps one of each scene."""

    def __init__(self) -> None:
        self._scenes: list[_Scene] = []
        self._near: deque[_Scene] = deque(maxlen=2 * _REACH + 1)  # the frames around the one that is decided upon
        self._waiting = 0

    def add(self, picture: Picture, seconds: float) -> None:
        """A frame that looks like a scene already seen takes its place if it is clearly sharper."""
        self._near.append(_Scene(coarse(picture), Frame(picture, seconds), sharpness(picture)))
        self._waiting += 1
        if self._waiting > _REACH:
            self._decide()

    def frames(self, most: int = MOST_FRAMES) -> tuple[Frame, ...]:
        """At most so many frames, by time; where there are more scenes, those most like another go first."""
        while self._waiting:
            self._decide()
        self._scenes = [scene for scene in self._scenes if not _is_plain(scene)] or self._scenes[:1]
        while len(self._scenes) > most:
            self._merge()
        return tuple(sorted((scene.frame for scene in self._scenes), key=lambda frame: frame.seconds))

    def _decide(self) -> None:
        """On the frame that waited longest: with those before and behind it, a fade shows."""
        place = len(self._near) - self._waiting
        self._waiting -= 1
        seen = self._near[place]
        before = [near.look for near in islice(self._near, max(0, place - _REACH), place)]
        behind = [near.look for near in islice(self._near, place + 1, place + 1 + _REACH)]
        if any(is_between(seen.look, one, other) for one in before for other in behind):
            return
        distances = [difference(scene.look, seen.look) for scene in self._scenes]
        nearest = int(np.argmin(distances)) if distances else -1
        if nearest < 0 or distances[nearest] > _CHANGED:
            self._scenes.append(seen)
            if len(self._scenes) > _MOST_SCENES:
                self._merge()
            return
        known = self._scenes[nearest]
        best = seen if seen.sharpness > 1.25 * known.sharpness else known
        frame = replace(best.frame, seen=known.frame.seen + 1)
        self._scenes[nearest] = _Scene(known.look, frame, best.sharpness)

    def _merge(self) -> None:
        looks = np.stack([scene.look for scene in self._scenes])
        distances = np.abs(looks[:, None] - looks[None, :]).mean(axis=(2, 3, 4))
        np.fill_diagonal(distances, np.inf)
        one, other = np.unravel_index(int(np.argmin(distances)), distances.shape)
        gone = min((int(one), int(other)), key=lambda place: self._scenes[place].sharpness)
        del self._scenes[gone]


def difference(one: Look, other: Look) -> float:
    """Mean difference of two coarse pictures, of 255, once both are as bright as each other."""
    gain = float(np.sqrt((other.mean() + 8.0) / (one.mean() + 8.0)))
    return float(np.abs(one * np.float32(gain) - other / np.float32(gain)).mean())


def is_between(look: Look, one: Look, other: Look) -> bool:
    """Whether it is a blend of two others that differ: a frame of a fade from one to the other, or to black."""
    way = other - one
    apart = float(np.abs(way).mean())
    if apart < _FADING:
        return False
    share = float(((look - one) * way).sum() / (way * way).sum())
    return 0.12 < share < 0.88 and float(np.abs(look - one - np.float32(share) * way).mean()) < _BLEND * apart


def _is_plain(scene: _Scene) -> bool:
    return float(scene.look.std()) < _PLAIN


def coarse(picture: Picture) -> Look:
    """Mean colours over a grid of 12 × 12 cells, float32."""
    height, width = picture.shape[:2]
    rows = np.linspace(0, height, _GRID + 1).astype(int)[:-1]
    columns = np.linspace(0, width, _GRID + 1).astype(int)[:-1]
    if height < _GRID or width < _GRID:
        picture = picture[np.arange(_GRID) * height // _GRID][:, np.arange(_GRID) * width // _GRID]
        return picture.astype(np.float32)
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.float32), rows, axis=0), columns, axis=1)
    cells = np.diff([*rows, height])[:, None, None] * np.diff([*columns, width])[None, :, None]
    looks: Look = (sums / cells).astype(np.float32)
    return looks


def sharpness(picture: Picture) -> float:
    """Mean squared difference of neighbouring pixels in grey: low where the camera moved."""
    grey = picture[::2, ::2].mean(axis=2)
    if min(grey.shape) < 2:
        return 0.0
    return float(np.square(np.diff(grey, axis=0)).mean() + np.square(np.diff(grey, axis=1)).mean())
