"""The parts of the stack as values: the command of each, its folder, its log and how it says that it is ready."""

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mappings.client import without_password
from plugin_config.settings import Settings
from vitrine.processes.isolation import Isolation
from vitrine.processes.process import MARK
from vitrine.stack.environment import child_environment, serving_environment, store_environment
from vitrine.stack.opensearch.artifacts import OPENSEARCH_VERSION
from vitrine.stack.opensearch.node import Node, java_command
from vitrine.stack.opensearch.quarters import Quarters
from vitrine.stack.probes import probe_api, probe_beat, probe_opensearch, probe_redis, probe_worker
from vitrine.stack.redis import redis_command

OPENSEARCH, REDIS, WORKER, BEAT, API = "opensearch", "redis", "worker", "beat", "api"
STORES = (OPENSEARCH, REDIS)
APPLICATION = "vitrine.worker:celery_app"


@dataclass(frozen=True, slots=True)
class Service:
    """One part that can be started. `probe` gives its version when it works, else None."""

    name: str
    url: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    log: Path
    probe: Callable[[], str | None]
    start_seconds: float
    uid: int | None = None
    identity: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Equal for two parts that were started with the same intent."""
        told = [f"{k}={v}" for k, v in sorted(self.environment.items()) if k.startswith("VITRINE_") and k != MARK]
        return hashlib.sha256("\0".join([*self.identity, *told]).encode()).hexdigest()[:16]


def opensearch_service(settings: Settings, node: Node, quarters: Quarters, isolation: Isolation) -> Service:
    """The node, under the rights that this machine gives it."""
    state_dir = settings.state_dir.absolute()
    local = settings.model_copy(
        update={"opensearch_url": node.url, "opensearch_user": None, "opensearch_password": None}
    )
    return Service(
        name=OPENSEARCH,
        url=node.url,
        command=isolation.wrap(java_command(node, quarters.java)),
        folder=quarters.home,
        environment=store_environment(state_dir),
        log=state_dir / "logs" / "opensearch.log",
        probe=lambda: probe_opensearch(local),
        start_seconds=300,
        uid=isolation.uid,
        identity=(node.url, str(node.heap_mb), *node.java_options, OPENSEARCH_VERSION, str(node.home)),
    )


def redis_service(settings: Settings, program: Path, port: int) -> Service:
    """The server, with its append-only file below the stack's folder."""
    state_dir = settings.state_dir.absolute()
    url = f"redis://127.0.0.1:{port}/0"
    command = redis_command(program, state_dir / "redis", port)
    local = settings.model_copy(update={"redis_url": url})
    return Service(
        name=REDIS,
        url=url,
        command=command,
        folder=state_dir / "redis",
        environment=store_environment(state_dir),
        log=state_dir / "logs" / "redis.log",
        probe=lambda: probe_redis(local),
        start_seconds=60,
        identity=tuple(command),
    )


def worker_node(settings: Settings) -> str:
    """The worker's name on the broker: several stacks may share one."""
    return f"vitrine-{hashlib.sha256(str(settings.state_dir.absolute()).encode()).hexdigest()[:8]}@local"


def application_services(settings: Settings, port: int) -> tuple[Service, ...]:
    """Worker, beat and API. `settings` must carry all addresses."""
    node = worker_node(settings)
    celery = (sys.executable, "-m", "celery", "-A", APPLICATION)
    level = f"--loglevel={settings.log_level}"
    schedule = settings.state_dir.absolute() / "beat" / "schedule"
    shown = without_password(settings.redis_url or "")
    concurrency = f"--concurrency={settings.worker_concurrency}"
    # Mingling and gossip are for workers that know each other; they cost seconds at start.
    worker = (*celery, "worker", concurrency, f"--hostname={node}", level, "--without-mingle", "--without-gossip")
    beat = (*celery, "beat", f"--schedule={schedule}", "--pidfile=", level)
    url = f"http://{_reachable(settings.api_host)}:{port}"
    serve = (sys.executable, "-m", "uvicorn", "vitrine.api:create_app", "--factory", f"--host={settings.api_host}")
    api = (*serve, f"--port={port}", f"--log-level={settings.log_level.lower()}", "--timeout-graceful-shutdown=5")
    return (
        _python_service(settings, WORKER, worker, url=shown, probe=lambda: probe_worker(settings, node)),
        _python_service(settings, BEAT, beat, url=shown, probe=probe_beat),
        _python_service(settings, API, (*api, "--no-access-log"), url=url, probe=lambda: probe_api(url)),
    )


def _reachable(host: str) -> str:
    """How the API is called on this machine when it listens on `host`."""
    if host in ("0.0.0.0", "::"):  # noqa: S104  compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _python_service(
    settings: Settings, name: str, command: Sequence[str], *, url: str, probe: Callable[[], str | None]
) -> Service:
    state_dir = settings.state_dir.absolute()
    return Service(
        name=name,
        url=url,
        command=command,
        folder=state_dir / name,
        environment=serving_environment(settings) if name == API else child_environment(settings),
        log=state_dir / "logs" / f"{name}.log",
        probe=probe,
        start_seconds=120,
        identity=tuple(command),
    )
