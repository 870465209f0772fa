"""Which events may be true, and which look like a machine's: wrong ones are refused, suspect ones kept and marked."""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from indexer.behaviour.reported import EventRefused
from ranking.behaviour.event import SECONDS_A_DAY, Action, Event

BOT: Final = "bot"
OUTLIER: Final = "outlier"
_BOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|headless|scrap|facebookexternalhit|phantomjs|selenium|puppeteer|python-requests|curl/|wget/",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still believed. `oldest_days` None: history of any age. Rates hold for one shopper or session."""

    ahead_seconds: float = 300.0
    oldest_days: float | None = 30.0
    actions_a_minute: int = 60
    impressions_a_minute: int = 600
    actions_a_day: int = 2_000
    quantity: float = 1_000.0


class Screening:
    """Checks clocks and marks suspects. Remembers how busy the last 100,000 shoppers and sessions were."""

    def __init__(self, limits: Limits | None = None, *, now: Callable[[], float], remembered: int = 100_000) -> None:
        self._limits = limits or Limits()
        self._now = now
        self._remembered = remembered
        self._busy: OrderedDict[tuple[str, str, int], int] = OrderedDict()

    def check_clock(self, at: float) -> None:
        """Raises EventRefused for a time ahead of our clock, or older than the limit."""
        now = self._now()
        if at > now + self._limits.ahead_seconds:
            raise EventRefused("future", "timestamp", f"{_written(at)} lies ahead of our clock, {_written(now)}")
        oldest = self._limits.oldest_days
        if oldest is not None and at < now - oldest * SECONDS_A_DAY:
            raise EventRefused("too_old", "timestamp", f"{_written(at)} is more than {oldest:g} days ago")

    def suspicion(self, event: Event, *, catalogue: str, agent: str = "") -> str:
        """Why the event should not count, "" for nothing. Each call counts towards the shopper's rates."""
        if agent and _BOTS.search(agent):
            return BOT
        limits = self._limits
        suspicion = OUTLIER if event.quantity > limits.quantity else ""
        is_seeing = event.action == Action.IMPRESSION
        minute = limits.impressions_a_minute if is_seeing else limits.actions_a_minute
        for person in (event.shopper, event.session):
            if person is None:
                continue
            who = f"{catalogue}\x1f{person}"
            # Impressions and actions are told apart by the sign of the minute, days by a name of their own.
            slot = int(event.at // 60)
            if self._count(("minute", who, -slot if is_seeing else slot)) > minute:
                suspicion = OUTLIER
            if not is_seeing and self._count(("day", who, int(event.at // SECONDS_A_DAY))) > limits.actions_a_day:
                suspicion = OUTLIER
        return suspicion

    def _count(self, key: tuple[str, str, int]) -> int:
        found = self._busy.pop(key, 0) + 1
        self._busy[key] = found
        if len(self._busy) > self._remembered:
            self._busy.popitem(last=False)
        return found


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
