"""The demo's past: simulated shoppers over HTTP, features and profiles from what they did, and a model that knows them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from plugin_config.settings import Settings
    from vitrine.sample_shop.feed import ShopFiles

DAYS: Final = 10
SHOPPERS: Final = 40
SEED: Final = 7


class Stage(StrEnum):
    """How far the past of a shop is; kept in a file, for an interrupted demo goes on there."""

    NONE = "none"
    SIMULATED = "simulated"
    LEARNED = "learned"


def has_past(settings: Settings, catalogue: str) -> bool:
    """Whether the past was made and learned from. What a visitor did while the shop was being opened is no past."""
    return stage_of(settings, catalogue) is Stage.LEARNED


def stage_of(settings: Settings, catalogue: str) -> Stage:
    """The stage that was noted; where none was, a model that learned from shoppers tells of a past."""
    try:
        return Stage(_note(settings, catalogue).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return Stage.LEARNED if _has_learned(settings, catalogue) else Stage.NONE


def make_past(settings: Settings, catalogue: str, shop: ShopFiles) -> str:
    """Let shoppers shop, bring rows, lists and profiles up to date, and learn from clicks and judgments together.

    Interrupted, it goes on where it was. Returns what came of it in one line. Raises SimulationError when the API does not
    answer.
    """
    said = "the simulated shoppers were here"
    if stage_of(settings, catalogue) is Stage.NONE:
        said = _simulate(settings, catalogue)
        _set_stage(settings, catalogue, Stage.SIMULATED)
    learned = _learn(settings, catalogue, shop)
    _set_stage(settings, catalogue, Stage.LEARNED)
    return f"{said}; {learned}"


def _note(settings: Settings, catalogue: str) -> Path:
    return settings.state_dir / "simulations" / f"past-of-{catalogue}.txt"


def _set_stage(settings: Settings, catalogue: str, stage: Stage) -> None:
    note = _note(settings, catalogue)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(stage, encoding="utf-8")


def _has_learned(settings: Settings, catalogue: str) -> bool:
    from indexer.behaviour.model_messages import models_response
    from ranking.lambdamart.store import DirectoryModelStore

    kept = models_response(catalogue, DirectoryModelStore(settings.models_folder / catalogue)).models
    return any("behaviour" in (model.origin or "") for model in kept)


def _simulate(settings: Settings, catalogue: str) -> str:
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
    return f"{searches:,} searches, {clicks:,} clicks, {bought:,} purchases"


def _learn(settings: Settings, catalogue: str, shop: ShopFiles) -> str:
    from indexer.behaviour.learning import Period
    from indexer.behaviour.profiles.composition import keep_profiles
    from indexer.behaviour.rows.composition import keep_rows
    from ranking.errors import TrainingError
    from ranking.evaluation.judgments import read_judgments
    from vitrine.commands._behaviour_lessons import BehaviourLesson, train_from_behaviour
    from vitrine.commands._gate_report import why_it_waits
    from vitrine.commands._progress_bars import progress_bars

    keep_rows(settings, [catalogue])
    keep_profiles(settings, [catalogue], anew=True)
    lesson = BehaviourLesson(catalogue, Period(), "selected", SEED, read_judgments(shop.training_judgments))
    try:
        with progress_bars(quiet=False) as begin:
            # It waits beside the model of judged queries: 75 searches let the gate judge what is better by clicks, and not what
            # becomes of needs that none of these shoppers had.
            learned = train_from_behaviour(settings, lesson, use=False, begin=begin)
    except TrainingError as error:
        return f"nothing could be learned yet: {error}"
    model = learned.studied.model.manifest.id
    if learned.gate.is_open:
        return (
            f"a model that learned from them, too, passed its gate: `vitrine models use {model} --catalogue {catalogue}` "
            "lets it serve in place of the one of judged queries"
        )
    why = why_it_waits(learned.gate, searches=len(learned.studied.held.log.lists))
    return f"a model that learned from them, too, waits: {why} (`vitrine models gate {model} --catalogue {catalogue}` says more)"
