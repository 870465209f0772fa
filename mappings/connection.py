"""Connections to OpenSearch that do what the read path needs and no more: about half the CPU time of aiohttp's."""

import asyncio
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import httptools
from opensearchpy import AIOHttpConnection
from opensearchpy.exceptions import ConnectionError as LostConnection
from opensearchpy.exceptions import ConnectionTimeout

_TARGET = re.compile(r"[!-~]+")  # a space or a line break would begin another request
_Failures = (OSError, EOFError, httptools.HttpParserError)


@dataclass(slots=True)
class Answer:
    """An HTTP answer as it comes in; header names in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    is_last: bool = False

    @property
    def body(self) -> bytes:
        return self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)


class Line(asyncio.Protocol):
    """One open connection: one request at a time. `is_open` is False once either side has ended it."""

    def __init__(self) -> None:
        self.is_open = False
        self._transport: asyncio.Transport
        self._waiting: asyncio.Future[Answer] | None = None
        self._answer = Answer()
        self._parser = httptools.HttpResponseParser(self)

    async def exchange(self, request: bytes) -> Answer:
        """Send a request and wait for its answer. Raises OSError, EOFError, HttpParserError; the line is over then."""
        self._answer, self._parser = Answer(), httptools.HttpResponseParser(self)
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            self._transport.write(request)
            return await self._waiting
        except BaseException:  # also when nobody waits for the answer any more: it must not be taken for the next one's
            self.close()
            raise
        finally:
            self._waiting = None

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self.is_open = cast(asyncio.Transport, transport), True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._fail(exc or EOFError("the connection was closed before the answer was complete"))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(error)
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._answer.headers[key] = text
        if key == "warning":
            self._answer.warnings.append(text)

    def on_body(self, body: bytes) -> None:
        self._answer.pieces.append(body)

    def on_message_complete(self) -> None:
        self._answer.status = self._parser.get_status_code()
        self._answer.is_last = not self._parser.should_keep_alive()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(self._answer)

    def _fail(self, error: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


class LeanConnection(AIOHttpConnection):
    """What opensearch-py calls a connection: a pool of lines to one address. Passwords and TLS are its parent's."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._idle: list[Line] = []
        self._turns = asyncio.Semaphore(self._limit or 1)
        self._always = _lines({"host": urlsplit(self.host).netloc, **self.headers})

    async def perform_request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
        ignore: Collection[int] = (),
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body. Raises the errors of opensearchpy, as its own connections do."""
        target = f"{self.url_prefix}{url}?{urlencode(params)}" if params else f"{self.url_prefix}{url}"
        request = self._request(method, target, body or b"", headers or {})
        begin = time.perf_counter()
        try:
            async with asyncio.timeout(self.timeout if timeout is None else timeout):
                answer = await self._exchange(request)
        except TimeoutError as error:
            raise ConnectionTimeout("TIMEOUT", str(error), error) from error
        except _Failures as error:
            raise LostConnection("N/A", str(error), error) from error
        self._raise_warnings(answer.warnings)
        taken = time.perf_counter() - begin
        if not 200 <= answer.status < 300 and answer.status not in ignore:
            self.log_request_fail(method, target, target, body, taken, status_code=answer.status)
            self._raise_error(answer.status, answer.body, answer.headers.get("content-type"))
        return answer.status, answer.headers, answer.body

    async def close(self) -> None:
        """Hang up all lines that nobody uses."""
        while self._idle:
            self._idle.pop().close()
        await asyncio.sleep(0)  # hanging up takes one turn of the loop
        await super().close()

    def _request(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        if not _TARGET.fullmatch(target) or method == "HEAD":  # an answer to HEAD has a length and no body
            raise ValueError(f"{method} {target[:200]!r} cannot be sent over this connection")
        always = (
            self._always if not headers else _lines({"host": urlsplit(self.host).netloc, **self.headers, **headers})
        )
        return f"{method} {target} HTTP/1.1\r\n{always}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body

    async def _exchange(self, request: bytes) -> Answer:
        async with self._turns:
            line = await self._line()
            answer = await line.exchange(request)
            if answer.is_last:
                line.close()
            else:
                self._idle.append(line)
            return answer

    async def _line(self) -> Line:
        while self._idle:
            line = self._idle.pop()
            if line.is_open:
                return line
        name = self.hostname if self._ssl_context else None
        _, line = await asyncio.get_running_loop().create_connection(
            Line, self.hostname, self.port, ssl=self._ssl_context, server_hostname=name
        )
        return line


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())
