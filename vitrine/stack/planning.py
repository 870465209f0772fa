"""Decides which parts this start needs, on which ports, before anything runs."""

import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from plugin_config.settings import Settings
from vitrine.processes.isolation import choose_isolation
from vitrine.processes.ports import free_port, holder_of, is_free
from vitrine.stack.errors import StackError
from vitrine.stack.opensearch.home import install_home
from vitrine.stack.opensearch.java import find_java
from vitrine.stack.opensearch.node import Node, lay_out
from vitrine.stack.opensearch.quarters import find_quarters, settle
from vitrine.stack.redis import find_redis_server, with_database
from vitrine.stack.services import (
    API,
    OPENSEARCH,
    REDIS,
    Service,
    application_services,
    opensearch_service,
    redis_service,
)
from vitrine.stack.state import StackState
from vitrine.stack.watching import Watcher

USUAL_API_PORT = 8600
LEAST_FREE_BYTES = 300 * 1024 * 1024


@contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """Turns the system's refusals into one clear error."""
    try:
        yield
    except OSError as error:
        place = error.filename or folder
        raise StackError(
            f"{place}: {error.strerror or error}. The stack's folder {folder} must be writable and have room; "
            "name another one in VITRINE_STATE_DIR."
        ) from error


def check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise StackError(
            f"{folder}: {free // 2**20} MiB free, the stack needs at least {LEAST_FREE_BYTES // 2**20} MiB to start. "
            "Make room, or name another folder in VITRINE_STATE_DIR."
        )


def plan_stores(settings: Settings, before: StackState, watcher: Watcher) -> list[Service]:
    """OpenSearch and Redis, as far as no setting names others. Installs OpenSearch when it is missing."""
    stores = []
    if settings.opensearch_url is None:
        stores.append(_plan_opensearch(settings, before, watcher))
    if settings.redis_url is None:
        port = _port_of(before, REDIS) or free_port()
        stores.append(redis_service(settings, find_redis_server(), port))
    for store in stores:
        store.folder.mkdir(parents=True, exist_ok=True)
    return stores


def with_addresses(settings: Settings, stores: list[Service]) -> Settings:
    """The settings as the worker and the API need them: every address known, the folder absolute."""
    urls = {store.name: store.url for store in stores}
    redis_url = settings.redis_url or urls[REDIS]
    return settings.model_copy(
        update={
            "state_dir": settings.state_dir.absolute(),
            "opensearch_url": settings.opensearch_url or urls[OPENSEARCH],
            "redis_url": redis_url,
            "features_redis_url": settings.features_redis_url or with_database(redis_url, 1),
        }
    )


def plan_applications(settings: Settings, before: StackState) -> list[Service]:
    """Worker, beat and API. Raises StackError when the API's port is taken by someone else."""
    port = _api_port(settings, before)
    services = application_services(settings.model_copy(update={"api_port": port}), port)
    for service in services:
        service.folder.mkdir(parents=True, exist_ok=True)
    return list(services)


def _plan_opensearch(settings: Settings, before: StackState, watcher: Watcher) -> Service:
    java = find_java()
    home = install_home(settings, watcher.download)
    isolation = choose_isolation()
    quarters = find_quarters(
        home=home, java=java, folder=settings.state_dir.absolute() / "opensearch", isolation=isolation
    )
    running = _port_of(before, OPENSEARCH)
    wanted = settings.opensearch_port
    if wanted is not None and wanted != running and not is_free(wanted):
        raise StackError(
            f"port {wanted} (VITRINE_OPENSEARCH_PORT) is taken by {holder_of(wanted)}. End it or choose another port."
        )
    port = wanted or running or free_port()
    options = tuple(shlex.split(settings.opensearch_java_options))
    node = Node(quarters.home, quarters.folder, port, free_port(), settings.opensearch_heap_mb, options)
    if not _lives(before, OPENSEARCH) or running != port:
        lay_out(node)
        settle(node.folder, isolation)
    return opensearch_service(settings, node, quarters, isolation)


def _api_port(settings: Settings, before: StackState) -> int:
    running = _port_of(before, API)
    wanted = settings.api_port
    if wanted is None:
        usual_is_free = is_free(USUAL_API_PORT, settings.api_host)
        return running or (USUAL_API_PORT if usual_is_free else free_port())
    if wanted != running and not is_free(wanted, settings.api_host):
        raise StackError(f"port {wanted} (VITRINE_API_PORT) is taken by {holder_of(wanted)}. End it or choose another.")
    return wanted


def _lives(state: StackState, name: str) -> bool:
    service = state.services.get(name)
    return service is not None and service.is_alive


def _port_of(state: StackState, name: str) -> int | None:
    """The port the part has, or had before it died if nobody took it since: addresses survive a crash."""
    service = state.services.get(name)
    port = None if service is None or service.is_external else urlsplit(service.url).port
    if service is None or port is None or service.is_alive or is_free(port):
        return port
    return None
