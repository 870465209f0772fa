"""Pictures of products as small, safe files: fetched within limits, decoded, drawn anew in the size asked for, kept."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image

from encoders.encoder import Picture
from encoders.fetching import FetchLimits, PictureFetcher
from plugin_config.settings import Settings
from query_service.catalogues import CatalogueLookup
from query_service.errors import PictureNotHad
from query_service.lookup import Lookup
from query_service.surviving import those_had

MEDIA_TYPE = "image/webp"
LARGEST_SIDE = 1024
QUALITY = 84
MOST_AT_ONCE = 8  # pictures of one product that are compared with a shopper's
KEPT_BYTES = 64_000_000
KEPT_SECONDS = 600.0  # how long a picture that changed under its old name may go unnoticed
REFERENCE_KEPT_SECONDS = 30.0  # how long another picture of a product may go unnoticed
KEPT_REFERENCES = 20_000


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A WebP picture and the mark by which browsers know that they have it."""

    data: bytes
    etag: str
    made_at: float


class PictureServing:
    """Serves pictures. Bytes from elsewhere never go out as they came: each is decoded and drawn anew."""

    def __init__(
        self,
        lookup: Lookup,
        catalogues: CatalogueLookup,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lookup = lookup
        self._catalogues = catalogues
        self._settings = settings
        self._clock = clock
        self._fetcher = PictureFetcher(threads=2)
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="thumbnail")
        self._kept: OrderedDict[tuple[str, str, int], Thumbnail] = OrderedDict()
        self._kept_bytes = 0
        self._references: OrderedDict[tuple[str, str, int], tuple[float, str]] = OrderedDict()

    async def picture(self, name: str, product_id: str, number: int, size: int) -> Thumbnail:
        """The picture, its longer side at most `size` pixels.

        Raises NotFound, ProductNotFound, PictureNotHad, and PictureError when it cannot be had.
        """
        reference = await self._known_reference(name, product_id, number)
        key = (name, reference, size)
        if key in self._kept and self._clock() - self._kept[key].made_at < KEPT_SECONDS:
            self._kept.move_to_end(key)
            return self._kept[key]
        decoded = await self._fetched(name, reference, size)
        data = await asyncio.get_running_loop().run_in_executor(self._threads, drawn, decoded)
        thumbnail = Thumbnail(data, f'"{hashlib.blake2b(data, digest_size=12).hexdigest()}"', self._clock())
        self._keep(key, thumbnail)
        return thumbnail

    async def decoded(self, name: str, product_id: str, number: int, size: int) -> Picture:
        """The picture's pixels, its longer side about `size`. Raises as `picture`."""
        return await self._fetched(name, await self._reference(name, product_id, number), size)

    async def every_decoded(self, name: str, product_id: str, size: int) -> dict[int, Picture]:
        """The product's pictures that can be had, the first MOST_AT_ONCE of them, by their numbers.

        Raises as `picture`, and what became of the first where none can be had.
        """
        record = await self._lookup.product(name, product_id)
        if not record.pictures:
            raise PictureNotHad(f"product {product_id[:80]!r} has no pictures")
        had, _ = await those_had(self._fetched(name, each, size) for each in record.pictures[:MOST_AT_ONCE])
        return had

    async def _known_reference(self, name: str, product_id: str, number: int) -> str:
        """The picture's reference as of half a minute ago at most: pages of thumbnails are not asked for one by one."""
        key, now = (name, product_id, number), self._clock()
        kept = self._references.get(key)
        if kept is not None and now - kept[0] < REFERENCE_KEPT_SECONDS:
            return kept[1]
        self._references.pop(key, None)
        reference = await self._reference(name, product_id, number)
        self._references[key] = now, reference
        while len(self._references) > KEPT_REFERENCES:
            self._references.popitem(last=False)
        return reference

    async def _reference(self, name: str, product_id: str, number: int) -> str:
        record = await self._lookup.product(name, product_id)
        if not 0 <= number < len(record.pictures):
            raise PictureNotHad(
                f"product {product_id[:80]!r} has {len(record.pictures)} pictures; they are counted from 0"
            )
        return record.pictures[number]

    async def _fetched(self, name: str, reference: str, size: int) -> Picture:
        served = await self._catalogues.get(name)
        limits = FetchLimits.of(self._settings, roots=served.stored.picture_roots)
        return await self._fetcher.fetch(reference, replace(limits, longest_side=size))

    def close(self) -> None:
        self._fetcher.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _keep(self, key: tuple[str, str, int], thumbnail: Thumbnail) -> None:
        older = self._kept.pop(key, None)
        self._kept_bytes -= len(older.data) if older is not None else 0
        self._kept[key] = thumbnail
        self._kept_bytes += len(thumbnail.data)
        while self._kept_bytes > KEPT_BYTES:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped.data)


def drawn(picture: Picture) -> bytes:
    """The picture as WebP."""
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=QUALITY, method=3)
    return buffer.getvalue()
