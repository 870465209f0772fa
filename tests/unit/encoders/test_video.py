"""Videos from strangers: a frame of each scene, or a reason."""

import io
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from encoders.scenes import Scenes
from encoders.video import VideoError, VideoLimits, VideoProblem, distinct_frames
from tests.recordings import recorded, tone, wav
from tests.videos import BLUE, GREEN, RED, animation, scene, video

LIMITS = VideoLimits(max_bytes=8_000_000, max_pixels=4_000_000, max_seconds=30)


def refusal(data: bytes) -> VideoProblem:
    with pytest.raises(VideoError) as caught:
        distinct_frames(data, LIMITS)
    assert str(caught.value).startswith("the video: ")
    return caught.value.kind


@pytest.mark.parametrize(
    ("container", "codec"), [("mp4", "mpeg4"), ("webm", "libvpx"), ("avi", "mpeg4"), ("mov", "mpeg4")]
)
def test_each_scene_gives_one_frame(container: str, codec: str) -> None:
    shown = [scene(paint) for paint in (RED, GREEN, BLUE, RED) for _ in range(10)]
    frames = distinct_frames(video(shown, container=container, codec=codec), LIMITS)
    assert len(frames) == 3  # red comes back, and is no news
    assert [frame.picture[80, 80].argmax() for frame in frames] == [0, 1, 2]
    assert [frame.seconds for frame in frames] == sorted(frame.seconds for frame in frames)


def test_a_trembling_hand_is_no_new_scene() -> None:
    shown = [scene(RED, at=0.3 + 0.01 * (number % 3)) for number in range(30)]
    assert len(distinct_frames(video(shown), LIMITS)) == 1


def test_the_sharpest_frame_stands_for_a_scene() -> None:
    sharp = scene(RED)
    blurred = np.asarray(Image.fromarray(sharp).resize((16, 16)).resize((160, 160), Image.Resampling.BILINEAR))
    scenes = Scenes()
    for number, picture in enumerate((blurred, sharp, blurred)):
        scenes.add(picture, float(number))
    assert [frame.seconds for frame in scenes.frames()] == [1.0]


def test_never_more_than_sixteen_frames_and_the_most_different_stay() -> None:
    rng = np.random.default_rng(5)
    scenes = Scenes()
    for number in range(60):
        scenes.add(scene(tuple(rng.integers(0, 255, 3)), at=float(rng.random() / 2)), float(number))  # type: ignore[arg-type]
    scenes.add(np.zeros((90, 90, 3), dtype=np.uint8), 99.0)
    frames = scenes.frames()
    assert len(frames) == 16
    assert frames[-1].seconds == 99.0


def test_ten_thousand_frames_cost_no_more_than_a_moment() -> None:
    data = animation(10_000, size=8)
    begin = time.process_time()
    assert 1 <= len(distinct_frames(data, LIMITS)) <= 16
    assert time.process_time() - begin < 3


def huge_gif() -> bytes:
    return b"GIF89a" + (60_000).to_bytes(2, "little") * 2 + b"\x80\x00\x00" + bytes(6) + b";"


def still() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(scene(RED)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", VideoProblem.EMPTY),
        (b"no video, but words", VideoProblem.NOT_A_VIDEO),
        (b"#EXTM3U\nhttp://127.0.0.1/x.ts", VideoProblem.NOT_A_VIDEO),
        (still(), VideoProblem.NOT_A_VIDEO),
        (wav(tone(0.2)), VideoProblem.NOT_A_VIDEO),
        (recorded(tone(0.3), "mp4", "aac"), VideoProblem.NO_FRAMES),
        (recorded(tone(0.3), "webm", "libopus"), VideoProblem.NO_FRAMES),
        (b"\x00\x00\x00\x20ftypisom" + bytes(500), VideoProblem.DAMAGED),
        (video([scene(RED)] * 5)[:200], VideoProblem.DAMAGED),
        (huge_gif(), VideoProblem.TOO_LARGE),
        (video([np.zeros((2048, 2304, 3), dtype=np.uint8)]), VideoProblem.TOO_LARGE),
        (bytes(9_000_000), VideoProblem.TOO_LARGE),
    ],
)
def test_what_cannot_be_searched_with_is_refused_with_its_reason(data: bytes, problem: VideoProblem) -> None:
    assert refusal(data) is problem


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from([("mp4", "mpeg4"), ("webm", "libvpx"), ("avi", "mpeg4")]),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), max_size=30),
)
def test_damaged_videos_are_frames_or_a_reason(
    kind: tuple[str, str], cut: float, changes: list[tuple[float, int]]
) -> None:
    damaged = bytearray(video([scene(RED), scene(BLUE)] * 2, container=kind[0], codec=kind[1]))
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    try:
        frames = distinct_frames(bytes(damaged[: int(cut * len(damaged))]), LIMITS)
    except VideoError as error:
        assert error.kind in VideoProblem  # noqa: PT017
    else:
        assert 1 <= len(frames) <= 16
