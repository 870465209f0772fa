"""The weight of a shopper's own choices beside the trees: learned where clicks tell it, and carried by the model."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ranking.errors import ModelError
from ranking.features.feature import Feature, FeatureMatrix, Scope, Source
from ranking.lambdamart.building import Circumstances
from ranking.lambdamart.explanation import explain_scores
from ranking.lambdamart.linear import LinearPart
from ranking.lambdamart.scorer import ScorerSource
from ranking.lambdamart.store import DirectoryModelStore
from ranking.learning.gate import Verdict, examine_model
from ranking.learning.joining import LogReading
from ranking.learning.shown import ShownList, ShownLog
from ranking.learning.studying import Studied, Wishes, study
from ranking.personalization.strength import with_strength

NAMES = ("match", "choice", "fused_score")
FEATURES = (
    Feature("match", Scope.QUERY_PRODUCT, Source.ENGINE, "words that match"),
    Feature("choice", Scope.SHOPPER_PRODUCT, Source.PROFILE, "what you choose"),
    Feature("fused_score", Scope.QUERY_PRODUCT, Source.ENGINE, "found"),
)


def shopping(count: int, *, liking: float, seed: int) -> ShownLog:
    """Half of the shoppers are known; they click what matches and what they like, where they look."""
    random, lists = np.random.default_rng(seed), []
    for number in range(count):
        match, choice = random.normal(size=10), random.normal(size=10)
        fused = match + random.normal(size=10)
        order = np.argsort(-fused)
        known = number % 2 == 0
        worth = match + (liking * choice if known else 0.0)
        looks = random.random(10) < 1 / np.arange(1, 11) ** 0.5
        clicks = looks & (random.random(10) < 1 / (1 + np.exp(1.5 - worth[order])))
        values = np.stack([match, choice if known else np.full(10, np.nan), fused], axis=1)[order]
        lists.append(
            ShownList(
                f"q{number}", f"query {number % 60}", f"query {number % 60}", 1e9 + number, f"s{number % 80}",
                tuple(f"p{i}" for i in order), np.arange(1, 11, dtype=np.int32), values.astype(np.float32),
                clicks.astype(np.float64),
            )
        )  # fmt: skip
    return ShownLog(NAMES, tuple(lists))


def learn(log: ShownLog) -> Studied:
    at = datetime(2026, 11, 22, 3, 1, tzinfo=UTC)
    return study(LogReading(log, {}, 7), FEATURES, Wishes("position"), circumstances=Circumstances("shop", "", at))


@pytest.fixture(scope="module")
def studied() -> Studied:
    return learn(shopping(900, liking=1.5, seed=1))


@pytest.fixture
def store(tmp_path: Path, studied: Studied) -> DirectoryModelStore:
    found = DirectoryModelStore(tmp_path)
    found.save(studied.model.manifest, dict(studied.model.trees))
    found.use(studied.model.manifest.id)
    return found


def matrix(choice: float) -> FeatureMatrix:
    return FeatureMatrix(NAMES, np.array([[0.3, choice, 0.2], [0.3, np.nan, 0.2]], dtype=np.float32))


def test_few_lists_of_known_shoppers_make_no_weight() -> None:
    assert learn(shopping(250, liking=1.5, seed=2)).model.manifest.whole.linear == {}


def test_what_shoppers_do_not_choose_by_gets_next_to_no_weight(studied: Studied) -> None:
    assert studied.model.manifest.whole.linear["choice"] > 0.1
    assert any(
        note.startswith("taste counts beside the trees, in points of the score: choice ") for note in studied.notes
    )
    unmoved = learn(shopping(900, liking=0.0, seed=3)).model.manifest.whole.linear.get("choice", 0.0)
    assert unmoved < studied.model.manifest.whole.linear["choice"] / 3


def test_the_weight_is_served_and_explained(store: DirectoryModelStore, studied: Studied) -> None:
    weight = studied.model.manifest.whole.linear["choice"]
    scorer = ScorerSource(store).get("current")
    far, near = matrix(100.0), matrix(200.0)  # beyond every threshold of the trees
    assert scorer.score(near)[0] - scorer.score(far)[0] == pytest.approx(100 * weight)
    assert scorer.score(near)[1] == scorer.score(far)[1]
    shares = scorer.contributions(near)
    assert shares.sum(axis=1) == pytest.approx(scorer.score(near))
    assert shares[0, 1] - scorer.contributions(far)[0, 1] == pytest.approx(100 * weight)
    told = explain_scores(shares, near.values, FEATURES)[0][1]
    assert told[0].feature == "choice"
    assert "what you choose" in told[0].words
    assert "much raised it" in told[0].words


def test_the_strength_of_personalization_holds_for_it(store: DirectoryModelStore) -> None:
    scorer, near = ScorerSource(store).get("current"), matrix(200.0)
    whole, anybody = scorer.score(near)
    assert with_strength(scorer, FEATURES, 0.25).score(near)[0] == pytest.approx(0.25 * whole + 0.75 * anybody)


def test_an_altered_weight_does_not_serve(store: DirectoryModelStore, studied: Studied, tmp_path: Path) -> None:
    kept = tmp_path / studied.model.manifest.id / "manifest.json"
    for altered in ({"choice": 9.0}, {"no such feature": 1.0}):
        whole = studied.model.manifest.whole.model_copy(update={"linear": altered})
        kept.write_text(studied.model.manifest.model_copy(update={"whole": whole}).model_dump_json())
        with pytest.raises(ModelError, match="train again"):
            ScorerSource(store).get("current")


def test_a_weight_against_a_declared_direction_closes_the_gate(tmp_path: Path, studied: Studied) -> None:
    manifest = studied.model.manifest.model_copy(update={"directions": {"choice": -1}})
    store = DirectoryModelStore(tmp_path / "other")
    store.save(manifest, dict(studied.model.trees))
    check = next(one for one in examine_model(store, manifest.id, studied.held).checks if one.name == "directions")
    assert check.verdict is Verdict.FAILED
    assert "beside the trees choice counts against its direction" in check.details


def test_absent_values_add_nothing() -> None:
    part = LinearPart.of({"b": 2.0}, ("a", "b"))
    rows = np.array([[5, np.nan], [5, 3]], dtype=np.float32)
    assert part.score(rows).tolist() == [0.0, 6.0]
    assert LinearPart.of({}, ("a",)).score(rows[:, :1]).tolist() == [0.0, 0.0]
    assert replace(part, weights=-part.weights).score(rows).tolist() == [0.0, -6.0]
