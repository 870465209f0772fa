"""From lists that shoppers saw to a model that can be stored: the earlier part is learned, the later part examines."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.seen import assumption_of
from ranking.errors import TrainingError
from ranking.evaluation.comparison import permutation_p
from ranking.evaluation.intervals import SHARE, bootstrap_mean
from ranking.features.feature import Feature
from ranking.lambdamart.blending import blend_scores
from ranking.lambdamart.building import (
    Circumstances,
    Figures,
    LearnedModel,
    Rankers,
    describe_model,
    recipe_for,
    recipe_for_clicks,
)
from ranking.lambdamart.cross_validation import Ranker, choose_and_train, cross_validate, ndcg_by_query
from ranking.lambdamart.training import Progress
from ranking.lambdamart.training_set import QueryGroup, TrainingSet, family_with
from ranking.learning.debiasing import BY_POSITION, Debiased, debias, require_approach
from ranking.learning.favouring import favour, in_words
from ranking.learning.grouping import fused_scores, training_groups
from ranking.learning.joining import LogReading
from ranking.learning.shown import ShownLog
from ranking.learning.splitting import TimeSplit, split_by_time

DEFAULT_APPROACH = "selected"
CUTOFF = 10


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to learn. `approach`: one of debiasing.APPROACHES. `judged`: groups of people's judgments, mixed in; their
    queries are cross-validated, so that they can be evaluated honestly afterwards. `threads`: of LightGBM."""

    approach: str = DEFAULT_APPROACH
    seed: int = 17
    threads: int = 1
    judged: TrainingSet | None = None
    judgments: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Lists kept aside with the grades that examine a model: expected ones, by the click model of the training.

    `before`: the lists that the model learned from, as they were served; with none, nothing can be said of drift.
    """

    log: ShownLog
    grades: tuple[NDArray[np.float64], ...]
    before: ShownLog

    def groups(self) -> tuple[QueryGroup, ...]:
        """One group a search, in the order of the lists."""
        return tuple(
            QueryGroup(
                shown.query, shown.family, shown.products, shown.values,
                fused_scores(self.log.features, shown.values),
                dict(zip(shown.products, grades.tolist(), strict=True)),
            )
            for shown, grades in zip(self.log.lists, self.grades, strict=True)
            if shown.has_interest and len(shown.products) > 1
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Studied:
    """A learned model, what it was examined on, and how the clicks were read."""

    model: LearnedModel
    held: Held
    debiased: Debiased
    boundary: float
    notes: tuple[str, ...] = field(default=())


def study(
    reading: LogReading,
    features: Sequence[Feature],
    wishes: Wishes,
    *,
    circumstances: Circumstances,
    progress: Progress | None = None,
) -> Studied:
    """Learn from the earlier lists and measure on the later ones. Raises TrainingError when there is nothing to learn.

    `progress` is called with (steps done, steps in all).
    """
    require_approach(wishes.approach)
    report = progress or (lambda _done, _of: None)
    split = split_by_time(reading.log)
    report(0, 4)
    debiased = debias(split.learned.lists, wishes.approach, seed=wishes.seed)
    report(1, 4)
    data = _with_judgments(training_groups(split.learned, debiased), wishes.judged)
    make = recipe_for_clicks if wishes.judged is None else recipe_for
    recipe = make(data, features, seed=wishes.seed, threads=wishes.threads)
    folds = cross_validate(data, recipe).folds if wishes.judged is not None else ()
    report(2, 4)
    whole = choose_and_train(data, recipe)
    if wishes.judged is None:
        whole = favour(whole, split.learned, debiased, recipe)
    report(3, 4)
    held = examination(split.held_out, debiased.model, before=split.learned, seed=wishes.seed)
    figures = _figures(held.groups(), whole)
    described = _circumstances(circumstances, reading, split, debiased, wishes)
    model = describe_model(data, Rankers(whole, folds, recipe.directions), figures, described)
    report(4, 4)
    notes = (*_notes(reading, split), *in_words(whole))
    return Studied(model, held, debiased, split.boundary, notes)


def examination(log: ShownLog, model: str, *, before: ShownLog, seed: int) -> Held:
    """The lists with expected grades by this click model, fitted to them alone: nothing of training enters them.
    `before`: see Held."""
    if not log.lists:
        return Held(log, (), before)
    approach = "position" if model == BY_POSITION else model
    return Held(log, debias(log.lists, approach, seed=seed).grades, before)


def _with_judgments(data: TrainingSet, judged: TrainingSet | None) -> TrainingSet:
    if judged is None:
        return data
    if judged.features != data.features:
        raise TrainingError("the judged queries were read with other features than the log; train again")
    if any(group.positions is not None for group in data.groups):
        raise TrainingError(
            "LightGBM's position bias correction needs a position for every row, which judgments have not"
        )
    # Named as judged ones are, so that both kinds of one query stay on the same side of every split.
    logged = (replace(group, family=family_with(group.family)) for group in data.groups)
    return TrainingSet(data.features, (*logged, *judged.groups))


def _figures(groups: Sequence[QueryGroup], ranker: Ranker) -> Figures:
    """The order before (fused score) against the model's, on lists that came later than all it learned from."""
    before = ndcg_by_query(groups, lambda _place, group: group.fused, cutoff=CUTOFF)
    after = ndcg_by_query(groups, lambda _place, group: _final(ranker, group), cutoff=CUTOFF)
    gain = after - before
    return Figures(
        f"nDCG@{CUTOFF}",
        bootstrap_mean(before, within=SHARE),
        bootstrap_mean(after, within=SHARE),
        bootstrap_mean(gain),
        permutation_p(gain),
    )


def _final(ranker: Ranker, group: QueryGroup) -> NDArray[np.float64]:
    return blend_scores(ranker.predict(group.values), group.fused, weight=ranker.blend)


def _circumstances(
    given: Circumstances, reading: LogReading, split: TimeSplit, debiased: Debiased, wishes: Wishes
) -> Circumstances:
    origin = f"behaviour, {debiased.model} clicks" + (f"; {wishes.judgments}" if wishes.judged is not None else "")
    behaviour = {
        "since": datetime.fromtimestamp(split.learned.lists[0].at, UTC),
        "until": datetime.fromtimestamp(split.boundary, UTC),
        "cursor": reading.cursor,
        "click_model": debiased.model,
        "searches": len(split.learned.lists),
        "seen": reading.seen,
    }
    return Circumstances(given.catalogue, origin, given.at, given.parent, behaviour)


def _notes(reading: LogReading, split: TimeSplit) -> tuple[str, ...]:
    left_out = [
        f"{count} {words}"
        for name, words in (
            ("suspect", "of suspected bots"),
            ("repeated", "refreshes of a list just seen"),
            ("unseen", "that nobody is known to have looked at"),
            ("without_features", "logged without features"),
        )
        if (count := reading.counts.get(name, 0))
    ]
    learned = f"learned from {len(split.learned.lists)} searches, examined on {len(split.held_out.lists)} later ones"
    return tuple(
        filter(None, (learned, assumption_of(reading.seen), f"left out: {', '.join(left_out)}" if left_out else ""))
    )
