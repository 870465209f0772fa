"""Waiting for an OpenSearch that is busy or away for a while, instead of losing what was about to be written."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mappings import bulk
from mappings.bulk import Action, Outcome, Result
from mappings.client import Client
from mappings.errors import DiskFull, EngineBusy, EngineUnavailable

_Answer = TypeVar("_Answer")
_LONGEST_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Asks again, with growing pauses, for `seconds` at most."""

    sleep: Callable[[float], None] = time.sleep
    seconds: float = 60.0

    def ask(self, question: Callable[[], _Answer]) -> _Answer:
        """The answer. Raises what the last try raised. The question must bear being asked twice."""
        waited = 0.0
        while True:
            try:
                return question()
            except (EngineBusy, EngineUnavailable):
                if waited >= self.seconds:
                    raise
                waited += self._pause(waited)

    def send(self, client: Client, target: str, actions: Sequence[Action], *, refresh: bool) -> list[Result]:
        """Send a bulk and send again what OpenSearch is too busy for; results in any order.

        Every action must bear being sent twice: a creation, a deletion, or a write bound to a version.
        Raises EngineBusy, EngineUnavailable, and DiskFull at once.
        """
        results: list[Result] = []
        left, waited = list(actions), 0.0
        while left:
            answers = self._send_once(client, target, left, refresh=refresh)
            busy = {answer.id for answer in answers if answer.outcome is Outcome.BUSY}
            results += [answer for answer in answers if answer.outcome is not Outcome.BUSY]
            left = [action for action in left if action.id in busy]
            if left:
                if waited >= self.seconds:
                    raise EngineBusy(
                        f"OpenSearch refused {len(left)} products for {waited:.0f} s; index the feed again"
                    )
                waited += self._pause(waited)
        return results

    def _send_once(self, client: Client, target: str, actions: Sequence[Action], *, refresh: bool) -> list[Result]:
        answers = self.ask(lambda: bulk.send(client, target, actions, refresh=refresh, must_be_alias=True))
        full = next((answer for answer in answers if answer.outcome is Outcome.DISK_FULL), None)
        if full is not None:
            raise DiskFull(f"a disk of OpenSearch is full ({full.reason}); make room and index the feed again")
        return answers

    def _pause(self, waited: float) -> float:
        pause = min(0.2 + waited / 2, _LONGEST_PAUSE_SECONDS)
        self.sleep(pause)
        return pause
