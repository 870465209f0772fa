"""A ranking model from the months before the split: each month's searches with features as they were when it began."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from examples.real.retail.conversion import shopper_of
from examples.real.retail.purchases import Purchases, months_before
from examples.real.retail.questions import Asked, asked_between
from indexer.behaviour.profiles.composition import keep_profiles
from indexer.behaviour.rows.composition import keep_rows
from plugin_config.settings import Settings
from query_service.composition import build_service
from query_service.training_data import read_training_set
from ranking.evaluation.comparison import permutation_p
from ranking.evaluation.intervals import bootstrap_mean
from ranking.evaluation.judgments import JudgedQuery, Judgments
from ranking.features.feature import Feature
from ranking.lambdamart.building import Circumstances, Figures, LearnedModel, Rankers, describe_model
from ranking.lambdamart.cross_validation import Ranker, ndcg_by_query
from ranking.lambdamart.store import DirectoryModelStore
from ranking.lambdamart.training import TrainingOptions, train_booster
from ranking.lambdamart.training_set import TrainingSet
from ranking.personalization.anonymous import with_anonymous_copies

NAME = "retail"
OPTIONS = TrainingOptions(
    trees=250,
    learning_rate=0.05,
    leaves=31,
    minimum_in_leaf=200,
    l2=5.0,
    smoothing=0.0,
    feature_share=0.6,
    query_share=0.7,
)  # chosen on September 2011 alone


@dataclass(frozen=True, slots=True)
class Lessons:
    """How much is learned: so many months before the split, of each so many searches at random."""

    months: int = 4
    searches_a_month: int = 800
    seed: int = 17


def stand_at(settings: Settings, moment: float, *, anew: bool = False) -> None:
    """Make rows and profiles as they were at a moment, later than the last one unless `anew`."""
    keep_rows(settings, [NAME], anew=anew, now=lambda: moment)
    keep_profiles(settings, [NAME], anew=True, now=lambda: moment)


def learn(settings: Settings, purchases: Purchases, split: float, lessons: Lessons, *, threads: int) -> LearnedModel:
    """Train, keep and use a model of all months but the last, which examines it."""
    moments = months_before(split, lessons.months)
    months: list[TrainingSet] = []
    features: tuple[Feature, ...] = ()
    for since, until in pairwise(moments):
        stand_at(settings, since, anew=since == moments[0])
        asked = sampled(list(asked_between(purchases, since, until)), lessons)
        data, features = asyncio.run(_read(settings, _judged(purchases, asked), since))
        months.append(data)
        print(f"  {_day(since)}: {len(data.groups):,} searches, {len(data.features)} features", flush=True)
    learned = _joined(months[:-1], features)
    ranker = Ranker(train_booster(learned, replace(OPTIONS, threads=threads)), OPTIONS, blend=1.0)
    origin = f"purchases {_day(moments[0])} to {_day(moments[-2])}"
    circumstances = Circumstances(NAME, origin, datetime.now(UTC))
    made = describe_model(learned, Rankers(ranker, (), {}), _examined(ranker, months[-1]), circumstances)
    store = DirectoryModelStore(settings.models_folder / NAME)
    store.save(made.manifest, dict(made.trees))
    store.use(made.manifest.id)
    return made


def sampled(asked: Sequence[Asked], lessons: Lessons) -> list[Asked]:
    """At most as many as wanted, in their order."""
    if len(asked) <= lessons.searches_a_month:
        return list(asked)
    chosen = sorted(random.Random(lessons.seed).sample(range(len(asked)), lessons.searches_a_month))  # noqa: S311
    return [asked[place] for place in chosen]


def _judged(purchases: Purchases, asked: Sequence[Asked]) -> Judgments:
    queries = tuple(
        JudgedQuery(
            text=each.noun.lower(),
            image="",
            audio="",
            user=shopper_of(purchases, each.customer),
            filters="",
            grades={purchases.names[item]: 1.0 for item in each.bought},
        )
        for each in asked
    )
    return Judgments(queries, "purchases", Path(), "", ())


async def _read(settings: Settings, judgments: Judgments, moment: float) -> tuple[TrainingSet, tuple[Feature, ...]]:
    service = build_service(settings, now=lambda: datetime.fromtimestamp(moment, UTC))
    try:
        served = await service.catalogues.get(NAME)
        policy = served.stored.catalogue.policies["personal"]
        return await read_training_set(service, NAME, judgments, policy=policy), served.features
    finally:
        await service.close()


def _joined(months: Sequence[TrainingSet], features: Sequence[Feature]) -> TrainingSet:
    """All months as one, each search also as a stranger's."""
    groups = tuple(group for month in months for group in month.groups)
    return with_anonymous_copies(TrainingSet(months[0].features, groups), features)


def _examined(ranker: Ranker, later: TrainingSet) -> Figures:
    before = ndcg_by_query(later.groups, lambda _place, group: group.fused)
    after = ndcg_by_query(later.groups, lambda _place, group: ranker.predict(group.values))
    gain = after - before
    return Figures("nDCG@10", bootstrap_mean(before), bootstrap_mean(after), bootstrap_mean(gain), permutation_p(gain))


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
