"""Needs that were never searched for in the simulation, judged by the true tastes of who has them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vitrine.simulator.habits import Habits
from vitrine.simulator.needs import Need, draw_need, words_for
from vitrine.simulator.population import Shopper
from vitrine.simulator.shelf import Floats
from vitrine.simulator.shop_api import SimulationError
from vitrine.simulator.simulation import Simulation
from vitrine.simulator.tastes import Market

_LEAST = 0.005  # products worth less are not written down


@dataclass(frozen=True, slots=True)
class Wish:
    """One shopper's need in words, and the true worth of every product of the shelf for it."""

    shopper: Shopper
    need: Need
    words: str
    utility: Floats


def draw_wishes(
    market: Market, shoppers: Sequence[Shopper], *, each: int, seed: int, habits: Habits | None = None
) -> list[Wish]:
    """`each` needs of every shopper, drawn with other dice than those of their visits, in words spelled as they should be."""
    habits = habits or Habits()
    names = market.shelf.categories
    wishes = []
    for number, shopper in enumerate(shoppers):
        rng = np.random.default_rng([seed, 5, number])
        for _ in range(each):
            category = names[int(rng.choice(len(names), p=shopper.tastes.categories))]
            need = draw_need(rng, market.shelf, category, vague_share=habits.vague_share)
            words = words_for(rng, need, market.shelf)
            wishes.append(Wish(shopper, need, words, market.utility(shopper.tastes, need)))
    return wishes


def write_true_judgments(simulation: Simulation, path: Path, *, seed: int, each: int = 2) -> None:
    """A CSV as `vitrine evaluate` reads it: query, docid, rating (the true worth, 0 to 1) and user. Raises SimulationError."""
    market = simulation.market
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("query", "docid", "rating", "user"))
    for wish in draw_wishes(market, simulation.population.known, each=each, seed=seed):
        for place in np.flatnonzero(wish.utility >= _LEAST):
            worth = round(float(wish.utility[place]), 4)
            lines.writerow((wish.words, market.shelf.items[place].id, worth, wish.shopper.id))
    try:
        path.write_text(text.getvalue(), encoding="utf-8")
    except OSError as error:
        raise SimulationError(f"{path}: the judgments cannot be written: {error}; the shoppers have shopped") from error
