"""Picture references (file, URL, data URI) to decoded pictures, within limits of time, bytes, pixels and reach.

A file is read only below an allowed root; an address is resolved once, checked, and the connection goes to exactly
the address that was checked, so that a name cannot point elsewhere a moment later.
"""

import asyncio
import base64
import binascii
import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from encoders.addresses import Resolve, resolve_by_system
from encoders.downloading import Downloader
from encoders.encoder import Picture
from encoders.pictures_decoding import PictureError, PictureProblem, decode_picture, too_many_bytes
from plugin_config.settings import Settings

_AT_ONCE: Final = 16
_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How far a fetch may reach. `timeout_seconds` bounds one picture from name lookup to last byte; `longest_side` as in
    `decode_picture`.
    """

    max_bytes: int
    max_pixels: int
    timeout_seconds: float
    allow_private: bool = False
    roots: tuple[Path, ...] = ()
    longest_side: int | None = None

    @classmethod
    def of(cls, settings: Settings, *, roots: Sequence[Path] = ()) -> "FetchLimits":
        """The limits that the settings give, with further folders that a catalogue brings."""
        return cls(
            max_bytes=settings.picture_max_bytes,
            max_pixels=settings.picture_max_pixels,
            timeout_seconds=settings.picture_timeout_seconds,
            allow_private=settings.picture_allow_private,
            roots=(*settings.picture_roots, *roots),
        )


class PictureFetcher:
    """Fetches and decodes pictures, several at once. One per process; `close` lets its threads go."""

    def __init__(self, *, threads: int = 2, resolve: Resolve = resolve_by_system) -> None:
        self._decoding = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="picture")
        self._downloader = Downloader(resolve=resolve)

    def fetch_all(self, references: Sequence[str], limits: FetchLimits) -> list[Picture | PictureError]:
        """One outcome per reference, in order; an error is returned in its place, never raised."""
        return asyncio.run(self._gather(references, limits))

    async def fetch(self, reference: str, limits: FetchLimits) -> Picture:
        """One decoded picture. Raises PictureError."""
        name = shown(reference)
        data = await self._bytes(reference, limits, name=name)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._decoding, lambda: _decode(data, limits, name=name))

    def close(self) -> None:
        self._decoding.shutdown(wait=False, cancel_futures=True)
        self._downloader.close()

    async def _gather(self, references: Sequence[str], limits: FetchLimits) -> list[Picture | PictureError]:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def outcome(reference: str) -> Picture | PictureError:
            async with gate:
                try:
                    return await self.fetch(reference, limits)
                except PictureError as error:
                    return error

        return await asyncio.gather(*(outcome(reference) for reference in references))

    async def _bytes(self, reference: str, limits: FetchLimits, *, name: str) -> bytes:
        scheme = reference.partition(":")[0].lower()
        if scheme == "data":
            return _inline_bytes(reference, limits, name=name)
        if scheme in ("http", "https"):
            return await self._downloader.download(
                reference,
                max_bytes=limits.max_bytes,
                timeout_seconds=limits.timeout_seconds,
                allow_private=limits.allow_private,
                name=name,
            )
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._decoding, lambda: _file_bytes(reference, limits, name=name))


def shown(reference: str) -> str:
    """The reference as it may stand in a log: no password, no query string, no picture in base64, not endless."""
    if reference[:5].lower() == "data:":
        return f"{reference[:30].partition(',')[0]},…"
    if reference[:4].lower() == "http":
        try:
            parts = urlsplit(reference)
            reference = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        except ValueError:
            reference = reference.partition("?")[0].rpartition("@")[2]
    cleaned = "".join(c if c.isprintable() else "�" for c in reference[: _SHOWN + 1])
    return cleaned if len(cleaned) <= _SHOWN else f"{cleaned[:_SHOWN]}…"


def _decode(data: bytes, limits: FetchLimits, *, name: str) -> Picture:
    return decode_picture(data, max_pixels=limits.max_pixels, longest_side=limits.longest_side, name=name)


def _inline_bytes(reference: str, limits: FetchLimits, *, name: str) -> bytes:
    head, comma, body = reference.partition(",")
    if not comma:
        raise PictureError(
            PictureProblem.UNREADABLE_REFERENCE, f"{name}: a data URI needs a comma: data:image/png;base64,…"
        )
    if len(body) > limits.max_bytes * 4:
        raise too_many_bytes(name, limits.max_bytes)
    if not head.lower().endswith(";base64"):
        data = unquote_to_bytes(body)
    else:
        try:
            data = base64.b64decode("".join(unquote(body).split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise PictureError(
                PictureProblem.UNREADABLE_REFERENCE, f"{name}: the base64 of this data URI is damaged ({error})"
            ) from error
    if len(data) > limits.max_bytes:
        raise too_many_bytes(name, limits.max_bytes)
    return data


def _file_bytes(reference: str, limits: FetchLimits, *, name: str) -> bytes:
    """Bytes of a regular file whose real path, all links followed, lies below a root. Raises PictureError."""
    real = _allowed_path(reference, limits.roots, name=name)
    try:
        # O_NOFOLLOW: the last step cannot have become a link since; O_NONBLOCK: a named pipe cannot hold us.
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise PictureError(
            PictureProblem.MISSING, f"{name}: the file cannot be read ({error.strerror}); put it there or mend the feed"
        ) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise PictureError(PictureProblem.NOT_A_PICTURE, f"{name}: not a regular file; name a picture")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise too_many_bytes(name, limits.max_bytes)
    return data


def _allowed_path(reference: str, roots: Sequence[Path], *, name: str) -> Path:
    path = unquote(urlsplit(reference).path) if reference[:7].lower() == "file://" else reference
    if "\x00" in path or not path.strip():
        raise PictureError(PictureProblem.UNREADABLE_REFERENCE, f"{name}: not a path, URL or data URI of a picture")
    is_allowed = False
    for root in roots:
        real_root = os.path.realpath(root)
        real = os.path.realpath(os.path.join(real_root, path))  # noqa: PTH118  joins text that may be no path
        if os.path.commonpath((real, real_root)) == real_root:
            is_allowed = True
            if os.path.exists(real):  # noqa: PTH110  answers False to impossible names, where Path raises
                return Path(real)
    if is_allowed:
        raise PictureError(
            PictureProblem.MISSING, f"{name}: there is no such file; put it there or mend the feed and index it again"
        )
    raise PictureError(
        PictureProblem.REFUSED_PATH,
        f"{name}: lies outside the folders pictures may be read from; add its folder to VITRINE_PICTURE_ROOTS",
    )
