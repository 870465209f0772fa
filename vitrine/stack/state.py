"""What the stack in a folder has started: one JSON file, written whole or not at all."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from vitrine.processes.process import ProcessRecord

STATE_FILE = "stack.json"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One part of the stack. `process` is None when the part is not ours to start (an address by setting).

    `fingerprint` stands for everything that the part was started with: another one means start it anew.
    """

    name: str
    url: str
    process: ProcessRecord | None
    log: str | None = None
    version: str | None = None
    fingerprint: str = ""

    @property
    def is_external(self) -> bool:
        return self.process is None

    @property
    def is_alive(self) -> bool:
        return self.process is None or self.process.is_alive

    def with_version(self, version: str | None) -> "ServiceState":
        return replace(self, version=version)


@dataclass(frozen=True, slots=True)
class StackState:
    """All parts by name, in the order they were started; empty when nothing runs."""

    folder: Path
    services: Mapping[str, ServiceState]

    def with_service(self, service: ServiceState) -> "StackState":
        return replace(self, services={**self.services, service.name: service})

    def without(self, *names: str) -> "StackState":
        return replace(self, services={n: s for n, s in self.services.items() if n not in names})

    def living(self) -> "StackState":
        """Only the parts whose process is really there."""
        return replace(self, services={n: s for n, s in self.services.items() if s.is_alive})


def read_state(folder: Path) -> StackState:
    """The recorded state; empty when there is none or the file is damaged (its processes are found by their mark)."""
    try:
        raw = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
        services = {name: _service(value) for name, value in raw["services"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return StackState(folder, {})
    return StackState(folder, services)


def write_state(state: StackState) -> None:
    """Replace the file in one step. Raises OSError."""
    path = state.folder / STATE_FILE
    if not state.services:
        path.unlink(missing_ok=True)
        return
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)  # addresses may carry a password
    text = json.dumps({"services": {name: asdict(service) for name, service in state.services.items()}}, indent=1)
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)


def _service(raw: dict[str, object]) -> ServiceState:
    process = raw.pop("process")
    record = ProcessRecord(int(process["pid"]), float(process["born"])) if isinstance(process, dict) else None
    return ServiceState(process=record, **raw)  # type: ignore[arg-type]
