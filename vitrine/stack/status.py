"""How the stack is doing: one value, for people and for programs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from plugin_config.settings import Settings
from vitrine.processes.process import with_descendants
from vitrine.stack.probes import probe_api, probe_opensearch, probe_redis, probe_worker
from vitrine.stack.redis import with_database
from vitrine.stack.services import API, BEAT, OPENSEARCH, REDIS, WORKER, worker_node
from vitrine.stack.state import ServiceState, StackState, read_state

SERVICES = (OPENSEARCH, REDIS, WORKER, BEAT, API)


class Health(StrEnum):
    """`works`: answers. `silent`: lives and does not answer. `dead`: was started and is gone. `stopped`: not started."""

    WORKS = "works"
    SILENT = "silent"
    DEAD = "dead"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One part. `resident_mb` counts its descendants too, shared pages once for each."""

    name: str
    health: Health
    url: str | None = None
    pid: int | None = None
    version: str | None = None
    external: bool = False
    resident_mb: int = 0
    log: str | None = None


@dataclass(frozen=True, slots=True)
class StackStatus:
    """All parts. `running` is true when every one of them works."""

    folder: Path
    services: tuple[ServiceStatus, ...]

    @property
    def running(self) -> bool:
        return all(service.health is Health.WORKS for service in self.services)

    def url_of(self, name: str) -> str | None:
        return next((s.url for s in self.services if s.name == name and s.health is not Health.STOPPED), None)


def examine_stack(settings: Settings) -> StackStatus:
    """Ask every part whether it works; at most about three seconds."""
    folder = settings.state_dir.absolute()
    state = read_state(folder)
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        found = pool.map(lambda name: _examine(settings, state, name), SERVICES)
        return StackStatus(folder, tuple(found))


def _examine(settings: Settings, state: StackState, name: str) -> ServiceStatus:
    service = state.services.get(name)
    if service is None:
        return ServiceStatus(name, Health.STOPPED)
    if not service.is_alive:
        return ServiceStatus(name, Health.DEAD, service.url, version=service.version, log=service.log)
    version = _probe(settings, state, service)
    health = Health.WORKS if version is not None else Health.SILENT
    process = service.process.find() if service.process else None
    return ServiceStatus(
        name,
        health,
        url=service.url,
        pid=process.pid if process else None,
        version=version or service.version,
        external=service.is_external,
        resident_mb=_resident_mb(process) if process else 0,
        log=service.log,
    )


def _probe(settings: Settings, state: StackState, service: ServiceState) -> str | None:
    match service.name:
        case name if name == OPENSEARCH:
            here = settings if service.is_external else settings.model_copy(update={"opensearch_url": service.url})
            return probe_opensearch(here)
        case name if name == REDIS:
            return probe_redis(_broker(settings, state), _ca_file(settings))
        case name if name == WORKER:
            return probe_worker(_broker(settings, state), worker_node(settings))
        case name if name == API:
            return probe_api(service.url)
    return "running"


def _broker(settings: Settings, state: StackState) -> str:
    redis = state.services.get(REDIS)
    local = redis.url if redis is not None and not redis.is_external else None
    return local or settings.redis_url or with_database("redis://127.0.0.1", 0)


def _ca_file(settings: Settings) -> str | None:
    return str(settings.redis_ca_file) if settings.redis_ca_file else None


def _resident_mb(process: psutil.Process) -> int:
    total = 0
    for one in with_descendants([process]):
        try:
            total += one.memory_info().rss
        except psutil.Error:
            continue
    return total // 2**20
