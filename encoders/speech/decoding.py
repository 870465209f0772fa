"""Recorded bytes from strangers to samples that a recognizer can hear, within limits of bytes, seconds and time."""

import time
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from encoders.containers import container_of, reason_of
from encoders.speech.errors import AudioError, AudioProblem
from plugin_config.settings import Settings

Samples: TypeAlias = NDArray[np.float32]

SAMPLE_RATE: Final = 16_000
_HIGHEST_RATE: Final = 192_000
_MOST_CHANNELS: Final = 8
_PATIENCE_SECONDS: Final = 2.5
_PROBED_BYTES: Final = 1_000_000
_WITH_SOUND: Final = frozenset({"wav", "flac", "ogg", "mp3", "matroska", "mov"})


@dataclass(frozen=True, slots=True)
class AudioLimits:
    """`max_bytes` of the file, `max_seconds` of sound in it."""

    max_bytes: int
    max_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> "AudioLimits":
        return cls(max_bytes=settings.audio_max_bytes, max_seconds=settings.audio_max_seconds)


def decode_audio(data: bytes, limits: AudioLimits, *, name: str = "the recording") -> Samples:
    """Mono samples, float32 between -1 and 1, at SAMPLE_RATE: of WAV, FLAC, OGG, MP3, WebM and MP4.

    A recording that breaks off counts as far as it can be heard. Raises AudioError; `name` is how it calls the recording.
    """
    if not data:
        raise AudioError(AudioProblem.EMPTY, f"{name}: it holds no bytes; record again")
    if len(data) > limits.max_bytes:
        raise too_large(name, limits.max_bytes)
    container = container_of(data)
    if container not in _WITH_SOUND:
        raise AudioError(
            AudioProblem.NOT_AUDIO,
            f"{name}: not a WAV, FLAC, OGG, MP3, WebM or MP4 recording; convert it to one of these",
        )
    parts = _decoded(data, container, limits.max_seconds, name=name)
    samples = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
    if samples.size == 0:
        raise AudioError(AudioProblem.DAMAGED, f"{name}: no sound can be read from it; record again")
    return np.clip(np.nan_to_num(samples), -1.0, 1.0)


def too_large(name: str, max_bytes: int) -> AudioError:
    """The error for a recording with more bytes than allowed."""
    return AudioError(
        AudioProblem.TOO_LARGE,
        f"{name}: more than the {max_bytes:,} bytes allowed; give a shorter recording or raise VITRINE_AUDIO_MAX_BYTES",
    )


def _decoded(data: bytes, container: str, max_seconds: float, *, name: str) -> list[Samples]:
    import av

    parts: list[Samples] = []
    most, count, deadline = int(max_seconds * SAMPLE_RATE), 0, time.thread_time() + _PATIENCE_SECONDS
    try:
        with av.open(
            BytesIO(data), format=container, metadata_errors="ignore", options={"probesize": str(_PROBED_BYTES)}
        ) as opened:
            stream = _stream(opened, name=name)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            for frame in _frames(opened, stream, resampler):
                parts.append(frame.to_ndarray()[0])
                count += parts[-1].size
                if count > most:
                    raise AudioError(
                        AudioProblem.TOO_LONG,
                        f"{name}: longer than the {max_seconds:g} seconds allowed; say it shorter or raise "
                        "VITRINE_AUDIO_MAX_SECONDS",
                    )
                if time.thread_time() > deadline:
                    raise AudioError(AudioProblem.TOO_LONG, f"{name}: takes too long to read; send it as WAV or WebM")
    except AudioError:
        raise
    except Exception as error:  # a decoder fed with hostile bytes may raise anything
        if count < SAMPLE_RATE // 4:
            raise AudioError(
                AudioProblem.DAMAGED, f"{name}: cut off or damaged ({reason_of(error)}); record again"
            ) from error
    return parts


def _stream(opened: Any, *, name: str) -> Any:
    stream = next(iter(opened.streams.audio), None)
    if stream is None:
        raise AudioError(AudioProblem.NOT_AUDIO, f"{name}: there is no sound in it; record with a microphone")
    if not 0 < stream.rate <= _HIGHEST_RATE or not 0 < stream.channels <= _MOST_CHANNELS:
        raise AudioError(
            AudioProblem.NOT_AUDIO,
            f"{name}: {stream.rate} samples a second in {stream.channels} channels; at most {_HIGHEST_RATE:,} in "
            f"{_MOST_CHANNELS} can be read",
        )
    return stream


def _frames(opened: Any, stream: Any, resampler: Any) -> Any:
    for packet in opened.demux(stream):
        for frame in packet.decode():
            frame.pts = None  # gaps and jumps of a browser's clock say nothing about the words
            yield from resampler.resample(frame)
    yield from resampler.resample(None)
