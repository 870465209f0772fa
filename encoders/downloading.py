"""Downloads that cannot be led astray: every hop is resolved, checked and pinned; bytes and time are capped."""

import asyncio
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import certifi
import httpx

from encoders.addresses import Resolve, is_refused, resolve_by_system
from encoders.pictures_decoding import PictureError, PictureProblem, too_many_bytes

MAX_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_LEAST_SPEED: Final = 250_000  # bytes a second, of those whose waiting grows with what has come
# A body compressed on the way could grow past the byte cap after it was counted.
_HEADERS: Final = {"User-Agent": "Vitrine", "Accept-Encoding": "identity"}


class Downloader:
    """Fetches bytes over http and https. Construction is cheap; `close` lets its name-lookup threads go."""

    def __init__(self, *, resolve: Resolve = resolve_by_system, what: str = "picture", accept: str = "image/*") -> None:
        self._resolve = resolve
        self._what = what
        self._headers = {**_HEADERS, "Accept": accept}
        self._lookups = ThreadPoolExecutor(max_workers=8, thread_name_prefix="lookup")

    async def download(
        self,
        url: str,
        *,
        max_bytes: int,
        timeout_seconds: float,
        allow_private: bool,
        name: str,
        patience_seconds: float | None = None,
    ) -> bytes:
        """The body, after at most three redirects. Raises PictureError; `name` is how its message calls the URL.

        `patience_seconds`: how long it waits where next to nothing comes; what comes at a fair speed has `timeout_seconds`.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        patience = timeout_seconds if patience_seconds is None else min(patience_seconds, timeout_seconds)
        clock = asyncio.timeout(patience)

        def has_come(size: int) -> None:
            clock.reschedule(begun + min(timeout_seconds, patience + size / _LEAST_SPEED))

        try:
            async with clock:
                target = _Target(name, max_bytes, allow_private=allow_private)
                return await self._follow(httpx.URL(url), target, has_come)
        except TimeoutError as error:
            raise PictureError(
                PictureProblem.TIMEOUT,
                f"{name}: no {self._what} within {loop.time() - begun:.1f} seconds; check its server "
                "(VITRINE_PICTURE_TIMEOUT_SECONDS bounds what a feed waits for)",
            ) from error
        except httpx.InvalidURL as error:
            raise PictureError(PictureProblem.UNREADABLE_REFERENCE, f"{name}: not a usable URL ({error})") from error
        except (httpx.HTTPError, OSError) as error:
            raise PictureError(
                PictureProblem.UNREACHABLE,
                f"{name}: cannot be fetched ({error or type(error).__name__}); check the address and its server",
            ) from error

    def close(self) -> None:
        self._lookups.shutdown(wait=False, cancel_futures=True)

    async def _follow(self, url: httpx.URL, target: "_Target", has_come: Callable[[int], None]) -> bytes:
        # No proxy from the environment: it would resolve the name again, out of our sight.
        async with httpx.AsyncClient(verify=self._trust, trust_env=False, timeout=None) as client:  # noqa: S113
            for _ in range(MAX_REDIRECTS + 1):
                request = await self._pinned(client, url, allow_private=target.allow_private, name=target.name)
                response = await client.send(request, stream=True)
                try:
                    if response.status_code not in _REDIRECTS:
                        self._require_body(response, target.name)
                        return await _body(response, target, has_come)
                    url = url.join(_next(response, target.name))
                finally:
                    await response.aclose()
        raise PictureError(
            PictureProblem.UNREACHABLE, f"{target.name}: more than {MAX_REDIRECTS} redirects; give the last URL"
        )

    def _require_body(self, response: httpx.Response, name: str) -> None:
        if response.status_code in _GONE:
            raise PictureError(
                PictureProblem.MISSING,
                f"{name}: the server answers {response.status_code}; put it there or mend the address",
            )
        if response.status_code != 200:
            raise PictureError(
                PictureProblem.UNREACHABLE,
                f"{name}: the server answers {response.status_code} instead of a {self._what}",
            )

    async def _pinned(
        self, client: httpx.AsyncClient, url: httpx.URL, *, allow_private: bool, name: str
    ) -> httpx.Request:
        """A request to the very address that was checked, under the name it was asked by."""
        if url.scheme not in ("http", "https"):
            raise PictureError(PictureProblem.REFUSED_ADDRESS, f"{name}: leads to {url.scheme}:, not to http or https")
        if not url.host:
            raise PictureError(
                PictureProblem.UNREADABLE_REFERENCE, f"{name}: the address names no host; give all of it"
            )
        address = await self._checked_address(url, allow_private=allow_private, name=name)
        host = url.netloc.decode("ascii")
        return client.build_request(
            "GET",
            url.copy_with(host=address),
            headers={**self._headers, "Host": host},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )

    async def _checked_address(self, url: httpx.URL, *, allow_private: bool, name: str) -> str:
        port = url.port or (443 if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        host = url.raw_host.decode("ascii")
        try:
            addresses = await loop.run_in_executor(self._lookups, self._resolve, host, port)
        except (OSError, UnicodeError) as error:
            raise PictureError(
                PictureProblem.UNREACHABLE, f"{name}: the host {host} has no address ({error}); check the name"
            ) from error
        refused = next((a for a in addresses if is_refused(a, allow_private=allow_private)), None)
        if refused is not None or not addresses:
            where = "" if refused is None or refused == url.host else f"is {refused}, "
            way_out = (
                f"no setting lets {self._what}s come from there"
                if refused is not None and is_refused(refused, allow_private=True)
                else f"{self._what}s from private networks need VITRINE_PICTURE_ALLOW_PRIVATE=true"
            )
            raise PictureError(
                PictureProblem.REFUSED_ADDRESS, f"{name}: {host} {where or 'is '}not a public address; {way_out}"
            )
        return addresses[0]

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        return context


@dataclass(frozen=True, slots=True)
class _Target:
    """`name`: how messages call the URL."""

    name: str
    max_bytes: int
    allow_private: bool


def _next(response: httpx.Response, name: str) -> str:
    where: str = response.headers.get("location", "")
    if not where:
        raise PictureError(PictureProblem.UNREACHABLE, f"{name}: its server redirects to nowhere; give the last URL")
    return where


async def _body(response: httpx.Response, target: _Target, has_come: Callable[[int], None]) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > target.max_bytes:
            raise too_many_bytes(target.name, target.max_bytes)
        has_come(size)
        parts.append(part)
    return b"".join(parts)
