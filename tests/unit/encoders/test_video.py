"""Videos from strangers: a frame of each scene, or a reason."""

import io
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from encoders.scenes import Frame, Scenes
from encoders.video import VideoError, VideoLimits, VideoProblem, distinct_frames
from tests.recordings import recorded, tone, wav
from tests.videos import BLUE, GREEN, RED, animation, scene, video

LIMITS = VideoLimits(max_bytes=8_000_000, max_pixels=4_000_000, max_seconds=30)
LIMITS_OF_LONG = VideoLimits(max_bytes=8_000_000, max_pixels=4_000_000, max_seconds=90, patience_seconds=60)


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
    scenes.add(np.tile(scene((0, 0, 0), size=40), (2, 2, 1)), 99.0)
    frames = scenes.frames()
    assert len(frames) == 16
    assert frames[-1].seconds == 99.0


def filmed(*parts: tuple[np.ndarray, int]) -> tuple[Frame, ...]:
    """The frames chosen of pictures that are shown for so many samples each."""
    scenes = Scenes()
    for number, picture in enumerate(picture for picture, times in parts for _ in range(times)):
        scenes.add(picture, number / 6)
    return scenes.frames()


def dimmed(picture: np.ndarray, share: float, other: np.ndarray | None = None) -> np.ndarray:
    return (picture * share + (0 if other is None else other * (1 - share))).astype(np.uint8)


def test_a_fade_adds_no_frame_and_black_is_none() -> None:
    one, other, black = scene(RED), scene(BLUE, at=0.05), np.zeros((160, 160, 3), dtype=np.uint8)
    across = [(dimmed(one, share, other), 1) for share in (0.75, 0.5, 0.25)]
    assert [frame.seconds for frame in filmed((one, 6), *across, (other, 6))] == [0.0, 9 / 6]
    out, back = (dimmed(one, 0.5), 1), (dimmed(other, 0.5), 1)
    assert [frame.seconds for frame in filmed((black, 2), (one, 6), out, (black, 3), back, (other, 6))] == [
        2 / 6,
        13 / 6,
    ]
    assert len(filmed((black, 5))) == 1  # better than none


def test_light_that_falls_is_no_new_scene() -> None:
    assert len(filmed(*((dimmed(scene(RED), 1 - 0.04 * step), 1) for step in range(12)))) == 1


def test_a_scene_weighs_as_long_as_it_is_seen() -> None:
    assert [frame.seen for frame in filmed((scene(RED), 9), (scene(GREEN), 3))] == [9, 3]


def test_a_long_video_with_few_key_frames_is_seen_whole() -> None:
    shown = [scene(paint) for paint in (RED, GREEN, BLUE) for _ in range(250)]
    long = video(shown, codec="libx264", options={"keyint": "1000", "scenecut": "0", "preset": "ultrafast"})
    assert len(distinct_frames(long, LIMITS_OF_LONG)) == 3


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
