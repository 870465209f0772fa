"""Sounds for tests: made here, or spoken clips from the shared data where those are."""

import io
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

RATE = 16_000
CLIPS = Path(__file__).parents[2] / "shared" / "data" / "speech-samples"


def tone(seconds: float = 1.0, *, level: float = 0.3, rate: int = RATE) -> NDArray[np.float32]:
    """Something like a voice: a tone with overtones that swells four times a second."""
    at = np.arange(int(seconds * rate)) / rate
    voice = sum(np.sin(2 * np.pi * 140 * n * at) / n for n in range(1, 9))
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * at)
    return (level * voice * swell / 2).astype(np.float32)


def wav(samples: NDArray[np.float32], *, rate: int = RATE) -> bytes:
    """16-bit mono WAV."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def recorded(samples: NDArray[np.float32], container: str, codec: str) -> bytes:
    """The samples in another container, as FFmpeg writes it: ("webm", "libopus") is what browsers record."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as made:
        stream: Any = made.add_stream(codec, rate=48_000)
        stream.layout = "mono"
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=48_000, frame_size=960)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            made.mux(stream.encode(piece))
        made.mux(stream.encode(None))
    return buffer.getvalue()


def clip(name: str) -> bytes:
    """A spoken clip of the shared data as it lies there; skips the test where there is none."""
    path = CLIPS / name
    if not path.is_file():
        pytest.skip(f"the spoken test clips are not here: {path}")
    return path.read_bytes()


def go_forward() -> bytes:
    """Somebody says “go forward ten meters”, as WAV."""
    raw = np.frombuffer(clip("goforward.raw"), dtype="<i2").astype(np.float32) / 32768
    return wav(raw)
