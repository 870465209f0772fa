"""OpenSearch's answers kept by request: the index stands still while the shop learns, so equal requests have equal answers."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from mappings.client import AsyncClient

Request = Callable[..., Awaitable[Any]]


def remember_answers(client: AsyncClient) -> None:
    """Let this client ask OpenSearch for each search once. Everything behind it runs each time."""
    client.request = _remembering(client.request)  # type: ignore[method-assign,assignment]


def _remembering(ask: Request) -> Request:
    kept: dict[bytes, bytes] = {}

    async def request(method: str, path: str, **asked: Any) -> Any:
        if not path.endswith("/_search"):
            return await ask(method, path, **asked)
        key = orjson.dumps([path, asked], option=orjson.OPT_SERIALIZE_NUMPY)
        if key not in kept:
            kept[key] = orjson.dumps(await ask(method, path, **asked))
        return orjson.loads(kept[key])

    return request
