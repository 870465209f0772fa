"""What is seen in a video: a few frames, searched with like pictures, and told apart again in the hits."""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.media_fetching import MediaError, MediaFetcher, MediaLimits
from encoders.scenes import Frame
from encoders.video import VideoError, VideoLimits, VideoProblem, distinct_frames, too_large
from mappings.client import AsyncClient
from mappings.fields import VectorField
from mappings.filters import Body
from plugin_config.settings import Settings
from query_service.media_messages import MatchedFrame, VideoInput
from query_service.messages import PictureInput

NAME: Final = "video"
_QUALITY: Final = 94
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Watched:
    """The frames of a video as pictures to search with, and the seconds at which they stand."""

    images: tuple[PictureInput, ...]
    seconds: tuple[float, ...]


class Watching:
    """Turns videos into pictures. One per process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fetcher = MediaFetcher("video")
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watch")

    def close(self) -> None:
        self._fetcher.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def watch(self, video: VideoInput) -> Watched:
        """Raises VideoError."""
        limits = VideoLimits.of(self._settings)
        try:
            data = await self._fetcher.fetch(video.uri, MediaLimits.of(self._settings, max_bytes=limits.max_bytes))
        except MediaError as error:
            if error.is_too_large:
                raise too_large(NAME, limits.max_bytes) from error
            raise VideoError(VideoProblem.NOT_FETCHED, f"{NAME}: {error}") from error
        return await self._run(lambda: _watched(distinct_frames(data, limits, name=NAME), video.weight))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _watched(frames: Sequence[Frame], weight: float) -> Watched:
    share = weight / sum(frame.seen for frame in frames)  # pooled, a scene counts as long as it is to be seen
    images = tuple(PictureInput(uri=_data_uri(frame), weight=share * frame.seen) for frame in frames)
    return Watched(images, tuple(round(frame.seconds, 2) for frame in frames))


def _data_uri(frame: Frame) -> str:
    buffer = BytesIO()
    Image.fromarray(frame.picture).save(buffer, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


@dataclass(frozen=True, slots=True)
class Filmed:
    """Unit vectors of a video's frames, shape (frames, dimension), and where the frames stand in it."""

    vectors: NDArray[np.float32]
    seconds: Sequence[float]


async def matched_frames(
    client: AsyncClient, alias: str, target: VectorField, ids: Sequence[str], filmed: Filmed
) -> Mapping[str, MatchedFrame]:
    """The frame that each product looks most like, by its nearest picture. Products without a picture vector are absent.

    Raises EngineError.
    """
    answer = await client.search(alias, vectors_body(target, ids))
    found: dict[str, MatchedFrame] = {}
    for hit in answer["hits"]["hits"]:
        views = read_views(target, hit["_source"])
        if views.size == 0:
            continue
        closeness = (filmed.vectors @ views.T).max(axis=1)
        best = int(closeness.argmax())
        found[hit["_id"]] = MatchedFrame(
            index=best, seconds=filmed.seconds[best], closeness=round(float(closeness[best]), 4)
        )
    return found


def vectors_body(target: VectorField, ids: Sequence[str]) -> Body:
    """Asks for the picture vectors of these products."""
    return {
        "size": len(ids),
        "track_total_hits": False,
        "_source": [target.name, target.views_vector],
        "query": {"bool": {"filter": [{"ids": {"values": list(ids)}}]}},
    }


def read_views(target: VectorField, source: Mapping[str, Any]) -> NDArray[np.float32]:
    """The unit vectors of a product's pictures, shape (pictures, dimension); of their mean where there are none singly."""
    rows = [view["vector"] for view in source.get(target.views_name) or () if view.get("vector")]
    if not rows and source.get(target.name):
        rows = [source[target.name]]
    views = np.asarray(rows, dtype=np.float32).reshape(len(rows), target.dimension)
    lengths = np.linalg.norm(views, axis=1, keepdims=True)
    return np.asarray(views / np.where(lengths > 0, lengths, 1), dtype=np.float32)
