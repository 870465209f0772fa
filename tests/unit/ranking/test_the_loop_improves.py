"""The loop in small: shoppers who read lists in five ways click, a model learns, its gate lets it serve, lists get better."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ranking.behaviour.click_models.simulation import SHOPPERS
from ranking.evaluation.ndcg import ndcg
from ranking.features.feature import Feature, FeatureMatrix, Scope, Source
from ranking.lambdamart.blending import order_by
from ranking.lambdamart.building import Circumstances
from ranking.lambdamart.scorer import Scorer, ScorerSource
from ranking.lambdamart.store import DirectoryModelStore
from ranking.learning.gate import examine_model
from ranking.learning.joining import LogReading
from ranking.learning.shown import ShownList, ShownLog
from ranking.learning.studying import Wishes, study

pytestmark = pytest.mark.slow

NAMES = ("match", "rating", "choice", "noise", "fused_score")
FEATURES = (
    *(Feature(name, Scope.QUERY_PRODUCT, Source.ENGINE, name) for name in ("match", "rating", "noise", "fused_score")),
    Feature("choice", Scope.SHOPPER_PRODUCT, Source.PROFILE, "what you choose"),
)
CANDIDATES, PAGE, QUERIES, SHOPPERS_IN_ALL = 30, 12, 60, 120


class Market:
    """What products are worth: they match, everybody likes some, and each shopper has a taste that is known but roughly."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def search(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the candidates, shape (candidates, features), and their true worths."""
        match, rating, taste, told, noise = self.random.normal(size=(5, CANDIDATES))
        values = np.stack([match, rating, taste + 0.7 * told, noise, match + 0.7 * told], axis=1)
        return values.astype(np.float32), match + 0.8 * rating + 0.8 * taste


def order(scorer: Scorer | None, values: np.ndarray) -> np.ndarray:
    score = values[:, -1].astype(np.float64) if scorer is None else scorer.score(FeatureMatrix(NAMES, values))
    return order_by(score)


def shop(market: Market, scorer: Scorer | None, searches: int, begin: float) -> ShownLog:
    lists, kinds = [], list(SHOPPERS)
    for number in range(searches):
        values, worth = market.search()
        shown = order(scorer, values)[:PAGE]
        attraction = 1 / (1 + np.exp(2.5 - 1.2 * worth[shown]))
        clicks = SHOPPERS[kinds[number % len(kinds)]](market.random, attraction[None, :])[0]
        query = f"query {number % QUERIES}"
        lists.append(
            ShownList(
                f"q{begin}-{number}", query, query, begin + number, f"s{number % SHOPPERS_IN_ALL}",
                tuple(f"p{number}-{i}" for i in shown), np.arange(1, PAGE + 1, dtype=np.int32), values[shown],
                clicks.astype(np.float64),
            )
        )  # fmt: skip
    return ShownLog(NAMES, tuple(lists))


def quality(scorer: Scorer | None) -> np.ndarray:
    """True nDCG@10 of 400 searches that nobody made, the same ones each time."""
    market, found = Market(99), []
    for _ in range(400):
        values, worth = market.search()
        gains = np.exp(worth)
        found.append(ndcg(gains[order(scorer, values)], gains, cutoff=10))
    return np.array(found)


def test_two_rounds_of_shopping_make_lists_better_and_the_gate_sees_it(tmp_path: Path) -> None:
    store, market, serving = DirectoryModelStore(tmp_path), Market(5), None
    measured = [quality(None)]
    for day in range(2):
        log = shop(market, serving, 1500, 1e9 + 1e6 * day)
        at = datetime(2026, 11, 22, 3, day, tzinfo=UTC)
        studied = study(LogReading(log, {}, 7), FEATURES, Wishes(), circumstances=Circumstances("shop", "", at))
        model = studied.model.manifest
        store.save(model, dict(studied.model.trees))
        report = examine_model(store, model.id, studied.held)
        if day == 0:
            assert report.is_open, report.failures
        store.use(model.id)
        serving = ScorerSource(store).get("current")
        measured.append(quality(serving))
    first, last = measured[1] - measured[0], measured[2] - measured[0]
    for gain in (first, last):
        assert gain.mean() > 0.05
        assert gain.mean() > 5 * gain.std() / np.sqrt(gain.size)
