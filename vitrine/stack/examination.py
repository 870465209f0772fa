"""Looks at the machine before anything is started: what is there, what is lacking."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil

from plugin_config.errors import VitrineError
from plugin_config.settings import Settings
from vitrine.processes.isolation import Isolation, choose_isolation
from vitrine.processes.ports import holder_of, is_free
from vitrine.stack.discovery import running_api_url
from vitrine.stack.external import external_stores
from vitrine.stack.opensearch.home import cache_folder, home_folder
from vitrine.stack.opensearch.java import find_java
from vitrine.stack.planning import USUAL_API_PORT
from vitrine.stack.redis import find_redis_server
from vitrine.stack.status import Health, examine_stack

RIGHTS = {
    Isolation.DIRECT: "OpenSearch runs as you",
    Isolation.NAMESPACE: "OpenSearch runs in a user namespace, since it refuses to run as root",
    Isolation.DROPPED: "OpenSearch runs as uid 65534, since it refuses to run as root",
}
ROOM_BYTES = 2 * 2**30
MEMORY_BYTES = 3 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `ok` false means that the stack cannot run as it should."""

    name: str
    ok: bool
    text: str


def examine(settings: Settings) -> list[Finding]:
    """All findings; never raises for what it finds."""
    return list(_findings(settings))


def _findings(settings: Settings) -> Iterator[Finding]:
    if settings.opensearch_url is None:
        yield _attempt("java", _java_text)
        home = home_folder(settings)
        there = home.is_dir()
        yield Finding("opensearch files", True, str(home) if there else "fetched by the first `vitrine up` (190 MB)")
        yield Finding("rights", True, RIGHTS[choose_isolation()])
    if settings.redis_url is None:
        yield _attempt("redis", lambda: str(find_redis_server()))
    yield _attempt("addresses by setting", lambda: _external_text(settings))
    for name, folder in (("state folder", settings.state_dir.absolute()), ("cache folder", cache_folder(settings))):
        existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(existing).free
        yield Finding(name, free >= ROOM_BYTES, f"{folder}, {free / 2**30:.1f} GiB free (2 GiB are wanted)")
    memory = psutil.virtual_memory().total
    yield Finding("memory", memory >= MEMORY_BYTES, f"{memory / 2**30:.1f} GiB (3 GiB are wanted)")
    yield _api_port(settings)
    yield from (
        Finding(service.name, False, f"{service.health}; its log: {service.log}")
        for service in examine_stack(settings).services
        if service.health in (Health.DEAD, Health.SILENT)
    )


def _attempt(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look())
    except VitrineError as error:
        return Finding(name, False, str(error))


def _java_text() -> str:
    java = find_java()
    return f"version {java.version}, {java.program}"


def _external_text(settings: Settings) -> str:
    found = [f"{store.name} {store.version} at {store.url}" for store in external_stores(settings)]
    return ", ".join(found) or "none"


def _api_port(settings: Settings) -> Finding:
    port = settings.api_port or USUAL_API_PORT
    if running_api_url(settings) is not None or is_free(port, settings.api_host):
        return Finding("api port", True, str(port))
    fallback = settings.api_port is None  # without a wish, another free port is taken
    return Finding("api port", fallback, f"{port} is taken by {holder_of(port)}" + ("; a free one is used" * fallback))
