"""Videos for tests, drawn here."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def scene(paint: tuple[int, int, int], *, size: int = 160, at: float = 0.3) -> Pixels:
    """A coloured block on a light ground."""
    picture = np.full((size, size, 3), 235, dtype=np.uint8)
    begin = int(at * size)
    picture[begin : begin + size // 2, begin : begin + size // 2] = paint
    return picture


RED, GREEN, BLUE = (200, 30, 30), (30, 160, 60), (40, 60, 200)


def video(
    frames: Iterable[Pixels],
    *,
    container: str = "mp4",
    codec: str = "mpeg4",
    rate: int = 10,
    options: Mapping[str, str] | None = None,
) -> bytes:
    """The frames as a video; `options` are the codec's own."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as made:
        stream: Any = None
        for pixels in frames:
            if stream is None:
                stream = made.add_stream(codec, rate=rate, options=dict(options or {}))
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.bit_rate = 2_000_000
            made.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        if stream is not None:
            made.mux(stream.encode(None))
    return buffer.getvalue()


def animation(count: int, *, size: int = 32) -> bytes:
    """A GIF of so many frames of noise."""
    rng = np.random.default_rng(4)
    pictures = [Image.fromarray(rng.integers(0, 255, (size, size), dtype=np.uint8)) for _ in range(count)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:], duration=20, loop=0)
    return buffer.getvalue()
