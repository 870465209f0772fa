"""Where somebody speaks in a recording: by the energy of its frames against the quietest of them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from encoders.speech.decoding import SAMPLE_RATE, Samples
from encoders.speech.errors import AudioError, AudioProblem

FRAME: Final = SAMPLE_RATE // 100  # 10 ms
QUIETEST_DECIBELS: Final = -52.0  # below full scale: a microphone with nobody at it
ABOVE_NOISE_DECIBELS: Final = 8.0
BELOW_LOUDEST_DECIBELS: Final = 34.0
NOISE_SHARE: Final = 10  # per cent of the frames that are taken for noise
LEAST_SPEECH_SECONDS: Final = 0.1
MARGIN_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 0.6
FULL_SCALE: Final = 0.985
MOST_CLIPPED: Final = 0.2


@dataclass(frozen=True, slots=True)
class Speech:
    """What is left of a recording: `samples` without silence; `spoken_seconds` of frames in which somebody speaks."""

    samples: Samples
    spoken_seconds: float


def find_speech(samples: Samples, *, name: str = "the recording") -> Speech:
    """The recording without the silence around and long pauses within. Raises AudioError for silence and clipping."""
    decibels = loudness(samples)
    active = is_speech(decibels)
    if active.sum() * FRAME < LEAST_SPEECH_SECONDS * SAMPLE_RATE:
        raise AudioError(AudioProblem.SILENT, f"{name}: nothing is said in it; check the microphone and speak again")
    if clipped_share(samples) > MOST_CLIPPED:
        raise AudioError(
            AudioProblem.CLIPPED,
            f"{name}: far too loud, so that most of it is cut off at full scale; turn the microphone down and speak again",
        )
    kept = widened(active)
    length = len(kept) * FRAME
    trimmed = samples[:length].reshape(-1, FRAME)[kept].reshape(-1)
    return Speech(np.ascontiguousarray(trimmed), float(active.sum()) * FRAME / SAMPLE_RATE)


def loudness(samples: Samples) -> NDArray[np.float64]:
    """Decibels below full scale of each 10 ms, steadied over five frames."""
    count = len(samples) // FRAME
    if count == 0:
        return np.zeros(0)
    frames = samples[: count * FRAME].reshape(count, FRAME).astype(np.float64)
    # A constant offset of a cheap microphone is no sound.
    power = np.convolve(frames.var(axis=1), np.full(5, 0.2), mode="same")[:count]
    decibels: NDArray[np.float64] = 10 * np.log10(power + 1e-12)
    return decibels


def is_speech(decibels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """True for frames that stand out of the noise and are not far below the loudest."""
    if decibels.size == 0:
        return np.zeros(0, dtype=np.bool_)
    noise = float(np.percentile(decibels, NOISE_SHARE))
    loudest = float(np.percentile(decibels, 95))
    # Speech from end to end has no quiet frames to learn noise from: the loudest bounds what may be called noise.
    above_noise = min(noise + ABOVE_NOISE_DECIBELS, loudest - 12.0)
    least = max(QUIETEST_DECIBELS, above_noise, loudest - BELOW_LOUDEST_DECIBELS)
    active: NDArray[np.bool_] = decibels > least
    return active


def widened(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The frames to keep: those with speech, a margin around them, and pauses as far as they are short."""
    margin = round(MARGIN_SECONDS * SAMPLE_RATE / FRAME)
    pause = round(LONGEST_PAUSE_SECONDS * SAMPLE_RATE / FRAME)
    kept = np.convolve(active.astype(np.int64), np.ones(2 * margin + 1, dtype=np.int64), mode="same") > 0
    kept = kept[: len(active)]
    places = np.flatnonzero(kept)
    for before, after in pairwise(places.tolist()):
        if 1 < after - before <= pause:
            kept[before:after] = True
    return kept


def clipped_share(samples: Samples) -> float:
    """The share of samples at full scale among those that are loud at all."""
    size = np.abs(samples)
    loud = size > 0.25 * float(size.max(initial=0.0))
    return float((size[loud] >= FULL_SCALE).mean()) if loud.any() else 0.0
