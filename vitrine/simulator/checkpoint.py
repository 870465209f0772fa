"""How far a simulation is: what is on the disk of the API is remembered, so that an interrupted one goes on there."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated. Two equal plans are the same simulation, as long as the first is not done."""

    catalogue: str
    days: int
    shoppers: int
    seed: int
    click_model: str
    policy: str | None

    @property
    def key(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:24]


@dataclass(slots=True)
class Standing:
    """`run` names the simulation in event ids; `until`: when its last day ends; `day` and `visit`: the next to be made.

    `counts` by name, and of each day [lists that persons saw, sum of their true nDCG].
    """

    run: str
    until: float
    day: int = 0
    visit: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    quality: dict[str, list[float]] = field(default_factory=dict)

    def count(self, name: str, by: int = 1) -> None:
        if by:
            self.counts[name] = self.counts.get(name, 0) + by


class Checkpoint:
    """The standing of one plan in a folder; gone when the simulation is done."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._file = folder / f"{plan.key}.json"

    def read(self) -> Standing | None:
        """None where there is none, or none that can be read: the simulation then begins anew."""
        try:
            return Standing(**json.loads(self._file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, standing: Standing) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(asdict(standing)), encoding="utf-8")
        draft.replace(self._file)

    def done(self) -> None:
        self._file.unlink(missing_ok=True)
