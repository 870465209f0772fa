"""What feature rows are made from and where they go: the products of the index, and the Redis of the rows."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from mappings import fields
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.filters import FieldKind, indexed_fields
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings
from ranking.features.statistics import ProductColumns

PAGE = 5_000
NUMBER_ROLES = ("price", "popularity", "rating", "rating_count")
KEYWORD_ROLES = ("brand", "category")
Progress = Callable[[int, int], None]
Hit = dict[str, Any]


class FeatureRowsUnavailable(VitrineError):
    """The Redis for feature rows cannot be used."""

    code = "feature_rows"
    status = 503


def connect_rows(settings: Settings) -> Redis | None:
    """The Redis that keeps feature rows; None when none is set. Does not speak to it yet."""
    url = settings.features_redis_url or settings.redis_url
    if url is None:
        return None
    more: dict[str, Any] = {**settings.redis_trust(url)}
    redis: Redis = Redis.from_url(url, socket_connect_timeout=5, socket_timeout=30, **more)
    return redis


def read_columns(client: Client, stored: StoredCatalogue) -> ProductColumns:
    """What rows need to know of every product, by id. Raises the errors of mappings.errors."""
    paths = _role_paths(stored)
    hits: list[Hit] = []
    group = None if stored.catalogue.group is None else fields.GROUP
    for page in _pages(client, stored.alias, [*paths.values(), *filter(None, [group])]):
        hits += page
    return ProductColumns(
        ids=tuple(hit["_id"] for hit in hits),
        **{role: _numbers(hits, paths.get(role)) for role in NUMBER_ROLES},  # type: ignore[arg-type]
        **{role: _keywords(hits, paths.get(role)) for role in KEYWORD_ROLES},  # type: ignore[arg-type]
        variant_of=() if group is None else _keywords(hits, group),
    )


def _role_paths(stored: StoredCatalogue) -> dict[str, str]:
    """Document field by role, of the roles whose field is kept as a value; a brand that is only searched text is not."""
    indexed = indexed_fields(stored.catalogue)
    wanted = dict.fromkeys(NUMBER_ROLES, FieldKind.NUMBER) | dict.fromkeys(KEYWORD_ROLES, FieldKind.KEYWORD)
    found = {}
    for role, kind in wanted.items():
        field = indexed.get(getattr(stored.catalogue.roles, role) or "")
        if field is not None and field.kind is kind:
            found[role] = field.path
    return found


def _pages(client: Client, alias: str, paths: Sequence[str]) -> Iterator[list[Hit]]:
    """All products by id, a page at a time."""
    body: dict[str, Any] = {
        "size": PAGE,
        "_source": False,
        "track_total_hits": False,
        "query": {"match_all": {}},
        "docvalue_fields": [{"field": path} for path in paths],
        "sort": [{fields.ID: "asc"}],
    }
    while True:
        answer = client.search(alias, body)
        hits = answer["hits"]["hits"]
        if not hits:
            return
        yield hits
        body["search_after"] = hits[-1]["sort"]


def _numbers(hits: Sequence[Hit], path: str | None) -> NDArray[np.float64]:
    return np.array([value if (value := _first(hit, path)) is not None else np.nan for hit in hits], dtype=np.float64)


def _keywords(hits: Sequence[Hit], path: str | None) -> list[str | None]:
    return [None if (value := _first(hit, path)) is None else str(value) for hit in hits]


def _first(hit: Hit, path: str | None) -> Any:
    values = hit.get("fields", {}).get(path) if path else None
    return values[0] if values else None
