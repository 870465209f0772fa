"""The demo's past: simulated shoppers over HTTP, features and profiles from what they did, and a model that knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from plugin_config.settings import Settings
    from vitrine.sample_shop.feed import ShopFiles

DAYS: Final = 10
SHOPPERS: Final = 40
SEED: Final = 7


def has_past(settings: Settings, catalogue: str) -> bool:
    """Whether anything was ever done in this shop."""
    from indexer.behaviour.composition import open_log

    if not settings.event_log_path.exists():
        return False
    log = open_log(settings)
    try:
        return any(total.catalogue == catalogue and total.events > 0 for total in log.totals())
    finally:
        log.close()


def simulate_past(settings: Settings, catalogue: str, shop: ShopFiles) -> str:
    """Let shoppers shop, bring rows, lists and profiles up to date, and learn from clicks and judgments together.

    Returns what came of it in one line. Raises SimulationError when the API does not answer.
    """
    import httpx

    from vitrine.commands.simulate import run_with_progress
    from vitrine.simulator.checkpoint import Checkpoint, Plan
    from vitrine.simulator.shop_api import TIMEOUT_SECONDS, ShopApi
    from vitrine.simulator.simulation import Simulation

    plan = Plan(catalogue, DAYS, SHOPPERS, SEED, "mixed", None)
    checkpoint = Checkpoint(settings.state_dir / "simulations", plan)
    url = f"http://{settings.api_host}:{settings.api_port}"
    with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS) as client:
        simulation = Simulation(ShopApi(client, catalogue), plan, checkpoint=checkpoint)
        run_with_progress(simulation, plan, checkpoint, quiet=False)
    counts = simulation.standing.counts
    searches, clicks, bought = (counts.get(name, 0) for name in ("searches", "sent_click", "sent_purchase"))
    said = f"{searches:,} searches, {clicks:,} clicks, {bought:,} purchases"
    return f"{said}; {_learn(settings, catalogue, shop)}"


def _learn(settings: Settings, catalogue: str, shop: ShopFiles) -> str:
    from indexer.behaviour.learning import Period
    from indexer.behaviour.profiles.composition import keep_profiles
    from indexer.behaviour.rows.composition import keep_rows
    from ranking.errors import TrainingError
    from ranking.evaluation.judgments import read_judgments
    from vitrine.commands._behaviour_lessons import BehaviourLesson, train_from_behaviour
    from vitrine.commands._learning_progress import progress_bars

    keep_rows(settings, [catalogue])
    keep_profiles(settings, [catalogue], anew=True)
    lesson = BehaviourLesson(catalogue, Period(), "selected", SEED, read_judgments(shop.training_judgments))
    try:
        with progress_bars(quiet=False) as begin:
            learned = train_from_behaviour(settings, lesson, use=None, begin=begin)
    except TrainingError as error:
        return f"nothing could be learned yet: {error}"
    model = learned.studied.model.manifest.id
    return f"the model {model} serves" if learned.is_used else f"the gate kept the model {model} from serving"
