"""A model from the event log, through the gate and into service: for the command line and for the schedule."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from ranking.behaviour.log.event_log import EventLog
from ranking.behaviour.seen import Sighting
from ranking.errors import ModelError, TrainingError
from ranking.features.feature import Feature, Source
from ranking.lambdamart.building import Circumstances
from ranking.lambdamart.manifest import DataRecord
from ranking.lambdamart.store import ModelStore
from ranking.lambdamart.training import Progress
from ranking.learning.gate import Bounds, Check, GateReport, examine_model
from ranking.learning.joining import LogReading, read_shown
from ranking.learning.shown import ShownLog
from ranking.learning.splitting import FEWEST_LISTS, split_by_time
from ranking.learning.studying import Studied, Wishes, examination, study

MoreChecks = Callable[[LogReading], Iterable[Check]]
_DEFAULT_CLICKS: Final = "position"  # examines a model that says nothing of clicks


@dataclass(frozen=True, slots=True)
class School:
    """What learning works on: the log and the models of one catalogue, and the features that it declares now.
    `sighting`: how it is known what shoppers saw.
    """

    catalogue: str
    log: EventLog
    store: ModelStore
    features: tuple[Feature, ...]
    sighting: Sighting = field(default_factory=Sighting)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    @property
    def bounds(self) -> Bounds:
        """Counters and profiles change as shoppers act, also in a healthy shop: their drift is told, not judged."""
        return Bounds(moving=frozenset(f.name for f in self.features if f.source in (Source.BEHAVIOUR, Source.PROFILE)))


@dataclass(frozen=True, slots=True)
class Period:
    """Searches served in [since, until), in seconds since 1970."""

    since: float = 0.0
    until: float = float("inf")


@dataclass(frozen=True, slots=True)
class Learned:
    """A model that was learned and kept. `is_used`: it serves now."""

    studied: Studied
    reading: LogReading
    gate: GateReport
    is_used: bool
    seconds: float


def learn_from_behaviour(
    school: School,
    wishes: Wishes,
    *,
    period: Period | None = None,
    use: bool | None = None,
    more: MoreChecks = lambda _reading: (),
    progress: Progress | None = None,
) -> Learned:
    """Read the log, learn, keep the model, ask the gate and let it serve where the gate is open. `use` True or False
    overrules the gate. Raises TrainingError when the log holds nothing to learn, and the errors of log and store.
    """
    started, times = time.monotonic(), period or Period()
    reading = read_shown(
        school.log, school.catalogue, school.names, since=times.since, until=times.until, sighting=school.sighting
    )
    _require_searches(reading, times)
    serving = school.store.pointer().current
    circumstances = Circumstances(school.catalogue, "behaviour", datetime.now(UTC), parent=serving)
    studied = study(reading, school.features, wishes, circumstances=circumstances, progress=progress)
    manifest = studied.model.manifest
    school.store.save(manifest, dict(studied.model.trees))
    gate = examine_model(school.store, manifest.id, studied.held, bounds=school.bounds, more=more(reading))
    is_used = gate.is_open if use is None else use
    if is_used:
        school.store.use(manifest.id)
    return Learned(studied, reading, gate, is_used, time.monotonic() - started)


def examine_stored(school: School, model: str, *, more: MoreChecks = lambda _reading: ()) -> GateReport:
    """The gate for a model that is kept: on lists served after all that it learned from, or the last fifth where it
    learned from no clicks. Raises ModelError for no such model, and the errors of the log.
    """
    manifest = school.store.manifest(model)
    if manifest.catalogue != school.catalogue:
        raise ModelError(f"model {model} belongs to the catalogue {manifest.catalogue}; name that one with --catalogue")
    reading = read_shown(school.log, school.catalogue, school.names, sighting=school.sighting)
    later, clicks = _later(reading, manifest.data.until), manifest.data.click_model or _DEFAULT_CLICKS
    held = examination(later.log, clicks, before=_learned_from(reading.log, manifest.data), seed=Wishes().seed)
    return examine_model(school.store, model, held, bounds=school.bounds, more=more(reading))


def _learned_from(log: ShownLog, data: DataRecord) -> ShownLog:
    """What the log still holds of the lists that a model learned from."""
    if data.since is None or data.until is None:
        return log.part([])
    since, until = data.since.timestamp(), data.until.timestamp()
    return log.part([i for i, shown in enumerate(log.lists) if since <= shown.at < until])


def _later(reading: LogReading, until: datetime | None) -> LogReading:
    lists: Sequence[int]
    if until is not None:
        lists = [i for i, shown in enumerate(reading.log.lists) if shown.at >= until.timestamp()]
    elif len(reading.log.lists) >= FEWEST_LISTS:
        try:
            return replace(reading, log=split_by_time(reading.log).held_out)
        except TrainingError:
            lists = []  # no contrast in the log: there is nothing to compare on, and the gate says so
    else:
        lists = range(len(reading.log.lists))
    return replace(reading, log=reading.log.part(lists))


def _require_searches(reading: LogReading, times: Period) -> None:
    """Raises TrainingError that says what became of the searches when none of them teaches."""
    if reading.log.lists:
        return
    if times != Period() and not any(reading.counts.values()):
        raise TrainingError(
            "the log holds no search of the time that was asked for; `vitrine events status` shows its times"
        )
    found = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in reading.counts.items())
    raise TrainingError(
        f"the log holds no search to learn from ({found}); let shoppers search through the API and send their events with "
        "the tokens of the hits to /events (docs/how-to/events.md), then train"
    )
