"""One visit: needs, searches, looking, clicking, putting into the basket, buying, leaving, and the events that tell of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ranking.behaviour.click_models.simulation import SHOPPERS
from ranking.behaviour.event import Action
from vitrine.simulator.clock import seasonal
from vitrine.simulator.habits import Habits
from vitrine.simulator.needs import Need, draw_need, misspell, words_for
from vitrine.simulator.population import Kind, Visit
from vitrine.simulator.shelf import Floats
from vitrine.simulator.shop_api import ShownHit, ShownPage
from vitrine.simulator.tastes import Market
from vitrine.simulator.truth import true_ndcg

Ask = Callable[[str, str | None], ShownPage]
_LOOKING_SECONDS, _PRODUCT_SECONDS, _TYPING_SECONDS = 1.2, 25.0, 8.0
_RUSH_CLICKS, _RUSH_SECONDS = 80, 0.2  # more than 60 a minute, and all at once


@dataclass(slots=True)
class Told:
    """What came of a visit: events to send, counts, and the true nDCG of each list that a person saw."""

    events: list[Mapping[str, Any]] = field(default_factory=list)
    searches: int = 0
    clicked_searches: int = 0
    bounces: int = 0
    bought: int = 0
    qualities: list[float] = field(default_factory=list)


class Visitor:
    """Carries one visit out. `ask` searches the shop for words and a user; `run` names the simulation in event ids."""

    def __init__(self, market: Market, habits: Habits, catalogue: str, *, run: str, seed: int, ask: Ask) -> None:
        self._market = market
        self._habits = habits
        self._catalogue = catalogue
        self._run = run
        self._seed = seed
        self._ask = ask

    def visit(self, visit: Visit) -> Told:
        """The whole visit at once: its time passes in the time stamps of its events."""
        rng = np.random.default_rng([self._seed, 4, visit.day, visit.number])
        told = Told()
        going = _Going(visit, rng, self._name(visit), at=visit.at)
        category = self._category(visit, rng)
        while told.searches < self._habits.searches_a_visit:
            need = draw_need(rng, self._market.shelf, category, vague_share=self._habits.vague_share)
            bought = self._pursue(going, need, told)
            if rng.random() >= self._habits.next_need_share:
                break
            companion = self._market.companions[category]
            category = companion if bought or rng.random() < 0.3 else self._category(visit, rng)
        return told

    def _pursue(self, going: "_Going", need: Need, told: Told) -> bool:
        """Search, and in other words again while nothing was clicked. True when something was bought."""
        rng, habits, shelf = going.rng, self._habits, self._market.shelf
        utility = self._market.utility(going.visit.shopper.tastes, need)
        while told.searches < habits.searches_a_visit:
            words = words_for(rng, need, shelf)
            if rng.random() < habits.misspelled_share:
                words = misspell(rng, words)
            page = self._ask(words, going.visit.shopper.id)
            told.searches += 1
            going.at += _TYPING_SECONDS * (0.5 + rng.random())
            if going.visit.shopper.kind.is_person:
                told.qualities.append(true_ndcg(shelf, utility, [hit.id for hit in page.hits]))
            clicked = self._look(going, page, words, self._worth(page, utility), told)
            if clicked is not None:
                told.clicked_searches += 1
                return clicked
            if rng.random() >= habits.rephrase_share:
                return False
        return False

    def _look(self, going: "_Going", page: ShownPage, words: str, worth: Floats, told: Told) -> bool | None:
        """Impressions and what follows; None without a click, else whether something was bought."""
        rng, habits, kind = going.rng, self._habits, going.visit.shopper.kind
        bounces = kind.is_person and rng.random() < habits.bounce_share
        seen = min(len(page.hits), habits.row if bounces else habits.page)
        told.bounces += bounces
        for hit in page.hits[:seen]:
            going.at += 0.05
            self._tell(going, told, Action.IMPRESSION, page, hit, words)
        if bounces or not seen:
            return None
        clicks, bought = self._clicks(going, worth[:seen]), 0
        for place in clicks:
            going.at += _RUSH_SECONDS if kind is Kind.RUSHER else _LOOKING_SECONDS * (1 + place) * rng.random()
            bought += self._open(going, page, page.hits[place], words, float(worth[place]), told)
        told.bought += bought
        return bought > 0 if clicks else None

    def _clicks(self, going: "_Going", worth: Floats) -> Sequence[int]:
        shopper, rng = going.visit.shopper, going.rng
        if shopper.kind is Kind.RUSHER:
            return list(range(len(worth))) * (1 + _RUSH_CLICKS // len(worth))
        if shopper.kind is Kind.BOT:
            return [place for place in range(len(worth)) if rng.random() < 0.5]
        attraction = self._habits.accidental_click + self._habits.click_per_utility * worth
        return [int(place) for place in np.flatnonzero(SHOPPERS[shopper.clicks](rng, attraction[None, :])[0])]

    def _open(self, going: "_Going", page: ShownPage, hit: ShownHit, words: str, worth: float, told: Told) -> bool:
        """Click, view, and perhaps basket and purchase; True when bought."""
        rng, habits, kind = going.rng, self._habits, going.visit.shopper.kind
        self._tell(going, told, Action.CLICK, page, hit, words)
        if kind is Kind.RUSHER:
            return False
        going.at += 1.0
        self._tell(going, told, Action.VIEW, page, hit, words)
        going.at += _PRODUCT_SECONDS * rng.random() * (0.3 + worth)
        if kind is Kind.BOT or rng.random() >= habits.cart_per_utility * worth:
            return False
        self._tell(going, told, Action.ADD_TO_CART, page, hit, words)
        going.at += _PRODUCT_SECONDS * rng.random()
        if rng.random() >= habits.purchase_per_cart:
            return False
        self._tell(going, told, Action.PURCHASE, page, hit, words)
        return True

    def _worth(self, page: ShownPage, utility: Floats) -> Floats:
        place = self._market.shelf.place
        return np.array([utility[place[hit.id]] if hit.id in place else 0.0 for hit in page.hits])

    def _category(self, visit: Visit, rng: np.random.Generator) -> str:
        names = self._market.shelf.categories
        habits = self._habits
        wave = seasonal(len(names), visit.at, strength=habits.season, period_days=habits.season_days)
        weights = visit.shopper.tastes.categories * wave
        return names[int(rng.choice(len(names), p=weights / weights.sum()))]

    def _name(self, visit: Visit) -> str:
        return f"{self._run}-{visit.day}-{visit.number}"

    def _tell(self, going: "_Going", told: Told, action: Action, page: ShownPage, hit: ShownHit, words: str) -> None:
        shopper = going.visit.shopper
        if shopper.kind is Kind.UNWILLING:
            return
        told.events.append(
            {
                "application": self._catalogue,
                "action_name": str(action),
                "query_id": page.query_id,
                "user_query": words,
                "client_id": shopper.id,
                "session_id": going.name,
                "timestamp": datetime.fromtimestamp(going.at, UTC).isoformat(timespec="milliseconds"),
                "event_attributes": {
                    "event_id": f"{going.name}-{len(told.events)}",
                    "token": hit.token,
                    "object": {"object_id": hit.id},
                    "position": {"ordinal": hit.rank},
                },
            }
        )


@dataclass(slots=True)
class _Going:
    """A visit under way: its own clock and its own dice."""

    visit: Visit
    rng: np.random.Generator
    name: str
    at: float
