"""POST /events: batches of what shoppers did, from browsers and from a shop's own servers."""

import time
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from indexer.behaviour.composition import open_receiving
from indexer.behaviour.flood import FloodGate, TooManyEvents
from indexer.behaviour.half_characters import read_json
from indexer.behaviour.messages import EventsResponse, events_response
from indexer.behaviour.received import Received
from indexer.behaviour.receiving import EventFormat, Line, Receiving, Source
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings

MOST_BYTES: Final = 5_000_000
MOST_RECORDS: Final = 20_000
_DESCRIPTION = """One JSON object, a list of them, or one a line (`application/x-ndjson`, `text/plain`). UBI 1.3.0 records
name their catalogue as `application`, unless `catalogue` does. When this answers, what is accepted is on the disk; sent
again, it counts once. Events with a hit's `token` in `event_attributes.token` teach the ranking; others are kept."""
_CONTENT = {
    "application/json": {"schema": {"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}},
    "application/x-ndjson": {"schema": {"type": "string"}},
    "text/plain": {"schema": {"type": "string"}},
}
_REQUEST_BODY = {"requestBody": {"required": True, "content": _CONTENT}}


class TooLarge(VitrineError):
    """A batch of events is larger than may be sent at once."""

    code = "body_too_large"
    status = 413


class UnreadableEvents(VitrineError):
    """A body that holds no record at all."""

    code = "unreadable_events"
    status = 400


def build_events_router(settings: Settings, *, on_received: Callable[[Received], None] = lambda _: None) -> APIRouter:
    """The route. Nothing is connected before the first request; `on_received` hears of every batch."""
    gate = FloodGate(settings.events_per_minute, clock=time.monotonic)
    opening = Lock()

    @lru_cache(maxsize=1)
    def opened() -> Receiving:
        return open_receiving(settings)

    def receive(body: bytes, source: Source, client: str) -> Received:
        lines = read_body(body)
        if len(lines) > MOST_RECORDS:
            raise TooLarge(f"a batch may hold {MOST_RECORDS:,} events; send these {len(lines):,} in several")
        gate.take(client, len(lines))
        with opening:
            receiving = opened()
        received = receiving.receive(lines, source)
        on_received(received)
        return received

    router = APIRouter(tags=["behaviour"])

    @router.post(
        "/events",
        response_model=EventsResponse,
        summary="Tell what shoppers did",
        description=_DESCRIPTION,
        openapi_extra=_REQUEST_BODY,
    )
    async def post_events(
        request: Request,
        catalogue: Annotated[str | None, Query(description="The catalogue of all of them.", max_length=80)] = None,
        format: Annotated[EventFormat, Query(description="ubi or metarank.")] = EventFormat.UBI,
    ) -> Response:
        body = await _limited(request)
        source = Source(format, catalogue, agent=request.headers.get("user-agent", "")[:500])
        client = request.client.host if request.client else ""
        try:
            received = await run_in_threadpool(receive, body, source, client)
        except TooManyEvents as error:
            return _too_many(request, error)
        return Response(events_response(received).model_dump_json(), media_type="application/json")

    return router


def read_body(body: bytes) -> list[Line]:
    """The records of a body: a JSON object, a list, or lines. Raises UnreadableEvents for an empty one."""
    stripped = body.strip()
    if not stripped:
        raise UnreadableEvents("the body is empty; send one event, a list of events, or one a line")
    if stripped[:1] == b"[":
        try:
            records = read_json(stripped)
        except ValueError as error:
            raise UnreadableEvents(f"the body begins as a list and is no JSON: {error}") from error
        return [Line(number, record) for number, record in enumerate(records, start=1)]
    try:
        return [Line(1, read_json(stripped))]
    except ValueError:
        lines = enumerate(body.splitlines(), start=1)
        return [Line(number, line) for number, line in lines if line.strip()]


async def _limited(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise TooLarge(f"a batch of events may have {MOST_BYTES:,} bytes; send several smaller ones")
    return bytes(body)


def _too_many(request: Request, error: TooManyEvents) -> Response:
    request.scope["problem_code"] = error.code
    problem = {
        "type": f"urn:vitrine:problem:{error.code}",
        "title": error.code.replace("_", " "),
        "status": error.status,
        "detail": str(error),
        "instance": request.url.path,
        "request_id": request.scope.get("request_id"),
    }
    headers = {"Retry-After": str(error.retry_after_seconds)}
    return Response(orjson.dumps(problem), error.status, headers, media_type="application/problem+json")
