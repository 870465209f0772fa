"""Asks each part of the stack whether it works, and which version it is. A probe answers None for no."""

import json
from importlib.metadata import version as installed_version
from urllib.error import URLError
from urllib.request import Request, urlopen

from indexer.app import build_celery
from indexer.broker import connect_redis
from mappings.client import connect
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings


def opensearch_version(settings: Settings) -> str:
    """The version, whatever state the cluster is in. Raises EngineError."""
    client = connect(settings, connections=1)
    try:
        return str(client.request("GET", "/")["version"]["number"])
    finally:
        client.close()


def opensearch_plugins(settings: Settings) -> frozenset[str]:
    """The names of the plugins that any node has. Raises EngineError."""
    client = connect(settings, connections=1)
    try:
        rows = client.request("GET", "/_cat/plugins", params={"format": "json", "h": "component"})
        return frozenset(row["component"] for row in rows)
    finally:
        client.close()


def probe_opensearch(settings: Settings, seconds: float = 2.0) -> str | None:
    """The version once the cluster answers and every primary shard has been found."""
    quick = settings.model_copy(update={"opensearch_timeout_seconds": seconds})
    client = connect(quick, connections=1)
    try:
        if client.request("GET", "/_cluster/health")["status"] == "red":
            return None
        return opensearch_version(quick)
    except VitrineError:
        return None
    finally:
        client.close()


def redis_version(settings: Settings) -> str:
    """The version of the broker's server. Raises RedisError."""
    client = connect_redis(settings)
    try:
        return str(client.info("server")["redis_version"])
    finally:
        client.close()


def probe_redis(settings: Settings) -> str | None:
    """The version once the broker's server has read its data."""
    from redis import RedisError

    try:
        return redis_version(settings)
    except RedisError:
        return None


def probe_worker(settings: Settings, node: str, seconds: float = 1.0) -> str | None:
    """Celery's version once the worker named `node` answers a ping through the broker."""
    from kombu.exceptions import KombuError
    from redis import RedisError

    app = build_celery(settings)
    try:
        answers = app.control.ping(destination=[node], timeout=seconds)
    except (KombuError, RedisError, OSError):
        return None
    finally:
        app.close()
    return installed_version("celery") if answers else None


def probe_beat() -> str:
    """Celery's version: beat answers nobody, that it lives must do."""
    return installed_version("celery")


def probe_api(url: str, seconds: float = 2.0) -> str | None:
    """The API's version once it says that it is alive."""
    request = Request(f"{url}/health", headers={"accept": "application/json"})  # noqa: S310  our own address
    try:
        with urlopen(request, timeout=seconds) as answer:  # noqa: S310
            json.load(answer)
    except (URLError, OSError, ValueError):
        return None
    return installed_version("vitrine")
