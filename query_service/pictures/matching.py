"""Where a product's picture and the pictures of a search agree."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import EncoderError, Picture, PictureEncoder
from encoders.picture.heat import heat_map
from plugin_config.policy import SubQueryKind
from query_service.catalogues import CatalogueLookup
from query_service.encoding import QueryEncoding
from query_service.errors import UnsearchablePicture
from query_service.messages import PictureInput
from query_service.picture_serving import PictureServing
from query_service.pictures.messages import MatchRequest, MatchResponse

T = TypeVar("T")
DRAWN_SIDE = 320  # pixels that a product's picture is decoded to


class Matching:
    """Compares pictures part by part. One per process; it works in a thread of its own, so that searches do not wait."""

    def __init__(self, catalogues: CatalogueLookup, encoding: QueryEncoding, pictures: PictureServing) -> None:
        self._catalogues = catalogues
        self._encoding = encoding
        self._pictures = pictures
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="heat")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def match(self, name: str, product_id: str, number: int | None, request: MatchRequest) -> MatchResponse:
        """The likeness of a product's picture to the pictures of a search, and both heat maps.

        `number`: which of the product's pictures; None: the one that is most alike. Raises NotFound, ProductNotFound,
        PictureNotHad, PictureError, UnsearchablePicture where pictures cannot be encoded, and EngineErrors.
        """
        begin = time.perf_counter()
        served = await self._catalogues.get(name)
        shown = await self._shown(name, product_id, number)
        encoded = await self._encoding.encode_pictures(served.stored, request.images)
        seen = encoded.vectors.get(SubQueryKind.PICTURE_VECTOR)
        if seen is None:
            reason = next(iter(encoded.failed.values()), "there are no picture vectors")
            raise UnsearchablePicture(f"the pictures cannot be compared: {reason}")
        asked = await self._encoding.pixels(first_wanted(request.images))
        try:
            encoder = await self._encoding.picture_encoder(served.stored.catalogue)
            number, score, query, product = await self._run(lambda: _compare(encoder, asked, shown, seen[1]))
        except EncoderError as error:
            raise UnsearchablePicture(f"the pictures cannot be compared: {error}") from error
        took = round((time.perf_counter() - begin) * 1000, 2)
        return MatchResponse(number=number, score=score, query=_rows(query), product=_rows(product), took_ms=took)

    async def _shown(self, name: str, product_id: str, number: int | None) -> dict[int, Picture]:
        if number is None:
            return await self._pictures.every_decoded(name, product_id, DRAWN_SIDE)
        return {number: await self._pictures.decoded(name, product_id, number, DRAWN_SIDE)}

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def first_wanted(images: list[PictureInput]) -> PictureInput:
    """The picture whose parts are looked at: the first that results shall be like."""
    return next((image for image in images if image.weight >= 0), images[0])


def _compare(
    encoder: PictureEncoder, asked: Picture, shown: Mapping[int, Picture], vector: NDArray[np.float32]
) -> tuple[int, float, NDArray[np.float32], NDArray[np.float32]]:
    """The number of the picture that is most alike, its likeness, and the heat over `asked` and over it."""
    numbers, own = list(shown), encoder.encode_pictures(list(shown.values()))
    likeness = own @ vector
    best = int(likeness.argmax())
    heat = heat_map(encoder, asked, own[best]), heat_map(encoder, shown[numbers[best]], vector)
    return numbers[best], round(float(likeness[best]), 4), *heat


def _rows(heat: NDArray[np.float32]) -> list[list[float]]:
    return [[round(float(value), 3) for value in row] for row in heat]
