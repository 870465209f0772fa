"""`vitrine train`: a ranking model from judged queries or from what shoppers did, examined before it serves."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from plugin_config.policy import RankingPolicy
    from plugin_config.settings import Settings
    from ranking.evaluation.judgments import Judgments
    from ranking.features.feature import Feature
    from ranking.lambdamart.building import LearnedModel
    from ranking.lambdamart.training_set import TrainingSet

_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue whose results are to be reordered.")
_JUDGMENTS = typer.Option(None, "--judgments", help="CSV or TSV, plain or .gz, with the header query,docid,rating.")
_BEHAVIOUR = typer.Option(
    False, "--from-behaviour", help="Learn from served searches and what shoppers did; --judgments may be mixed in."
)
_CLICKS = typer.Option(
    "selected",
    "--click-model",
    help="How clicks are freed from the places they were made at: selected (the model that predicts held-out searches "
    "best), position, trust, dependent, coec, lightgbm or naive.",
)
_SINCE = typer.Option(None, "--since", help="Learn from searches served from this time on, as 2026-11-22T06:30 (UTC).")
_UNTIL = typer.Option(None, "--until", help="Take no search or event of this time or later.")
_POLICY = typer.Option("reranked", "--policy", help="The policy whose candidates the model learns to reorder.")
_JUDGED_ONLY = typer.Option(
    False, "--judged-only", help="Learn from the judged products alone, not from all that are retrieved."
)
_SEED = typer.Option(17, "--seed", help="Equal data and seed give an equal model.")
_USE = typer.Option(None, "--use/--keep", help="Let the model serve, or only keep it. Default: as the gate says.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")

Begin = Callable[[str], Callable[[int, int], None]]


@dataclass(frozen=True, slots=True)
class Trained:
    """What one run of training came to."""

    model: LearnedModel
    is_used: bool
    seconds: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is to be learned, and how."""

    catalogue: str
    judgments: Judgments
    policy: str
    judged_only: bool
    seed: int


def register(app: typer.Typer) -> None:
    app.command(help="Train a ranking model from judgments or from shoppers; it serves at once when it is not worse.")(
        train
    )


def train(
    catalogue: str = _CATALOGUE,
    judgments: Path | None = _JUDGMENTS,
    from_behaviour: bool = _BEHAVIOUR,
    click_model: str = _CLICKS,
    since: str | None = _SINCE,
    until: str | None = _UNTIL,
    policy: str = _POLICY,
    judged_only: bool = _JUDGED_ONLY,
    seed: int = _SEED,
    use: bool | None = _USE,
    as_json: bool = _JSON,
) -> None:
    from indexer.behaviour.learning import Period
    from plugin_config.settings import load_settings
    from ranking.evaluation.judgments import read_judgments
    from ranking.learning.debiasing import APPROACHES
    from vitrine.commands import _behaviour_lessons as lessons
    from vitrine.commands._choices import require_choice
    from vitrine.commands._progress_bars import progress_bars
    from vitrine.stack.discovery import running_settings

    if judgments is None and not from_behaviour:
        raise typer.BadParameter("name a file of judgments, or learn from shoppers with --from-behaviour")
    if not from_behaviour and (since or until or click_model != "selected"):
        raise typer.BadParameter("--since, --until and --click-model belong to --from-behaviour")
    require_choice(click_model, APPROACHES, "--click-model")
    period = Period(
        lessons.moment(since, "--since", otherwise=0.0), lessons.moment(until, "--until", otherwise=float("inf"))
    )
    judged = None if judgments is None else read_judgments(judgments)
    settings = running_settings(load_settings())
    with progress_bars(quiet=as_json) as begin:
        if from_behaviour:
            shoppers = lessons.BehaviourLesson(catalogue, period, click_model, seed, judged, policy, judged_only)
            learned = lessons.train_from_behaviour(settings, shoppers, use=use, begin=begin)
        elif judged is not None:
            trained = train_from_judgments(
                settings, Lesson(catalogue, judged, policy, judged_only, seed), use=use, begin=begin
            )
    if from_behaviour and as_json:
        typer.echo(json.dumps(lessons.learned_object(learned)))
    elif from_behaviour:
        lessons.print_learned(learned)
    elif as_json:
        typer.echo(json.dumps(as_object(trained)))
    else:
        _print(trained)


def train_from_judgments(settings: Settings, lesson: Lesson, *, use: bool | None, begin: Begin) -> Trained:
    """Write the feature rows, read the training set, learn, keep the model and let it serve if it may.

    `use` None: the model serves when its cross-validated nDCG is not below that of the order before it.
    """
    from datetime import UTC, datetime

    from ranking.lambdamart.building import Circumstances, learn_model, recipe_for
    from ranking.lambdamart.store import DirectoryModelStore

    started = time.monotonic()
    notes = [*lesson.judgments.notes, *write_rows(settings, lesson.catalogue, begin)]
    data, features = asyncio.run(read_judged(settings, lesson, begin))
    store = DirectoryModelStore(settings.models_folder / lesson.catalogue)
    circumstances = Circumstances(
        lesson.catalogue, lesson.judgments.origin, datetime.now(UTC), parent=store.pointer().current
    )
    recipe = recipe_for(data, features, seed=lesson.seed, threads=settings.threads or os.cpu_count() or 1)
    model = learn_model(data, recipe, circumstances, progress=begin("learning"))
    store.save(model.manifest, dict(model.trees))
    is_used = model.figures.is_not_worse if use is None else use
    if is_used:
        store.use(model.manifest.id)
    else:
        notes.append(f"kept but not serving; `vitrine models use {model.manifest.id} --catalogue {lesson.catalogue}`")
    return Trained(model, is_used, time.monotonic() - started, tuple(notes))


def write_rows(settings: Settings, catalogue: str, begin: Begin) -> list[str]:
    """Bring rows and profiles up to date. Returns a note where there is no place for them."""
    from indexer.behaviour.profiles.composition import keep_profiles
    from indexer.behaviour.rows.composition import keep_rows

    if settings.features_redis_url is None and settings.redis_url is None:
        return ["no Redis for feature rows is set: the model does without statistics, behaviour and profiles"]
    keep_rows(settings, [catalogue], progress=begin("feature rows"))
    keep_profiles(settings, [catalogue])
    return []


async def read_judged(settings: Settings, lesson: Lesson, begin: Begin) -> tuple[TrainingSet, tuple[Feature, ...]]:
    """The training set of the judged queries and the features that the catalogue declares."""
    from query_service.composition import build_service
    from query_service.training_data import read_training_set
    from ranking.personalization.anonymous import with_anonymous_copies
    from vitrine.commands.evaluate import find_policy

    service = build_service(settings)
    try:
        policy: RankingPolicy = await find_policy(service, lesson.catalogue, lesson.policy)
        data = await read_training_set(
            service,
            lesson.catalogue,
            lesson.judgments,
            policy=policy,
            judged_only=lesson.judged_only,
            progress=begin("features"),
        )
        features = (await service.catalogues.get(lesson.catalogue)).features
        return with_anonymous_copies(data, features), features
    finally:
        await service.close()


def as_object(trained: Trained) -> dict[str, object]:
    """The outcome as JSON holds it."""
    manifest, figures = trained.model.manifest, trained.model.figures
    return {
        "catalogue": manifest.catalogue,
        "model": manifest.id,
        "serves": trained.is_used,
        "parent": manifest.parent,
        "queries": manifest.data.queries,
        "candidates": manifest.data.candidates,
        "features": len(manifest.features),
        "trees": manifest.whole.trees,
        "blend": manifest.whole.blend,
        "cross_validation": {
            "folds": len(manifest.folds),
            "measure": figures.measure,
            "before": figures.before.ends(),
            "reranked": figures.reranked.ends(),
            "gain": figures.gain.ends(),
            "p": round(figures.p, 6),
        },
        "seconds": round(trained.seconds, 2),
        "notes": list(trained.notes),
    }


def _print(trained: Trained) -> None:
    manifest, figures = trained.model.manifest, trained.model.figures
    typer.echo(
        f"model {manifest.id}: {manifest.data.queries} queries, {manifest.data.candidates} candidates, "
        f"{len(manifest.features)} features, {manifest.whole.trees} trees, blend {manifest.whole.blend:.1f}"
    )
    typer.echo(f"{figures.measure} before   {figures.before}")
    typer.echo(f"{figures.measure} reranked {figures.reranked} (each query by trees that never saw it)")
    typer.echo(
        f"gain {figures.gain.mean:+.4f} [{figures.gain.low:+.4f}, {figures.gain.high:+.4f}], p {figures.p:.4f}; "
        + ("it serves now" if trained.is_used else "it does not serve")
    )
    for note in trained.notes:
        typer.echo(f"note: {note}")
