"""Waiting for an OpenSearch that is busy, full or away for a while, instead of losing what was about to be written."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mappings import bulk
from mappings.bulk import Action, Outcome, Result
from mappings.client import Client
from mappings.errors import DiskFull, EngineBusy, EngineError, EngineUnavailable

_Answer = TypeVar("_Answer")
_LONGEST_PAUSE_SECONDS = 5.0
_PASSING = (EngineBusy, EngineUnavailable, DiskFull)


def _tell_nobody(_error: EngineError) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Patience:
    """Asks again, with growing pauses, for about `seconds`. `tell` hears of each failure before the pause after it."""

    sleep: Callable[[float], None] = time.sleep
    seconds: float = 60.0
    tell: Callable[[EngineError], None] = _tell_nobody
    clock: Callable[[], float] = time.monotonic

    def ask(self, question: Callable[[], _Answer]) -> _Answer:
        """The answer. Raises what the last try raised. The question must bear being asked twice."""
        started = self.clock()
        while True:
            try:
                return question()
            except _PASSING as error:
                self._wait(error, started)

    def send(self, client: Client, target: str, actions: Sequence[Action], *, refresh: bool) -> list[Result]:
        """Send a bulk and send again what OpenSearch has no time or no room for; results in any order.

        Every action must bear being sent twice: a creation, a deletion, or a write bound to a version.
        Raises EngineBusy, EngineUnavailable and DiskFull when it lasts too long.
        """
        results: list[Result] = []
        left, started = list(actions), self.clock()
        while left:
            asked = left
            answers = self.ask(lambda asked=asked: _send(client, target, asked, refresh=refresh))  # type: ignore[misc]
            refused = {a.id: a for a in answers if a.outcome in (Outcome.BUSY, Outcome.DISK_FULL)}
            results += [answer for answer in answers if answer.id not in refused]
            left = [action for action in left if action.id in refused]
            if left:
                self._wait(_refusal(list(refused.values()), client.where), started)
        return results

    def _wait(self, error: EngineError, started: float) -> None:
        waited = self.clock() - started
        if waited >= self.seconds:
            raise error
        self.tell(error)
        self.sleep(min(0.2 + waited / 2, _LONGEST_PAUSE_SECONDS, max(self.seconds - waited, 0.05)))


def _send(client: Client, target: str, actions: Sequence[Action], *, refresh: bool) -> list[Result]:
    return bulk.send(client, target, actions, refresh=refresh, must_be_alias=True)


def _refusal(refused: Sequence[Result], where: str) -> EngineError:
    full = next((one for one in refused if one.outcome is Outcome.DISK_FULL), None)
    if full is not None:
        return DiskFull(f"a disk of OpenSearch at {where} is full ({full.reason}); make room there")
    return EngineBusy(f"OpenSearch at {where} has no time for {len(refused)} products just now; index the feed again")
