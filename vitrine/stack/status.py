"""How the stack is doing: one value, for people and for programs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from plugin_config.settings import Settings
from vitrine.processes.process import with_descendants
from vitrine.stack.probes import probe_api, probe_beat, probe_opensearch, probe_redis, probe_worker
from vitrine.stack.services import API, BEAT, OPENSEARCH, REDIS, STORES, WORKER, worker_node
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
    """Ask one part; the addresses of local stores come from the record, those of others from the settings."""
    local = {f"{s.name}_url": s.url for s in state.services.values() if s.name in STORES and not s.is_external}
    here = settings.model_copy(update=local)
    match service.name:
        case "opensearch":
            return probe_opensearch(here)
        case "redis":
            return probe_redis(here)
        case "worker":
            return probe_worker(here, worker_node(settings))
        case "api":
            return probe_api(service.url)
    return probe_beat()


def _resident_mb(process: psutil.Process) -> int:
    total = 0
    for one in with_descendants([process]):
        try:
            total += one.memory_info().rss
        except psutil.Error:
            continue
    return total // 2**20
