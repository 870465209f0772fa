"""Recordings and videos by reference (data URI or http address) to bytes, as guarded as pictures are.

MediaError    the bytes cannot be had; `is_too_large` says whether for their number
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from encoders.addresses import Resolve, resolve_by_system
from encoders.downloading import Downloader
from encoders.fetching import shown
from encoders.pictures_decoding import PictureError, PictureProblem
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings

PATIENCE_SECONDS: Final = 2.5  # a shopper waits; what comes at a fair speed has longer
_GROWTH: Final = 4  # an encoded body is at most so many times as long as its bytes


class MediaError(VitrineError):
    """The bytes of a recording or video cannot be had."""

    code = "media"
    status = 422

    def __init__(self, message: str, *, is_too_large: bool = False) -> None:
        super().__init__(message)
        self.is_too_large = is_too_large


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """How far a fetch may reach. `timeout_seconds` bounds it from name lookup to last byte."""

    max_bytes: int
    timeout_seconds: float
    allow_private: bool = False

    @classmethod
    def of(cls, settings: Settings, *, max_bytes: int) -> "MediaLimits":
        return cls(max_bytes, settings.picture_timeout_seconds, settings.picture_allow_private)


class MediaFetcher:
    """Fetches the bytes of recordings or videos. `what`: how messages call them. `close` lets its threads go."""

    def __init__(self, what: str, *, resolve: Resolve = resolve_by_system) -> None:
        self._what = what
        self._downloader = Downloader(resolve=resolve, what=what, accept="*/*")

    async def fetch(self, reference: str, limits: MediaLimits) -> bytes:
        """Raises MediaError."""
        name = shown(reference)
        if reference[:5].lower() == "data:":
            return self._inline(reference, limits, name=name)
        if not reference.lower().startswith(("http://", "https://")):
            raise MediaError(f"{name}: only data URIs and http(s) addresses can be searched with")
        try:
            return await self._downloader.download(
                reference,
                max_bytes=limits.max_bytes,
                timeout_seconds=limits.timeout_seconds,
                allow_private=limits.allow_private,
                name=name,
                patience_seconds=PATIENCE_SECONDS,
            )
        except PictureError as error:
            raise MediaError(str(error), is_too_large=error.kind is PictureProblem.TOO_LARGE) from error

    def close(self) -> None:
        self._downloader.close()

    def _inline(self, reference: str, limits: MediaLimits, *, name: str) -> bytes:
        head, comma, body = reference.partition(",")
        if not comma:
            raise MediaError(f"{name}: a data URI needs a comma: data:audio/webm;base64,…")
        if len(body) > limits.max_bytes * _GROWTH:
            raise MediaError(f"{name}: too large", is_too_large=True)
        if not head.lower().endswith(";base64"):
            return unquote_to_bytes(body)
        try:
            return base64.b64decode("".join(unquote(body).split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise MediaError(f"{name}: the base64 of this data URI is damaged ({error})") from error
