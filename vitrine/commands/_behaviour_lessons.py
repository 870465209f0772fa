"""Training from the event log, as `vitrine train --from-behaviour` does it."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from plugin_config.moments import zoned
from vitrine.commands._gate_report import gate_object, print_gate

if TYPE_CHECKING:
    from indexer.behaviour.learning import Learned, Period
    from plugin_config.settings import Settings
    from ranking.evaluation.judgments import Judgments
    from ranking.lambdamart.training_set import TrainingSet

Begin = Callable[[str], Callable[[int, int], None]]


@dataclass(frozen=True, slots=True)
class BehaviourLesson:
    """What is to be learned from shoppers. `judgments`: mixed in, candidates read by `policy`."""

    catalogue: str
    period: Period
    click_model: str
    seed: int
    judgments: Judgments | None = None
    policy: str = "reranked"
    judged_only: bool = False


def train_from_behaviour(settings: Settings, lesson: BehaviourLesson, *, use: bool | None, begin: Begin) -> Learned:
    """Learn from the log, keep the model and let it serve when the gate is open, or when `use` says so."""
    from indexer.behaviour.learning import learn_from_behaviour
    from indexer.behaviour.schooling import open_school
    from ranking.learning.studying import Wishes
    from vitrine.commands._parity import parity_of

    with open_school(settings, lesson.catalogue) as school:
        judged = None if lesson.judgments is None else _judged(settings, lesson, lesson.judgments, begin)
        wishes = Wishes(
            approach=lesson.click_model,
            seed=lesson.seed,
            threads=settings.threads or os.cpu_count() or 1,
            judged=judged,
            judgments=lesson.judgments.origin if lesson.judgments is not None else "",
        )
        return learn_from_behaviour(
            school,
            wishes,
            period=lesson.period,
            use=use,
            more=parity_of(settings, school),
            progress=begin("learning from shoppers"),
        )


def _judged(settings: Settings, lesson: BehaviourLesson, judgments: Judgments, begin: Begin) -> TrainingSet:
    from vitrine.commands.train import Lesson, read_judged, write_rows

    write_rows(settings, lesson.catalogue, begin)
    asked = Lesson(lesson.catalogue, judgments, lesson.policy, lesson.judged_only, lesson.seed)
    return asyncio.run(read_judged(settings, asked, begin))[0]


def moment(text: str | None, option: str, *, otherwise: float) -> float:
    """A time as ISO 8601 (UTC unless it says so) in seconds since 1970. Raises typer.BadParameter."""
    if text is None:
        return otherwise
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text[:40]!r} is not a time such as 2026-11-22 or 2026-11-22T06:30", param_hint=option
        ) from error
    return zoned(found).timestamp()


def learned_object(learned: Learned) -> dict[str, object]:
    """The outcome as JSON holds it."""
    model, studied = learned.studied.model, learned.studied
    manifest, figures = model.manifest, model.figures
    data = manifest.data
    return {
        "catalogue": manifest.catalogue,
        "model": manifest.id,
        "serves": learned.is_used,
        "parent": manifest.parent,
        "origin": data.origin,
        "click_model": studied.debiased.model,
        "examination": [None if math.isnan(x) else round(x, 4) for x in studied.debiased.examination.tolist()],
        "searches": dict(learned.reading.counts),
        "seen": learned.reading.seen,
        "since": data.since and data.since.isoformat(),
        "until": data.until and data.until.isoformat(),
        "cursor": data.cursor,
        "groups": data.queries,
        "candidates": data.candidates,
        "features": len(manifest.features),
        "trees": manifest.whole.trees,
        "blend": manifest.whole.blend,
        "held_out": {
            "searches": len(studied.held.log.lists),
            "measure": figures.measure,
            "before": figures.before.ends(),
            "reranked": figures.reranked.ends(),
            "gain": figures.gain.ends(),
            "p": round(figures.p, 6),
        },
        "gate": gate_object(learned.gate),
        "seconds": round(learned.seconds, 2),
        "notes": list(studied.notes),
    }


def print_learned(learned: Learned) -> None:
    """The outcome for people to read."""
    manifest, figures = learned.studied.model.manifest, learned.studied.model.figures
    typer.echo(
        f"model {manifest.id}: {manifest.data.searches} searches in {manifest.data.queries} groups, clicks read by the "
        f"model {learned.studied.debiased.model!r}, {len(manifest.features)} features, {manifest.whole.trees} trees, "
        f"blend {manifest.whole.blend:.1f}"
    )
    typer.echo(f"{figures.measure} before   {figures.before}")
    typer.echo(
        f"{figures.measure} reranked {figures.reranked} (later searches, by grades read from their clicks, which favour the "
        "order that was shown; the gate compares clicks with places taken out)"
    )
    print_gate(learned.gate)
    typer.echo("it serves now" if learned.is_used else "it is kept and does not serve")
    for note in learned.studied.notes:
        typer.echo(f"note: {note}")
    if not learned.is_used:
        comes_of_it = "lets it serve" if learned.gate.is_open else "overrules the gate"
        typer.echo(f"note: `vitrine models use {manifest.id} --catalogue {manifest.catalogue}` {comes_of_it}")
