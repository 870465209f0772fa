"""A small gate in front of a real server: it speaks TLS, asks for a password, or falls shut, as a test wants it."""

import asyncio
import base64
import contextlib
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

_REFUSAL = b'HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm="test"\r\ncontent-length: 0\r\n\r\n'


@dataclass
class Front:
    """Listens on a port of its own and passes bytes to `target` (host, port) and back.

    `tls` makes it speak TLS; with `login` (user, password) the first request of each connection must carry them.
    """

    target: tuple[str, int]
    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def open(self) -> None:
        """Take connections, at the same port as before."""
        self._run(self._listen())

    def cut(self) -> None:
        """End every connection at once and refuse new ones."""
        self._run(self._fall())

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _fall(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        for _ in range(2_000):  # aborted connections say goodbye in the loop, which a busy machine may leave waiting
            if not self._open:
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        below: asyncio.StreamWriter | None = None
        try:
            head = await reader.readuntil(b"\r\n\r\n") if self.login else b""
            if not self._may_pass(head):
                writer.write(_REFUSAL)
                await writer.drain()
                return
            answers, below = await asyncio.open_connection(*self.target)
            below.write(head)
            await asyncio.gather(_pump(reader, below), _pump(answers, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # one of both has gone
        finally:
            for each in filter(None, (writer, below)):
                each.close()
            self._open.discard(writer)

    def _may_pass(self, head: bytes) -> bool:
        if self.login is None:
            return True
        wanted = b"Basic " + base64.b64encode(":".join(self.login).encode())
        lines = [line.partition(b":") for line in head.split(b"\r\n")]
        return any(name.lower() == b"authorization" and value.strip() == wanted for name, _, value in lines)

    def _run(self, work: Any) -> None:
        done: Future[None] = asyncio.run_coroutine_threadsafe(work, self._loop)
        done.result(timeout=60)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()  # the other direction ends with this one


@contextlib.contextmanager
def front(
    target: tuple[str, int], *, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> Iterator[Front]:
    """An open front, gone at the end of the context."""
    made = Front(target, tls, login)
    made._loop.set_exception_handler(lambda *_: None)  # a cut connection is no news
    thread = threading.Thread(target=made._loop.run_forever, daemon=True)
    thread.start()
    try:
        made.open()
        yield made
    finally:
        made.cut()
        made._loop.call_soon_threadsafe(made._loop.stop)
        thread.join(timeout=5)
        made._loop.close()
