"""Who comes to the shop: shoppers who return, strangers, crawlers and hands that click faster than hands can."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ranking.behaviour.click_models.simulation import SHOPPERS
from vitrine.simulator.clock import Clock
from vitrine.simulator.habits import Habits
from vitrine.simulator.tastes import Market, Tastes

MIXED = "mixed"
CLICK_MODELS = (MIXED, *SHOPPERS)


class Kind(StrEnum):
    """What a visitor is. An unwilling one gave no consent: no id, no events."""

    KNOWN = "known"
    STRANGER = "stranger"
    UNWILLING = "unwilling"
    BOT = "bot"
    RUSHER = "rusher"

    @property
    def is_person(self) -> bool:
        return self in (Kind.KNOWN, Kind.STRANGER, Kind.UNWILLING)


@dataclass(frozen=True, slots=True)
class Shopper:
    """One visitor: `id` None without consent; `clicks` names the click model by which they look at a list."""

    id: str | None
    kind: Kind
    tastes: Tastes
    clicks: str


@dataclass(frozen=True, slots=True)
class Visit:
    """`number` within its day, from 0. `at`: seconds since 1970."""

    day: int
    number: int
    at: float
    shopper: Shopper


class Population:
    """The shoppers of one simulation: everything about them follows from the seed, whatever was simulated before."""

    def __init__(self, market: Market, habits: Habits, *, shoppers: int, seed: int, click_model: str = MIXED) -> None:
        self._market = market
        self._habits = habits
        self._seed = seed
        self._model = click_model
        rng = np.random.default_rng([seed, 2])
        self.known = tuple(self._drawn(rng, f"shopper-{seed}-{number:05d}", Kind.KNOWN) for number in range(shoppers))
        activity = rng.lognormal(0.0, 0.8, shoppers)
        self._share = activity / max(activity.sum(), 1e-9)
        self._visits_a_day = shoppers * habits.visits_a_day / max(1e-9, 1 - habits.stranger_share)

    def visits(self, day: int, clock: Clock) -> list[Visit]:
        """The visits of a day, in order of time."""
        rng = np.random.default_rng([self._seed, 3, day])
        count = int(rng.poisson(self._visits_a_day * clock.bustle(day)))
        return [
            Visit(day, number, float(at), self._visitor(rng, f"{self._seed}-{day}-{number}"))
            for number, at in enumerate(clock.moments(rng, day, count))
        ]

    def stranger(self, rng: np.random.Generator, id: str | None, kind: Kind = Kind.STRANGER) -> Shopper:
        """Somebody who was never here before."""
        return self._drawn(rng, id, kind)

    def _visitor(self, rng: np.random.Generator, name: str) -> Shopper:
        habits, chance = self._habits, rng.random()
        steps: tuple[tuple[float, Callable[[], Shopper]], ...] = (
            (habits.bot_share, lambda: self._drawn(rng, f"bot-{name}", Kind.BOT)),
            (habits.rusher_share, lambda: self._drawn(rng, f"rusher-{name}", Kind.RUSHER)),
            (habits.stranger_share * habits.unwilling_share, lambda: self._drawn(rng, None, Kind.UNWILLING)),
            (
                habits.stranger_share * (1 - habits.unwilling_share),
                lambda: self._drawn(rng, f"anon-{name}", Kind.STRANGER),
            ),
        )
        for share, draw in steps:
            if chance < share:
                return draw()
            chance -= share
        return self.known[int(rng.choice(len(self.known), p=self._share))]

    def _drawn(self, rng: np.random.Generator, id: str | None, kind: Kind) -> Shopper:
        names = tuple(SHOPPERS)
        model = names[int(rng.integers(len(names)))]
        return Shopper(id, kind, self._market.draw(rng), model if self._model == MIXED else self._model)
