"""Connections to OpenSearch against a server that answers as it likes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from mappings.client import AsyncClient, connect_async
from mappings.errors import EngineRejected, EngineUnavailable, NotFound
from plugin_config.settings import Settings

pytestmark = pytest.mark.asyncio
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Counts lines and requests; sends the next of `answers` for each request, the last one again and again.

    `late`: the answer to that address is held back until `release` is set.
    """

    def __init__(self, *answers: bytes, hang_up: bool = False, seconds: float = 0.0, late: bytes = b"") -> None:
        self._answers = list(answers)
        self._hang_up = hang_up
        self._seconds = seconds
        self._late = late
        self.release = asyncio.Event()
        self.lines = self.open = 0
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        self.open += 1
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            self.requests.append(head + await reader.readexactly(length))
            sent = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            if self._late and self._late in head:
                await self.release.wait()
            await asyncio.sleep(self._seconds)
            writer.write(sent)
            if self._hang_up:
                break
        writer.close()
        await asyncio.sleep(0)
        self.open -= 1

    @asynccontextmanager
    async def client(self, settings: Settings) -> AsyncIterator[AsyncClient]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        changed = {"opensearch_url": f"http://127.0.0.1:{port}", "opensearch_user": "reader"}
        client = connect_async(settings.model_copy(update=changed))
        try:
            yield client
        finally:
            await client.close()
            server.close()
            while self.open:  # a line ends when its task has seen that the other side is gone
                await asyncio.sleep(0.01)


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def test_one_line_serves_one_request_after_the_other(settings: Settings) -> None:
    server = Server(answer(b'{"n":1}'), answer(b'{"n":2}'))
    async with server.client(settings) as client:
        found = [await client.request("GET", "/a"), await client.search("b", {"size": 0}, flag=True)]
    assert found == [{"n": 1}, {"n": 2}]
    assert server.lines == 1
    assert server.requests[1].startswith(b"POST /b/_search?flag=true HTTP/1.1\r\n")
    assert server.requests[1].endswith(b'\r\n\r\n{"size":0}')
    assert b"authorization: Basic " in server.requests[1]


async def test_requests_at_the_same_time_get_their_own_answers(settings: Settings) -> None:
    server = Server(answer(b"[0]"), answer(b"[1]"), answer(b"[2]"), seconds=0.02)
    async with server.client(settings) as client:
        found = await asyncio.gather(*(client.request("GET", f"/{n}") for n in range(3)))
    assert sorted(found) == [[0], [1], [2]]


async def test_an_answer_in_pieces_is_put_together(settings: Settings) -> None:
    pieces = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    async with Server(pieces + b'3\r\n{"n\r\n4\r\n":7}\r\n0\r\n\r\n').client(settings) as client:
        assert await client.request("GET", "/a") == {"n": 7}


async def test_a_line_that_the_server_ends_is_replaced(settings: Settings) -> None:
    server = Server(answer(b'{"n":1}', "200 OK", "connection: close"), hang_up=True)
    async with server.client(settings) as client:
        assert [await client.request("GET", "/a") for _ in range(3)] == [{"n": 1}] * 3
    assert server.lines == 3


async def test_half_an_answer_is_asked_for_again_and_then_told(settings: Settings) -> None:
    server = Server(answer(b'{"n":1}')[:-2], hang_up=True)
    async with server.client(settings) as client:
        with pytest.raises(EngineUnavailable, match="cannot be reached"):
            await client.request("GET", "/a")
    assert len(server.requests) == 3


async def test_something_that_speaks_no_http_is_told(settings: Settings) -> None:
    async with Server(b"+PONG\r\n").client(settings) as client:
        with pytest.raises(EngineUnavailable):
            await client.request("GET", "/a")


async def test_a_late_answer_is_not_taken_for_the_next_one(settings: Settings) -> None:
    server = Server(answer(b'{"n":"late"}'), answer(b'{"n":2}'), late=b"GET /a ")
    async with server.client(settings) as client:
        given_up = asyncio.ensure_future(client.request("GET", "/a", timeout_seconds=2.0))
        while not server.requests:  # on a busy machine the time may be over before anything was asked
            assert not given_up.done()
            await asyncio.sleep(0.01)
        with pytest.raises(EngineUnavailable, match="no answer in time"):
            await given_up
        server.release.set()
        assert await client.request("GET", "/b") == {"n": 2}


async def test_refusals_become_errors_of_our_own(settings: Settings) -> None:
    told = b'{"error":{"type":"parsing_exception","root_cause":[{"reason":"unknown query"}]},"status":400}'
    async with Server(answer(told, "400 Bad Request"), answer(b"{}", "404 Not Found")).client(settings) as client:
        with pytest.raises(EngineRejected, match="unknown query"):
            await client.request("POST", "/a", body={})
        with pytest.raises(NotFound):
            await client.request("GET", "/a")


async def test_a_line_break_in_a_path_begins_no_second_request(settings: Settings) -> None:
    server = Server(answer(b"{}"))
    async with server.client(settings) as client:
        with pytest.raises(ValueError, match="cannot be sent"):
            await client.request("GET", "/a HTTP/1.1\r\n\r\nDELETE /shop")
    assert server.requests == []
