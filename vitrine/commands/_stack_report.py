"""The state of the stack as a JSON object and as a table."""

from dataclasses import asdict
from typing import Any

from vitrine.stack.services import API, OPENSEARCH, REDIS
from vitrine.stack.status import Health, StackStatus

_WORDS = {Health.WORKS: "works", Health.SILENT: "does not answer", Health.DEAD: "died", Health.STOPPED: "not running"}


def as_object(status: StackStatus) -> dict[str, Any]:
    """What `--json` prints: overall state, addresses, and every part by name."""
    return {
        "running": status.running,
        "state_dir": str(status.folder),
        "urls": {name: status.url_of(name) for name in (API, OPENSEARCH, REDIS)},
        "resident_mb": sum(service.resident_mb for service in status.services),
        "services": {s.name: {k: v for k, v in asdict(s).items() if k != "name"} for s in status.services},
    }


def as_table(status: StackStatus) -> str:
    """One line a part, and where its log is when something is wrong with it."""
    lines = []
    for service in status.services:
        where = f"{service.url or ''}{' (yours)' if service.external else ''}"
        pid = f"pid {service.pid}" if service.pid else ""
        size = f"{service.resident_mb} MiB" if service.resident_mb else ""
        line = f"{service.name:<11}{_WORDS[service.health]:<16}{service.version or '':<10}{pid:<12}{size:<10}{where}"
        lines.append(line.rstrip())
        if service.health in (Health.DEAD, Health.SILENT) and service.log:
            lines.append(f"{'':<11}its log: {service.log}")
    return "\n".join(lines)
