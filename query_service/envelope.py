"""What surrounds every request: an id, a limit to its body, security headers, a log line and a count."""

import contextlib
import logging
import time
import uuid
from collections.abc import MutableMapping
from typing import Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plugin_config.product_address import keep_slashes
from query_service.answer_headers import complete_headers
from query_service.metrics import Metrics
from query_service.problems import MEDIA_TYPE

log = logging.getLogger("vitrine.requests")


class Envelope:
    """ASGI middleware. `max_body_bytes` counts what really arrives, whatever the headers say."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, max_body_bytes: int) -> None:
        self._app = app
        self._metrics = metrics
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["path"] = keep_slashes(scope.get("raw_path") or b"", scope["path"])
        passage = _Passage(scope, receive, send, self._max_body_bytes)
        begin = time.perf_counter()
        try:
            await self._passed(passage, scope)
        except Exception:  # it is answered outside of this, as a problem: it counts all the same
            scope["problem_code"] = "unexpected"
            raise
        finally:
            self._metrics.request(scope, passage.status, time.perf_counter() - begin)
            log.info(
                "%s %s %d %.1f ms %s",
                scope["method"],
                scope["path"],
                passage.status,
                (time.perf_counter() - begin) * 1000,
                scope["request_id"],
            )

    async def _passed(self, passage: "_Passage", scope: Scope) -> None:
        if passage.declared_too_large():
            await passage.refuse()
            return
        with contextlib.suppress(_BodyTooLarge):
            await self._app(scope, passage.receive, passage.send)
        if passage.is_too_large:
            await passage.refuse()


class _BodyTooLarge(Exception):
    pass


class _Passage:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._limit = limit
        self._received = 0
        self._has_started = False
        self.is_too_large = False
        self._is_refusing = False
        self.status = 500
        scope["request_id"] = uuid.uuid4().hex

    def declared_too_large(self) -> bool:
        for name, value in self._scope["headers"]:
            if name == b"content-length":
                return value.isdigit() and int(value) > self._limit
        return False

    async def receive(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > self._limit:
            self.is_too_large = True
            raise _BodyTooLarge
        return message

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if self.is_too_large and not self._is_refusing:
            return  # the app took our refusal for damaged input and answers that: ours comes instead
        if message["type"] == "http.response.start":
            self._has_started = True
            self.status = message["status"]
            complete_headers(MutableHeaders(scope=message), self._scope["request_id"])
        await self._send(message)

    async def refuse(self) -> None:
        """Answer 413, unless an answer is already on its way."""
        if self._has_started:
            return
        self._is_refusing = True
        body = orjson.dumps(
            {
                "type": "urn:vitrine:problem:body_too_large",
                "title": "body too large",
                "status": 413,
                "detail": f"the body is larger than {self._limit:,} bytes; send less or raise VITRINE_API_MAX_BODY_MB",
                "instance": self._scope["path"],
                "request_id": self._scope["request_id"],
            }
        )
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": 413, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
