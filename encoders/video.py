"""A video from a stranger to a few pictures that show all there is to see in it, within limits of bytes, pixels and time.

VideoError    a video cannot be used; `kind` says which of the reasons in VideoProblem
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from itertools import islice
from typing import Any, Final

import numpy as np

from encoders.containers import container_of, reason_of
from encoders.encoder import Picture
from encoders.scenes import MOST_FRAMES, Frame, Scenes
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings

LONGEST_SIDE: Final = 512
SAMPLES_PER_SECOND: Final = 6.0
MOST_DECODED: Final = 2_000
PATIENCE_SECONDS: Final = 1.5
_MANY_FRAMES: Final = 600  # of more than this many, key frames alone are looked at, where they stand close enough
_CLOSE_SECONDS: Final = 1.5
_MOST_PACKETS: Final = 20_000
_WITH_PICTURES: Final = frozenset({"mov", "matroska", "avi", "gif", "ogg"})


class VideoProblem(StrEnum):
    """Why a video cannot be used."""

    EMPTY = "empty"
    NOT_A_VIDEO = "not_a_video"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    NO_FRAMES = "no_frames"
    NOT_FETCHED = "not_fetched"


class VideoError(VitrineError):
    """A video cannot be used; the message says why and what to do."""

    code = "video"
    status = 422

    def __init__(self, kind: VideoProblem, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """`max_pixels` of a frame; `max_seconds` of the video are looked at, from its start, for at most
    `patience_seconds` of work."""

    max_bytes: int
    max_pixels: int
    max_seconds: float
    patience_seconds: float = PATIENCE_SECONDS

    @classmethod
    def of(cls, settings: Settings) -> "VideoLimits":
        return cls(
            max_bytes=settings.video_max_bytes,
            max_pixels=settings.video_max_pixels,
            max_seconds=settings.video_max_seconds,
        )


def distinct_frames(data: bytes, limits: VideoLimits, *, name: str = "the video") -> tuple[Frame, ...]:
    """One to sixteen frames that differ from each other, in their order: the sharpest of each scene.

    MP4, MOV, WebM, Matroska, AVI, OGG and GIF. What cannot be looked at within the patience of `limits` is left out.
    Raises VideoError; `name` is how its message calls the video.
    """
    if not data:
        raise VideoError(VideoProblem.EMPTY, f"{name}: it holds no bytes; choose another video")
    if len(data) > limits.max_bytes:
        raise too_large(name, limits.max_bytes)
    container = container_of(data)
    if container not in _WITH_PICTURES:
        raise VideoError(
            VideoProblem.NOT_A_VIDEO, f"{name}: not an MP4, MOV, WebM, AVI or GIF video; convert it to one of these"
        )
    if container == "gif":  # its header tells before FFmpeg takes memory for it
        _check_size(int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little"), limits, name=name)
    scenes = Scenes()
    try:
        for picture, seconds in _sampled(data, container, limits, name=name):
            scenes.add(picture, seconds)
    except VideoError:
        raise
    except Exception as error:  # a decoder fed with hostile bytes may raise anything
        if not scenes.frames():
            raise VideoError(
                VideoProblem.DAMAGED, f"{name}: cut off or damaged ({reason_of(error)}); send it again"
            ) from error
    frames = scenes.frames(MOST_FRAMES)
    if not frames:
        raise VideoError(
            VideoProblem.NO_FRAMES, f"{name}: there is no picture in it; choose a video that shows something"
        )
    return frames


def too_large(name: str, max_bytes: int) -> VideoError:
    """The error for a video with more bytes than allowed."""
    return VideoError(
        VideoProblem.TOO_LARGE,
        f"{name}: more than the {max_bytes:,} bytes allowed; give a shorter video or raise VITRINE_VIDEO_MAX_BYTES",
    )


def _sampled(data: bytes, container: str, limits: VideoLimits, *, name: str) -> Iterator[tuple[Picture, float]]:
    import av

    began, due = time.thread_time(), 0.0  # its own work: on a busy machine a video is not shorter
    with av.open(BytesIO(data), "r", format=container, metadata_errors="ignore") as opened:
        stream = _stream(opened, limits, name=name)
        if _has_close_keys(opened, stream):
            stream.codec_context.skip_frame = "NONKEY"
        for number, frame in enumerate(opened.decode(stream)):
            seconds = frame.time if frame.time is not None else number / 25.0
            if seconds > limits.max_seconds or number >= MOST_DECODED:
                return
            if seconds >= due:
                _check_size(frame.width, frame.height, limits, name=name)
                yield _picture(frame), max(0.0, float(seconds))
                due = seconds + 1 / SAMPLES_PER_SECOND
            worked = time.thread_time() - began
            if worked > limits.patience_seconds:
                return
            if worked > limits.patience_seconds / 2:  # so that the rest is not left out altogether
                stream.codec_context.skip_frame = "NONKEY"


def _stream(opened: Any, limits: VideoLimits, *, name: str) -> Any:
    stream = next(iter(opened.streams.video), None)
    if stream is None:
        raise VideoError(
            VideoProblem.NO_FRAMES, f"{name}: there is no picture in it; choose a video that shows something"
        )
    _check_size(stream.width, stream.height, limits, name=name)
    stream.codec_context.thread_count = 1  # each thread would keep frames of its own
    return stream


def _has_close_keys(opened: Any, stream: Any) -> bool:
    """Whether a long video has key frames enough to see all of it by them. Leaves the video at its start."""
    seconds = (opened.duration or 0) / 1e6
    if seconds * float(stream.average_rate or 25) <= _MANY_FRAMES:
        return False
    keys = sum(packet.is_keyframe for packet in islice(opened.demux(stream), _MOST_PACKETS))
    opened.seek(0)
    return bool(keys * _CLOSE_SECONDS >= seconds)


def _check_size(width: int, height: int, limits: VideoLimits, *, name: str) -> None:
    if width * height > limits.max_pixels:
        raise VideoError(
            VideoProblem.TOO_LARGE,
            f"{name}: frames of {width} × {height} pixels are more than the {limits.max_pixels:,} allowed; give a smaller "
            "video or raise VITRINE_VIDEO_MAX_PIXELS",
        )


def _picture(frame: Any) -> Picture:
    """Upright, at most LONGEST_SIDE pixels long, RGB."""
    scale = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    pixels = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    turned = np.rot90(pixels, k=round((frame.rotation or 0) / 90))
    return np.ascontiguousarray(turned, dtype=np.uint8)
