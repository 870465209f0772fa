"""The closed loop over HTTP: is the ranking better for shoppers of known tastes after days of their shopping?

    python -m benchmarks.closed_loop                        # 14 days, 200 shoppers, the sample shop
    python -m benchmarks.closed_loop --days 3 --shoppers 60 --plot closed-loop.svg --json

Every simulated day shoppers shop, behaviour features and profiles follow the log, and a model is trained from behaviour; its gate
decides whether it serves. Wishes that were never searched for measure the policies side by side. Three aims: after the last day
nDCG@10 on true tastes at least 15 % above the untrained policy; shoppers with five events or more at least 5 % above the
same policy without personalization; newcomers not worse. Exit code 1 when one is missed. Needs the stack: `vitrine up`.
"""

import argparse
import json
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from benchmarks.closed_loop.clock import ShopClock
from benchmarks.closed_loop.measuring import PERSONAL, TRAINED, UNTRAINED, Flags, Gain, arms, as_object, gain, measure
from benchmarks.closed_loop.plot import draw
from benchmarks.closed_loop.shop import CATALOGUE, open_shop
from indexer.behaviour.composition import open_log
from indexer.behaviour.learning import Period
from indexer.behaviour.profiles.composition import keep_profiles
from indexer.behaviour.rows.composition import keep_rows
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings, load_settings
from vitrine.commands._behaviour_lessons import BehaviourLesson, train_from_behaviour
from vitrine.simulator.checkpoint import Plan
from vitrine.simulator.habits import Habits
from vitrine.simulator.judging import Wish, draw_wishes
from vitrine.simulator.population import Kind, Shopper
from vitrine.simulator.shop_api import TIMEOUT_SECONDS, ShopApi
from vitrine.simulator.simulation import Simulation
from vitrine.stack.discovery import running_settings

ENOUGH_EVENTS = 5
AIMS = {"all, trained and personalized": 0.15, "five events and more, personalization alone": 0.05}
NOT_WORSE = "newcomers, personalization alone"


@dataclass(slots=True)
class Loop:
    """A shop, its shoppers, and what was measured of it day by day."""

    settings: Settings
    api: ShopApi
    simulation: Simulation
    seed: int
    clock: ShopClock
    overrule: bool = False
    by_day: dict[int, dict[str, float]] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)

    def pass_day(self, follows: int) -> None:
        """A day of shopping; features, profiles and lists follow the log so often, as workers let them every minute."""
        done = 0
        for progress in self.simulation.run_day():
            self.clock.at = progress.at
            part = follows if progress.visit == 0 else progress.visit * follows // max(progress.visits, 1)
            if part > done:
                done = part
                keep_rows(self.settings, [CATALOGUE], now=self.clock.seconds)
                keep_profiles(self.settings, [CATALOGUE], now=self.clock.seconds)

    def learn(self) -> None:
        """Train, and let the gate decide."""
        lesson = BehaviourLesson(CATALOGUE, Period(), "selected", self.seed)
        try:
            learned = train_from_behaviour(
                self.settings, lesson, use=True if self.overrule else None, begin=lambda _: lambda _done, _of: None
            )
        except VitrineError as error:  # too little yet: the shop goes on as it is
            self.models.append(f"none: {error}")
            return
        studied = learned.studied
        model = studied.model.manifest
        gate = "open" if learned.gate.is_open else f"closed ({'; '.join(learned.gate.failures)})"
        self.models.append(
            f"{model.id} {'serves' if learned.is_used else 'does not serve'}, gate {gate}, "
            f"clicks by {studied.debiased.model}, {model.whole.trees} trees, blend {model.whole.blend}, "
            f"held out {studied.model.figures.before.mean:.3f} -> {studied.model.figures.reranked.mean:.3f}"
        )

    def look(self, day: int, wishes: list[Wish]) -> None:
        """Measure every arm on some wishes, without leaving a trace."""
        shelf = self.simulation.market.shelf
        self.by_day[day] = {
            name: float(np.nanmean(measure(self.api, shelf, wishes, policy))) for name, policy in arms().items()
        }
        say(f"day {day}: " + "  ".join(f"{name} {value:.3f}" for name, value in self.by_day[day].items()))

    def newcomers(self, count: int) -> list[Shopper]:
        """People of the same market whom nobody has seen."""
        rng = np.random.default_rng([self.seed, 6])
        population = self.simulation.population
        return [population.stranger(rng, f"newcomer-{number}", Kind.STRANGER) for number in range(count)]

    def events(self) -> Counter[str]:
        """How many things each shopper did, beside seeing."""
        log = open_log(self.settings)
        found: Counter[str] = Counter()
        cursor = 0
        while rows := log.read(after=cursor, catalogue=CATALOGUE):
            found.update(row.event.shopper or "" for row in rows if row.event.counts and row.event.interest > 0)
            cursor = rows[-1].cursor
        log.close()
        return found

    def searched(self) -> set[str]:
        """The words of every search that was served."""
        log = open_log(self.settings)
        words = {search.query for search in log.searches(CATALOGUE)}
        log.close()
        return words


def final(loop: Loop, *, each: int, newcomers: int) -> dict[str, Gain]:
    """The gains after the last day, on wishes that no visit had."""
    simulation, shelf = loop.simulation, loop.simulation.market.shelf
    known = draw_wishes(simulation.market, simulation.population.known, each=each, seed=loop.seed + 1_000)
    new = draw_wishes(simulation.market, loop.newcomers(newcomers), each=2, seed=loop.seed + 2_000)
    wishes = [*known, *new]
    found = {name: measure(loop.api, shelf, wishes, policy) for name, policy in arms().items()}
    done, words = loop.events(), loop.searched()
    is_new = np.arange(len(wishes)) >= len(known)
    busy = np.array([done[wish.shopper.id or ""] >= ENOUGH_EVENTS for wish in wishes])
    unheard = np.array([wish.words not in words for wish in wishes])
    vague = np.array([wish.need.is_vague for wish in wishes])

    def of(before: str, after: str, where: Flags | None = None) -> Gain:
        return gain(wishes, found[before], found[after], where=where)

    return {
        "all, trained": of(UNTRAINED, TRAINED),
        "all, trained and personalized": of(UNTRAINED, PERSONAL),
        "words never searched, trained and personalized": of(UNTRAINED, PERSONAL, unheard),
        "vague needs, trained and personalized": of(UNTRAINED, PERSONAL, vague),
        "five events and more, personalization alone": of(TRAINED, PERSONAL, busy & ~is_new),
        "fewer than five events, personalization alone": of(TRAINED, PERSONAL, ~busy & ~is_new),
        "newcomers, trained": of(UNTRAINED, TRAINED, is_new),
        NOT_WORSE: of(TRAINED, PERSONAL, is_new),
    }


def run(asked: argparse.Namespace, settings: Settings) -> tuple[Loop, dict[str, Gain]]:
    """Open the shop, let every day pass, measure."""
    plan = Plan(CATALOGUE, asked.days, asked.shoppers, asked.seed, asked.click_model, None)
    clock = ShopClock()
    with open_shop(settings, clock) as url, httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS) as client:
        api = ShopApi(client, CATALOGUE)
        simulation = Simulation(api, plan, habits=Habits(visits_a_day=asked.visits))
        loop = Loop(settings, api, simulation, asked.seed, clock, overrule=asked.overrule_gate)
        clock.at = loop.simulation.begins_at
        sample = draw_wishes(loop.simulation.market, loop.simulation.population.known, each=1, seed=asked.seed + 500)
        sample = sample[: asked.sample]
        loop.look(0, sample)
        for day in range(1, asked.days + 1):
            loop.pass_day(asked.follows)
            if day % asked.train_every == 0 or day == asked.days:
                loop.learn()
                loop.look(day, sample)
        return loop, final(loop, each=asked.each, newcomers=asked.newcomers)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--shoppers", type=int, default=200)
    parser.add_argument("--visits", type=float, default=Habits().visits_a_day, help="a day, of one who comes back")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--click-model", default="mixed")
    parser.add_argument("--train-every", type=int, default=2, help="days between two trainings")
    parser.add_argument("--follows", type=int, default=4, help="how often a day features and profiles follow the log")
    parser.add_argument("--overrule-gate", action="store_true", help="let every model serve, whatever its gate says")
    parser.add_argument("--sample", type=int, default=100, help="wishes that are measured by day")
    parser.add_argument("--each", type=int, default=3, help="wishes of each shopper in the end")
    parser.add_argument("--newcomers", type=int, default=100)
    parser.add_argument("--plot", type=Path, help="write nDCG by day as SVG")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        settings = running_settings(load_settings()).model_copy(
            update={"state_dir": Path(folder), "index_prefix": f"loop{uuid.uuid4().hex[:8]}", "events_per_minute": 0}
        )
        loop, gains = run(asked, settings)
    missed = [name for name, aim in AIMS.items() if gains[name].relative < aim]
    missed += [NOT_WORSE] if gains[NOT_WORSE].high < 0 else []
    if asked.plot is not None:
        days = sorted(loop.by_day)
        lines = {name: [loop.by_day[day][name] for day in days] for name in arms()}
        draw(days, lines, asked.plot, title="nDCG@10 on true tastes by simulated day")
    if asked.json:
        counts = loop.simulation.standing.counts
        print(json.dumps({"gains": as_object(gains), "by_day": loop.by_day, "models": loop.models, "counts": counts}))
    else:
        for day, model in zip(sorted(loop.by_day)[1:], loop.models, strict=True):
            print(f"day {day}: model {model}")
        for name, one in gains.items():
            print(f"{name:50} {one}")
        print(
            f"{time.monotonic() - begun:.0f} s; " + (f"missed: {', '.join(missed)}" if missed else "every aim is met")
        )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
