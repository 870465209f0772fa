"""Brings the stack up and takes it down. Both may be called at any time, any number of times, also at once."""

import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from plugin_config.settings import Settings
from vitrine.processes.locking import locked
from vitrine.processes.process import Launcher, end, marked_processes, with_descendants
from vitrine.stack.errors import ServiceDiedError, ServiceSilentError
from vitrine.stack.external import external_stores
from vitrine.stack.last_words import last_words
from vitrine.stack.planning import (
    check_space,
    plan_applications,
    plan_stores,
    with_addresses,
    writing_in,
)
from vitrine.stack.services import STORES, Service
from vitrine.stack.state import ServiceState, StackState, read_state, write_state
from vitrine.stack.watching import Silent, Watcher

LOCK_FILE = "stack.lock"
PROBE_PAUSE_SECONDS = 0.15
GRACE_SECONDS = 10.0


def up(settings: Settings, watcher: Watcher | None = None, *, applications: bool = True) -> StackState:
    """Start what does not run yet and wait until everything answers.

    `applications` False leaves it at OpenSearch and Redis. Whatever this call started ends again when it fails
    or is interrupted. Raises StackError and its kinds.
    """
    folder = settings.state_dir.absolute()
    with writing_in(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / LOCK_FILE):
            check_space(folder)
            before = read_state(folder)
            _end_strays(before.living())
            return _Start(settings, before, watcher or Silent()).run(applications=applications)


def down(settings: Settings) -> int:
    """End every process of the stack, also those left by a crash, and return how many there were.

    Worker, beat and API end first, so that none of them misses its stores.
    """
    folder = settings.state_dir.absolute()
    if not folder.is_dir():
        return 0
    with writing_in(folder), locked(folder / LOCK_FILE), _undisturbed():
        state = read_state(folder).living()
        count = len(with_descendants([*_recorded(state), *marked_processes(folder)]))
        _end_services(state, [name for name in state.services if name not in STORES])
        _end_services(state, list(STORES))
        end(marked_processes(folder), grace_seconds=GRACE_SECONDS)
        write_state(StackState(folder, {}))
        return count


class _Start:
    """One run of `up`: what ran before, what was started by it."""

    def __init__(self, settings: Settings, before: StackState, watcher: Watcher) -> None:
        self._settings = settings
        self._state = before
        self._watcher = watcher
        self._began = time.monotonic()
        self._started: list[str] = []
        self._waiting: list[Service] = []

    def run(self, *, applications: bool) -> StackState:
        try:
            self._start_all(applications=applications)
            self._wait()
        except BaseException:
            with _undisturbed():
                self._undo()
            raise
        return self._state

    def _start_all(self, *, applications: bool) -> None:
        for store in external_stores(self._settings):
            _end_services(self._state, [store.name])  # a local one that ran until the setting came
            self._state = self._state.without(store.name).with_service(store)
        stores = plan_stores(self._settings, self._state, self._watcher)
        for service in stores:
            self._ensure(service)
        if applications:
            for service in plan_applications(with_addresses(self._settings, stores), self._state):
                self._ensure(service)
        write_state(self._state)

    def _ensure(self, service: Service) -> None:
        running = self._state.services.get(service.name)
        intact = running is not None and running.is_alive and running.fingerprint == service.fingerprint
        if intact and service.probe() is not None:
            self._watcher.ready(service.name, time.monotonic() - self._began)
            return
        if running is not None:
            _end_services(self._state, [service.name])
        self._waiting.append(service)
        self._started.append(service.name)
        process = Launcher.start(
            service.command, folder=service.folder, environment=service.environment, log=service.log, uid=service.uid
        )
        started = ServiceState(
            service.name, service.url, process, log=str(service.log), fingerprint=service.fingerprint
        )
        self._state = self._state.with_service(started)
        write_state(self._state)
        self._watcher.starting(service.name)

    def _wait(self) -> None:
        logs = {service.name: service.log for service in self._waiting}
        while self._waiting:
            self._check_alive(logs)
            for service in list(self._waiting):
                self._look_at(service)
            time.sleep(PROBE_PAUSE_SECONDS)
        self._check_alive(logs)
        write_state(self._state)

    def _check_alive(self, logs: Mapping[str, Path]) -> None:
        for name, log in logs.items():
            if not self._state.services[name].is_alive:
                raise ServiceDiedError(f"{name} ended while it was starting{last_words(log)}. Its log: {log}")

    def _look_at(self, service: Service) -> None:
        state = self._state.services[service.name]
        seconds = time.monotonic() - self._began
        version = service.probe()
        if version is not None:
            self._state = self._state.with_service(state.with_version(version))
            self._waiting.remove(service)
            self._watcher.ready(service.name, seconds)
        elif seconds > service.start_seconds:
            raise ServiceSilentError(
                f"{service.name} did not answer within {service.start_seconds:.0f} s{last_words(service.log)}. "
                f"Its log: {service.log}"
            )

    def _undo(self) -> None:
        """End what this run started, also a process whose record was not written yet."""
        kept = self._state.without(*self._started).living()
        _end_strays(kept)
        write_state(kept if any(not s.is_external for s in kept.services.values()) else StackState(kept.folder, {}))


def _end_services(state: StackState, names: list[str]) -> None:
    records = [state.services[name].process for name in names if name in state.services]
    processes = [found for record in records if record is not None and (found := record.find()) is not None]
    end(processes, grace_seconds=GRACE_SECONDS)


def _recorded(state: StackState) -> list[psutil.Process]:
    records = [service.process for service in state.services.values() if service.process is not None]
    return [found for record in records if (found := record.find()) is not None]


def _end_strays(state: StackState) -> None:
    """End processes of this folder that no record knows: left by a crash, or by a start that was killed."""
    numbers = {process.pid for process in with_descendants(_recorded(state))}
    end((p for p in marked_processes(state.folder) if p.pid not in numbers), grace_seconds=GRACE_SECONDS)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not break off the cleaning up that the first one began."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
