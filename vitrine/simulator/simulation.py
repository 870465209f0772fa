"""Days of shoppers, one after the other: visits are made, events are sent in batches, and the standing is kept."""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vitrine.simulator.checkpoint import Checkpoint, Plan, Standing
from vitrine.simulator.clock import Clock
from vitrine.simulator.habits import Habits
from vitrine.simulator.population import Kind, Population, Visit
from vitrine.simulator.shelf import Shelf
from vitrine.simulator.shop_api import CRAWLER, PEOPLE, ShopApi, ShownPage
from vitrine.simulator.tastes import Market
from vitrine.simulator.visiting import Told, Visitor

_BATCH = 1_000  # events


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a simulation is, in days and in visits of the day under way. `at`: seconds since 1970, by its own clock."""

    day: int
    days: int
    visit: int
    visits: int
    at: float


class Simulation:
    """One plan against one API. What shoppers do follows from the seed and from what the shop shows them."""

    def __init__(
        self,
        api: ShopApi,
        plan: Plan,
        *,
        checkpoint: Checkpoint | None = None,
        habits: Habits | None = None,
        shelf: Shelf | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api = api
        self._plan = plan
        self._checkpoint = checkpoint
        self._habits = habits = habits or Habits()
        self.market = Market(shelf or api.shelf(), seed=plan.seed)
        self.population = Population(
            self.market, habits, shoppers=plan.shoppers, seed=plan.seed, click_model=plan.click_model
        )
        kept = checkpoint.read() if checkpoint is not None else None
        self.resumed = kept is not None
        self.standing = kept or Standing(uuid.uuid4().hex[:12], clock())
        self._clock = Clock(self.standing.until, plan.days)
        self._visitor = Visitor(
            self.market, habits, plan.catalogue, run=self.standing.run, seed=plan.seed, ask=self._ask
        )
        self._waiting: dict[str, list[Mapping[str, Any]]] = {PEOPLE: [], CRAWLER: []}

    @property
    def begins_at(self) -> float:
        """Seconds since 1970 at which the first day begins."""
        return self._clock.start_of(0)

    def run(self) -> Iterator[Progress]:
        """Every day that is still to be simulated. The checkpoint goes when all is done."""
        while self.standing.day < self._plan.days:
            yield from self.run_day()
        if self._checkpoint is not None:
            self._checkpoint.done()

    def run_day(self) -> Iterator[Progress]:
        """The next day, or what is left of it. When it is over, all of its events are on the disk of the API."""
        day = self.standing.day
        visits = self.population.visits(day, self._clock)
        for visit in visits[self.standing.visit :]:
            self._make(visit)
            yield Progress(day, self._plan.days, visit.number + 1, len(visits), visit.at)
        self._flush(day + 1, 0)
        yield Progress(day + 1, self._plan.days, 0, len(visits), self._clock.start_of(day + 1))

    def _make(self, visit: Visit) -> None:
        told = self._visitor.visit(visit)
        agent = CRAWLER if visit.shopper.kind is Kind.BOT else PEOPLE
        self._waiting[agent] += told.events
        self._note(visit, told)
        if sum(map(len, self._waiting.values())) >= _BATCH:
            self._flush(visit.day, visit.number + 1)

    def _note(self, visit: Visit, told: Told) -> None:
        count, kind = self.standing.count, visit.shopper.kind
        count("visits")
        count(f"visits_{kind}")
        count("searches", told.searches)
        for name, number in Counter(event["action_name"] for event in told.events).items():
            count(f"sent_{name}", number)
        if kind.is_person:
            count("searches_of_persons", told.searches)
            count("clicked_searches", told.clicked_searches)
            count("bounces", told.bounces)
            seen = self.standing.quality.setdefault(str(visit.day), [0, 0.0])
            known = [value for value in told.qualities if value == value]
            seen[0] += len(known)
            seen[1] += sum(known)

    def _flush(self, day: int, visit: int) -> None:
        """Send what waits, then remember that everything before this visit is done."""
        for agent, events in self._waiting.items():
            if events:
                self._sent(self._api.tell(events, agent=agent))
            self._waiting[agent] = []
        self.standing.day, self.standing.visit = day, visit
        if self._checkpoint is not None:
            self._checkpoint.write(self.standing)

    def _sent(self, answer: Mapping[str, Any]) -> None:
        count = self.standing.count
        for name in ("accepted", "repeated", "forgotten", "signed", "unverified"):
            count(name, answer[name])
        for part in ("rejected", "suspect"):
            for reason, number in answer[part].items():
                count(f"{part}_{reason}", number)
        count("tokens_refused", sum(answer["tokens_refused"].values()))

    def _ask(self, words: str, user: str | None) -> ShownPage:
        page = self._api.search(words, user=user, size=self._habits.page, policy=self._plan.policy)
        if page.degraded:
            self.standing.count("degraded_searches")
        return page
