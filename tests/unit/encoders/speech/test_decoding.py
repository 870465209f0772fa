"""Recordings from strangers: every usual kind is read, everything else is refused with a reason."""

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from encoders.speech.activity import clipped_share, find_speech
from encoders.speech.decoding import SAMPLE_RATE, AudioLimits, decode_audio
from encoders.speech.errors import AudioError, AudioProblem
from tests.recordings import recorded, tone, wav

LIMITS = AudioLimits(max_bytes=4_000_000, max_seconds=10)
VOICE = tone(1.0)
KINDS = [("wav", "pcm_s16le"), ("flac", "flac"), ("ogg", "libopus"), ("mp3", "libmp3lame"),
         ("webm", "libopus"), ("mp4", "aac")]  # fmt: skip


def refusal(data: bytes, limits: AudioLimits = LIMITS) -> AudioProblem:
    with pytest.raises(AudioError) as caught:
        find_speech(decode_audio(data, limits))
    assert str(caught.value).startswith("the recording: ")
    return caught.value.kind


@pytest.mark.parametrize(("container", "codec"), KINDS)
def test_every_usual_kind_of_recording_is_heard_whole(container: str, codec: str) -> None:
    samples = decode_audio(recorded(VOICE, container, codec), LIMITS)
    assert len(samples) == pytest.approx(SAMPLE_RATE, rel=0.1)
    assert np.abs(samples).max() > 0.15


def test_a_browsers_recording_that_breaks_off_counts_as_far_as_it_goes() -> None:
    whole = recorded(tone(3.0), "webm", "libopus")
    assert SAMPLE_RATE < len(decode_audio(whole[: len(whole) // 2], LIMITS)) < 2.5 * SAMPLE_RATE


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", AudioProblem.EMPTY),
        (b"these are words, not sounds " * 40, AudioProblem.NOT_AUDIO),
        (b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1/a.ts\n", AudioProblem.NOT_AUDIO),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", AudioProblem.NOT_AUDIO),
        (b"RIFF\x24\x00\x00\x00WAVEthis is no sound at all", AudioProblem.DAMAGED),
        (b"\x1aE\xdf\xa3" + bytes(2_000), AudioProblem.DAMAGED),
        (wav(np.zeros(SAMPLE_RATE, dtype=np.float32)), AudioProblem.SILENT),
        (wav(tone(0.5, level=0.0005)), AudioProblem.SILENT),
        (wav(np.sign(tone(1.0))), AudioProblem.CLIPPED),
        (wav(tone(11.0)), AudioProblem.TOO_LONG),
        (bytes(5_000_000), AudioProblem.TOO_LARGE),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_with_is_refused_with_its_reason(data: bytes, problem: AudioProblem) -> None:
    assert refusal(data) is problem


def test_three_hours_are_refused_at_once() -> None:
    data = wav(np.zeros(3 * 3600 * 1000, dtype=np.float32), rate=1000)
    begin = time.process_time()
    assert refusal(data, AudioLimits(40_000_000, 30)) is AudioProblem.TOO_LONG
    assert time.process_time() - begin < 3


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from([("wav", "pcm_s16le"), ("webm", "libopus"), ("ogg", "libopus"), ("mp3", "libmp3lame")]),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), max_size=30),
)
def test_damaged_recordings_are_samples_or_a_reason(
    kind: tuple[str, str], cut: float, changes: list[tuple[float, int]]
) -> None:
    damaged = bytearray(recorded(tone(0.3), *kind))
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    try:
        samples = decode_audio(bytes(damaged[: int(cut * len(damaged))]), LIMITS)
    except AudioError as error:
        assert error.kind in AudioProblem  # noqa: PT017
    else:
        assert np.isfinite(samples).all()


def test_silence_around_and_long_pauses_go() -> None:
    pause = np.zeros(2 * SAMPLE_RATE, dtype=np.float32)
    speech = find_speech(np.concatenate([pause, tone(1.0), pause, tone(1.0), pause]))
    assert 2.0 <= len(speech.samples) / SAMPLE_RATE <= 3.0
    assert speech.spoken_seconds == pytest.approx(2.0, abs=0.2)


def test_noise_around_speech_goes_too() -> None:
    noise = np.random.default_rng(3).normal(0, 0.01, 5 * SAMPLE_RATE).astype(np.float32)
    noise[2 * SAMPLE_RATE : 3 * SAMPLE_RATE] += tone(1.0)
    assert len(find_speech(noise).samples) / SAMPLE_RATE == pytest.approx(1.4, abs=0.2)


def test_a_loud_voice_is_not_called_clipped() -> None:
    assert clipped_share(tone(1.0, level=0.9)) < 0.1
