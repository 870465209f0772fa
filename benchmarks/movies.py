"""MSRD movies: how well LambdaMART ranks judged movies by the engine's features; mean over repeated 70/30 splits.

    python -m benchmarks.movies            features are read from OpenSearch once and kept below scratch/
    python -m benchmarks.movies --splits 3 --fresh

Needs the catalogue `movies` indexed: `make real DATA=movies`.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from mappings.catalogue_store import IndexCatalogueStore, StoredCatalogue
from mappings.client import AsyncClient, connect, connect_async
from mappings.feature_query import feature_query
from mappings.hybrid import SearchPlan
from plugin_config.policy import Normalizer
from plugin_config.settings import load_settings
from query_service.features import engine_matrix
from query_service.retrieval import retrieve
from ranking.evaluation.intervals import bootstrap_mean
from ranking.evaluation.judgments import JudgedQuery, read_judgments
from ranking.features.declared import declared_features
from ranking.features.feature import Feature, FeatureMatrix, Source
from ranking.features.matrix import assemble
from ranking.features.query import query_features
from ranking.lambdamart.building import recipe_for
from ranking.lambdamart.cross_validation import Recipe, choose_and_train, ndcg_by_query
from ranking.lambdamart.training_set import QueryGroup, TrainingSet
from vitrine.stack.discovery import running_settings

ROOT = Path(__file__).parents[1]
JUDGMENTS = ROOT.parent / "shared/data/msrd-movies/judgments_dev.tsv.gz"
KEPT = ROOT / "scratch/movies-features.npz"
TOGETHER = 16
TARGET = 0.8853  # LightGBM lambdarank on Elastic's five features
# Elastic's notebook: BM25 of title and actors, both with all terms, popularity.
FIVE = ("bm25_title", "bm25_actors", "all_terms_title", "all_terms_actors", "popularity")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads engine features of judged movies, some queries at a time: scores by name come with `_search` alone."""

    client: AsyncClient
    stored: StoredCatalogue
    features: tuple[Feature, ...]
    now: datetime

    async def read(self, queries: Sequence[JudgedQuery]) -> TrainingSet:
        """One group per query over its judged movies that are in the index."""
        known = await self._known({i for query in queries for i in query.grades})
        groups: list[QueryGroup] = []
        for start in track(range(0, len(queries), TOGETHER), description="reading features"):
            part = [_restrict(query, known) for query in queries[start : start + TOGETHER]]
            groups += await asyncio.gather(*(self._group(query) for query in part))
        return TrainingSet(tuple(feature.name for feature in self.features), tuple(groups))

    async def _group(self, query: JudgedQuery) -> QueryGroup:
        catalogue = self.stored.catalogue
        wanted = feature_query(catalogue, (f for f in self.features if f.source is Source.ENGINE))
        plan = SearchPlan(
            (),
            Normalizer.model_validate("min_max"),
            depth=len(query.grades),
            size=len(query.grades),
            filters=({"ids": {"values": list(query.grades)}},),
            with_source=False,
            value_fields=wanted.paths,
            post_filter=wanted.post_filter(query.text, {}),
        )
        found = await retrieve(self.client, self.stored.alias, plan)
        engine = engine_matrix(wanted, found, now=self.now)
        matrix = assemble(self.features, [engine], query=query_features(query.text))
        score = np.nan_to_num(engine.select(["bm25_all"]).values[:, 0].astype(np.float64))
        return QueryGroup(query.text, query.family, found.ids, matrix.values, score, query.grades)

    async def _known(self, ids: set[str]) -> set[str]:
        every, found = sorted(ids), set[str]()
        for start in range(0, len(every), 5000):
            body = {"size": 5000, "_source": False, "query": {"ids": {"values": every[start : start + 5000]}}}
            found |= {hit["_id"] for hit in (await self.client.search(self.stored.alias, body))["hits"]["hits"]}
        return found


async def read_features() -> TrainingSet:
    """The features of every judged movie, from the OpenSearch of the settings."""
    settings = running_settings(load_settings())
    stored = IndexCatalogueStore(connect(settings), settings).get("movies")
    client = connect_async(settings)
    try:
        reader = Reader(client, stored, declared_features(stored.catalogue), datetime.now(UTC))
        return await reader.read(read_judgments(JUDGMENTS).queries)
    finally:
        await client.close()


def _restrict(query: JudgedQuery, known: set[str]) -> JudgedQuery:
    """A few judgments name movies that the corpus does not have."""
    grades = {i: grade for i, grade in query.grades.items() if i in known}
    return JudgedQuery(query.text, query.image, query.audio, query.user, query.filters, grades)


def keep(data: TrainingSet) -> None:
    """Write the features below scratch/."""
    KEPT.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        KEPT,
        values=np.concatenate([group.values for group in data.groups]),
        fused=np.concatenate([group.fused for group in data.groups]),
        names=np.array(data.features),
        groups=np.array(json.dumps([[g.query, g.family, dict(g.judgments)] for g in data.groups])),
    )


def kept_features() -> TrainingSet:
    """Read them back."""
    with np.load(KEPT) as file:
        values, fused = file["values"], file["fused"]
        names, described = tuple(map(str, file["names"])), json.loads(str(file["groups"]))
    groups, at = [], 0
    for query, family, grades in described:
        rows = slice(at, at + len(grades))
        at += len(grades)
        groups.append(QueryGroup(query, family, tuple(grades), values[rows], fused[rows], grades))
    return TrainingSet(names, tuple(groups))


def only(data: TrainingSet, names: Sequence[str]) -> TrainingSet:
    """The same groups with these columns."""
    groups = tuple(
        QueryGroup(
            g.query, g.family, g.ids, FeatureMatrix(data.features, g.values).select(names).values, g.fused, g.judgments
        )
        for g in data.groups
    )
    return TrainingSet(tuple(names), groups)


def examine(data: TrainingSet, recipe: Recipe, *, split: int) -> NDArray[np.float64]:
    """Train on 70 % of the query families; nDCG@10 of the other queries."""
    families = sorted({group.family for group in data.groups})
    shuffled = np.random.default_rng(split).permutation(len(families))
    held_out = {families[i] for i in shuffled[: round(0.3 * len(families))]}
    examined = [i for i, group in enumerate(data.groups) if group.family in held_out]
    learned = [i for i, group in enumerate(data.groups) if group.family not in held_out]
    ranker = choose_and_train(data.part(learned), recipe)
    return ndcg_by_query(data.part(examined).groups, lambda _place, group: ranker.final(group))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--fresh", action="store_true", help="read the features again")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.fresh or not KEPT.exists():
        keep(asyncio.run(read_features()))
    data = kept_features()
    features = tuple(name for name in data.features if not np.isnan(_column(data, name)).all())
    console, reached = Console(), 0.0
    for label, names in (("five features", FIVE), (f"{len(features)} features", features)):
        part, means, begin = only(data, names), [], time.perf_counter()
        recipe = recipe_for(part, (), threads=arguments.threads)
        for split in range(arguments.splits):
            values = examine(part, recipe, split=split)
            means.append(float(np.nanmean(values)))
            console.print(f"{label}, split {split}: nDCG@10 {bootstrap_mean(values)}")
        seconds = (time.perf_counter() - begin) / arguments.splits
        reached = float(np.mean(means))
        console.print(f"[bold]{label}: mean {reached:.4f}[/bold], {seconds:.0f} s a split")
    return 0 if reached >= TARGET else 1


def _column(data: TrainingSet, name: str) -> NDArray[np.float32]:
    place = data.features.index(name)
    return np.concatenate([group.values[:, place] for group in data.groups])


if __name__ == "__main__":
    sys.exit(main())
