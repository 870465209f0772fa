"""What a search pays for reordering 200 candidates with all behaviour and personal features: reading, columns, model."""

import asyncio
import gc
import statistics
import time
from datetime import UTC, datetime

import lightgbm as lgb
import numpy as np
import redis.asyncio
from redis import Redis

from benchmarks.behaviour.making import CATALOGUE, Made
from benchmarks.behaviour.past import NOW, Shop
from indexer.behaviour.rows.store import RowsNote, RowStore
from mappings.catalogue_store import StoredCatalogue
from mappings.feature_query import FeatureQuery
from query_service.catalogues import ServedCatalogue
from query_service.feature_plan import feature_plan
from query_service.features import FeatureReader, Occasion
from query_service.packed_rows import PackedRows
from query_service.personal import Asker
from query_service.retrieval import PARTS, Candidates
from ranking.features.feature import FeatureMatrix
from ranking.lambdamart.quickscorer import compile_model
from ranking.personalization.products.rows import empty_rows, encode_rows, taste_key
from ranking.personalization.shoppers.packing import pack_profile
from ranking.personalization.shoppers.profile import Own, Profile, Visit, blank_profile, profile_key

PREFIX = "benchmark_serving"
CANDIDATES = 200
TREES = 300


def measure(url: str, shop: Shop, made: Made, *, turns: int) -> dict[str, tuple[float, float]]:
    """Median milliseconds (CPU of this process, wall) of reading the matrix and of scoring it, and their sum."""
    store = Redis.from_url(url)
    try:
        write(store, shop, made)
        return asyncio.run(searches(url, shop, made, turns))
    finally:
        for key in store.scan_iter(match=f"{PREFIX}:*", count=10_000):
            store.unlink(key)
        store.close()


def write(store: Redis, shop: Shop, made: Made) -> None:
    rows, ids = made.result, shop.columns.ids
    note = RowsNote(NOW, 0, 0, "", len(ids), len(rows.queries))
    RowStore(store, prefix=PREFIX).write("shop", ids, rows, note=note)
    tastes, random = empty_rows(len(ids)), np.random.default_rng(2)
    tastes["generation"] = 1
    for name in ("factors", "closeness", "segments", "text", "picture"):
        tastes[name] = random.random(tastes[name].shape)
    keys = np.sort(random.choice(2**32 - 1, len(ids), replace=False)).astype(np.uint32)
    tastes["key"] = keys
    tastes["neighbours"] = random.choice(keys, tastes["neighbours"].shape)
    for id, packed in zip(ids, encode_rows(tastes), strict=True):
        store.set(taste_key(PREFIX, "shop", id), packed)
    store.set(profile_key(PREFIX, "shop", "ann"), pack_profile(profile(keys)))


def profile(keys: np.ndarray) -> Profile:
    """A shopper who knows 200 products and is looking at eight."""
    random = np.random.default_rng(5)
    blank = blank_profile(as_of=NOW, generation=1)
    own = np.sort(random.choice(keys, 200, replace=False))
    columns = [random.random(200).astype(np.float32) for _ in range(4)]
    visit = Visit(NOW, own[:8], columns[0][:8], random.random(blank.text.size).astype(np.float32))
    return Profile(
        NOW, 1, blank.evidence, Own(own, *columns), blank.affinity, random.random(blank.factors.size).astype(np.float32),
        blank.text + 0.1, blank.picture + 0.1, 3.0, 0.0, visit,
    )  # fmt: skip


async def searches(url: str, shop: Shop, made: Made, turns: int) -> dict[str, tuple[float, float]]:
    plan = feature_plan(CATALOGUE)
    stored = StoredCatalogue(CATALOGUE, "", "", (), (), datetime.now(UTC))
    served = ServedCatalogue(stored, plan, {})
    client: redis.asyncio.Redis = redis.asyncio.Redis.from_url(url)
    reader = FeatureReader(PackedRows(client), prefix=PREFIX)
    texts, random = list(made.result.queries)[:500], np.random.default_rng(7)
    scorer = compile_model(model(len(plan.features)), len(plan.features))
    times: dict[str, list[tuple[float, float]]] = {"read": [], "score": [], "both": []}
    for turn in range(turns + 20):
        ids = tuple(random.choice(shop.columns.ids, CANDIDATES, replace=False).tolist())
        found, words = candidates(ids, plan.engine), texts[turn % len(texts)]
        occasion = Occasion(words, 0, datetime.fromtimestamp(NOW, UTC), Asker("ann", 1.0))
        gc.disable()
        begun = time.process_time(), time.perf_counter()
        matrix: FeatureMatrix = (await reader.read(served, found, occasion)).matrix
        read = time.process_time(), time.perf_counter()
        scorer.score(matrix.values)
        scored = time.process_time(), time.perf_counter()
        gc.enable()
        if turn >= 20:  # the first ones warm up
            times["read"].append((read[0] - begun[0], read[1] - begun[1]))
            times["score"].append((scored[0] - read[0], scored[1] - read[1]))
            times["both"].append((scored[0] - begun[0], scored[1] - begun[1]))
    reader.close()
    await client.aclose()
    check(matrix)
    return {
        name: (1000 * statistics.median(c for c, _ in found), 1000 * statistics.median(w for _, w in found))
        for name, found in times.items()
    }


def candidates(ids: tuple[str, ...], query: FeatureQuery) -> Candidates:
    """Candidates as a search brings them, every clause matched."""
    scores = dict.fromkeys((*PARTS, *query.codes), 1.5)
    values = {path: [12.5] for path in query.paths}
    fused = np.linspace(1, 0.1, len(ids))
    return Candidates(
        ids, fused, (scores,) * len(ids), (values,) * len(ids), len(ids), True, 0.0, is_examined=True
    )  # fmt: skip


def model(features: int) -> str:
    random = np.random.default_rng(0)
    values = random.normal(size=(6_000, features))
    grades = np.clip(np.round(values[:, :5].sum(1)), 0, 4)
    parameters = {"objective": "lambdarank", "num_leaves": 31, "verbose": -1, "seed": 0, "num_threads": 1}
    text: str = lgb.train(parameters, lgb.Dataset(values, grades, group=[20] * 300), TREES).model_to_string()
    return text


def check(matrix: FeatureMatrix) -> None:
    """What was measured must have been there."""
    known = dict(zip(matrix.names, ~np.isnan(matrix.values).all(axis=0), strict=True))
    wanted = ("clicks_30d", "attraction", "query_evidence", "viewed_together", "own_taste", "taste", "visit_text")
    absent = [name for name in wanted if name in known and not known[name]]
    if absent:
        raise SystemExit(f"these features were absent: {', '.join(absent)}")
