"""The fixtures that every integration test stands on give real, empty, separate places."""

import redis

from mappings.client import connect
from plugin_config.settings import Settings


def test_the_test_engine_has_vector_search(settings: Settings) -> None:
    client = connect(settings)
    plugins = {row["component"] for row in client.request("GET", "/_cat/plugins", params={"format": "json"})}
    client.close()
    assert {"opensearch-knn", "opensearch-neural-search"} <= plugins


def test_the_test_redis_never_evicts(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as server:
        assert server.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert server.config_get("appendonly") == {"appendonly": "yes"}
