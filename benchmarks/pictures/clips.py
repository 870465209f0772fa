"""Clips like those a shopper films, made from photographs: the camera wanders over a picture, light changes, scenes fade or cut.

Everything is drawn by a seed, so that a clip is the same every time.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels: TypeAlias = NDArray[np.uint8]
Window: TypeAlias = tuple[float, float, float]  # share of the largest window, and its middle (0 to 1 across and down)

RATE: Final = 15
SHORT_SIDE, LONG_SIDE = 480, 640
FADE_SECONDS: Final = 0.4
QUALITY: Final = "30"  # constant rate factor of x264: about what messengers leave of a clip


@dataclass(frozen=True, slots=True)
class Shot:
    """A photograph for so many seconds; `thing` is its place among the things asked for, None for something unrelated."""

    photograph: Path
    seconds: float
    thing: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """When a shot is to be seen, in seconds from the start of the clip, what fades in or out included."""

    begin: float
    end: float
    thing: int | None


@dataclass(frozen=True, slots=True)
class Clip:
    data: bytes
    seconds: float
    stretches: tuple[Stretch, ...]

    def shows(self, thing: int, seconds: float) -> bool:
        """Whether the thing can be seen at that second."""
        near = 1 / RATE
        return any(s.thing == thing and s.begin - near <= seconds <= s.end + near for s in self.stretches)


def make_clip(shots: Sequence[Shot], seed: int) -> Clip:
    """H.264 in MP4 at 480p and 15 frames a second; upright when most of its photographs are."""
    rng = np.random.default_rng(seed)
    images = [Image.open(shot.photograph).convert("RGB") for shot in shots]
    is_upright = sum(image.height > image.width for image in images) * 2 >= len(images)
    size = (SHORT_SIDE, LONG_SIDE) if is_upright else (LONG_SIDE, SHORT_SIDE)
    filmed = [_filmed(image, round(shot.seconds * RATE), size, rng) for image, shot in zip(images, shots, strict=True)]
    joints = [str(rng.choice(("cut", "fade", "black"))) for _ in shots[1:]]
    frames, bounds = _joined([list(each) for each in filmed], joints)
    stretches = tuple(
        Stretch(first / RATE, last / RATE, shot.thing) for (first, last), shot in zip(bounds, shots, strict=True)
    )
    return Clip(_written(frames, size), len(frames) / RATE, stretches)


def _filmed(image: Image.Image, count: int, size: tuple[int, int], rng: np.random.Generator) -> Iterator[Pixels]:
    """A camera that wanders from one window to another, trembles a little, and whose light rises or falls."""
    begin, end = (_window(rng) for _ in range(2))
    light = rng.uniform(0.7, 1.15, 2)
    tremble = np.cumsum(rng.normal(0, 0.0015, (count, 2)), axis=0)
    for number in range(count):
        at = number / max(1, count - 1)
        eased = at * at * (3 - 2 * at)
        scale, across, down = (a + (b - a) * eased for a, b in zip(begin, end, strict=True))
        box = _box(image, size, (scale, across + tremble[number, 0], down + tremble[number, 1]))
        pixels = np.asarray(image.resize(size, Image.Resampling.BILINEAR, box=box, reducing_gap=1.0))
        gain = light[0] + (light[1] - light[0]) * at
        yield np.clip(pixels * np.float32(gain), 0, 255).astype(np.uint8)


def _window(rng: np.random.Generator) -> Window:
    return float(rng.uniform(0.65, 1.0)), float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.25, 0.75))


def _box(image: Image.Image, size: tuple[int, int], window: Window) -> tuple[float, float, float, float]:
    scale, across, down = window
    shrink = min(image.width / size[0], image.height / size[1]) * scale
    width, height = size[0] * shrink, size[1] * shrink
    left = min(max(across, 0.0), 1.0) * (image.width - width)
    top = min(max(down, 0.0), 1.0) * (image.height - height)
    return left, top, left + width, top + height


def _joined(shots: list[list[Pixels]], joints: Sequence[str]) -> tuple[list[Pixels], list[tuple[int, int]]]:
    """All frames in their order, and the first and last of each shot."""
    frames, bounds = shots[0], [(0, len(shots[0]) - 1)]
    for shot, joint in zip(shots[1:], joints, strict=True):
        many = round(FADE_SECONDS * RATE)
        if joint == "fade":
            for step in range(many):
                share = np.float32((step + 1) / (many + 1))
                mixed = frames[-many + step] * (1 - share) + shot[step] * share
                frames[-many + step] = mixed.astype(np.uint8)
            first, added = len(frames) - many, shot[many:]
        elif joint == "black":
            for step in range(many):
                share = np.float32((step + 1) / many)
                frames[-many + step] = (frames[-many + step] * (1 - share)).astype(np.uint8)
                shot[step] = (shot[step] * share).astype(np.uint8)
            first, added = len(frames), shot
        else:
            first, added = len(frames), shot
        frames += added
        bounds.append((first, len(frames) - 1))
    return frames, bounds


def _written(frames: Sequence[Pixels], size: tuple[int, int]) -> bytes:
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as made:
        stream: Any = made.add_stream("libx264", rate=RATE, options={"crf": QUALITY, "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.thread_count = 1
        for pixels in frames:
            made.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        made.mux(stream.encode(None))
    return buffer.getvalue()
