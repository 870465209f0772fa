import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ranking.errors import ModelError
from ranking.features.feature import Feature, FeatureMatrix, Scope, Source
from ranking.features.wording import readable
from ranking.lambdamart.building import Circumstances, LearnedModel, learn_model
from ranking.lambdamart.cross_validation import Recipe
from ranking.lambdamart.explanation import explain_scores
from ranking.lambdamart.scorer import FEWEST_BY_PICTURE, ScorerSource, require_features
from ranking.lambdamart.spreads import spread_of
from ranking.lambdamart.store import DirectoryModelStore, VerifiedTrees
from ranking.lambdamart.training import TrainingOptions
from ranking.lambdamart.training_set import TrainingSet

RECIPE = Recipe((TrainingOptions(trees=12, minimum_in_leaf=4),), {}, folds=2)


@pytest.fixture(scope="module")
def data(learnable: Callable[..., TrainingSet]) -> TrainingSet:
    return learnable(16, 12)


@pytest.fixture(scope="module")
def learned(data: TrainingSet) -> LearnedModel:
    return learn(data, 0)


@pytest.fixture(scope="module")
def newer(data: TrainingSet) -> LearnedModel:
    return learn(data, 5)


def learn(data: TrainingSet, minute: int) -> LearnedModel:
    at = datetime(2026, 11, 22, 3, minute, tzinfo=UTC)
    return learn_model(data, RECIPE, Circumstances("shop", "judgments.csv", at))


@pytest.fixture
def store(tmp_path: Path, learned: LearnedModel) -> DirectoryModelStore:
    found = DirectoryModelStore(tmp_path / "models" / "shop")
    found.save(learned.manifest, dict(learned.trees))
    found.use(learned.manifest.id)
    return found


@pytest.fixture
def matrix(data: TrainingSet) -> FeatureMatrix:
    return FeatureMatrix(data.features, data.groups[0].values)


def test_a_stored_model_scores_as_the_trained_one(
    store: DirectoryModelStore, learned: LearnedModel, data: TrainingSet
) -> None:
    scorer = ScorerSource(store).get("current")
    assert scorer.model_id == learned.manifest.id
    assert scorer.features == data.features
    golden = np.array([[np.nan if v is None else v for v in row] for row in learned.manifest.golden_rows], np.float32)
    assert scorer.score(FeatureMatrix(data.features, golden)).tolist() == list(learned.manifest.whole.golden_scores)


def test_columns_are_found_by_name_whatever_their_order(
    store: DirectoryModelStore, data: TrainingSet, matrix: FeatureMatrix
) -> None:
    scorer = ScorerSource(store).get("current")
    turned = FeatureMatrix(data.features[::-1], data.groups[0].values[:, ::-1])
    assert scorer.score(turned).tolist() == scorer.score(matrix).tolist()


def test_no_candidates_have_no_scores(store: DirectoryModelStore, data: TrainingSet) -> None:
    scorer = ScorerSource(store).get("current")
    empty = FeatureMatrix(data.features, np.empty((0, 3), np.float32))
    assert scorer.score(empty).shape == (0,)
    assert scorer.contributions(empty).shape == (0, 4)


def test_each_fold_has_trees_of_its_own_that_know_what_they_never_saw(
    store: DirectoryModelStore, learned: LearnedModel, data: TrainingSet, matrix: FeatureMatrix
) -> None:
    manifest = store.manifest(learned.manifest.id)
    family = data.groups[3].family
    fold = next(number for number, trees in enumerate(manifest.folds) if family in trees.held_out)
    scorer = ScorerSource(store).get(f"{manifest.id}:{fold}")
    assert scorer.score(matrix).tolist() != ScorerSource(store).get("current").score(matrix).tolist()


def test_the_figures_of_the_manifest_are_out_of_fold(learned: LearnedModel) -> None:
    assert learned.manifest.measures["reranked"]["nDCG@10"].mean == learned.figures.reranked.mean
    assert learned.figures.gain.mean > 0


def test_a_change_of_model_is_served_without_a_restart(
    store: DirectoryModelStore, learned: LearnedModel, newer: LearnedModel
) -> None:
    source = ScorerSource(store)
    assert source.kept("current") is None
    assert source.get("current").model_id == learned.manifest.id
    assert source.kept("current") is source.get("current")
    store.save(newer.manifest, dict(newer.trees))
    store.use(newer.manifest.id)
    assert source.kept("current") is None
    assert source.get("current").model_id == newer.manifest.id
    assert store.rollback() == learned.manifest.id
    assert source.get("current").model_id == learned.manifest.id
    with pytest.raises(ModelError, match="no earlier model"):
        store.rollback()


def test_a_model_that_many_searches_wait_for_is_loaded_once(store: DirectoryModelStore) -> None:
    class Counting(DirectoryModelStore):
        reads = 0

        def verified(self, reference: str) -> VerifiedTrees:
            Counting.reads += 1
            time.sleep(0.05)  # long enough for the others to come
            return super().verified(reference)

    source = ScorerSource(Counting(store._folder))
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: source.get("current"), range(4)))
    assert Counting.reads == 1
    assert all(scorer is found[0] for scorer in found)


def test_searches_and_swaps_at_the_same_time_never_fail(
    store: DirectoryModelStore, learned: LearnedModel, newer: LearnedModel, matrix: FeatureMatrix
) -> None:
    store.save(newer.manifest, dict(newer.trees))
    source, failures = ScorerSource(store), []

    def search() -> None:
        try:
            for _ in range(60):
                source.get("current").score(matrix)
        except ModelError as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(20):
        store.use((newer, learned)[n % 2].manifest.id)
    for thread in threads:
        thread.join()
    assert failures == []


def tree_file(store: DirectoryModelStore, learned: LearnedModel) -> Path:
    return store._folder / learned.manifest.id / "model.txt"


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def turn_a_byte(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 1
    path.write_bytes(raw)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def noise(path: Path) -> None:
    path.write_bytes(os.urandom(5000))


@pytest.mark.parametrize("damage", [cut_in_half, turn_a_byte, empty, noise, Path.unlink])
def test_a_damaged_model_file_is_refused_before_it_is_loaded(
    store: DirectoryModelStore, learned: LearnedModel, damage: object
) -> None:
    damage(tree_file(store, learned))  # type: ignore[operator]
    with pytest.raises(ModelError, match=r"model file cannot be read|hash differs"):
        ScorerSource(store).get("current")
    with pytest.raises(ModelError):
        store.verified("current")


def test_a_model_that_serves_keeps_serving_when_its_file_is_damaged(
    store: DirectoryModelStore, learned: LearnedModel, matrix: FeatureMatrix
) -> None:
    source = ScorerSource(store)
    before = source.get("current").score(matrix)
    cut_in_half(tree_file(store, learned))
    assert source.get("current").score(matrix).tolist() == before.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": ["noise", "telling", "absent"]}, "feature list was changed"),
        ({"id": "m00000000-000000-000000"}, "another model"),
        ({"format": 99}, "another model or version"),
        ({"golden_rows": "none"}, "damaged"),
        ({"whole": None}, "damaged"),
    ],
)
def test_a_changed_manifest_is_refused(
    store: DirectoryModelStore, learned: LearnedModel, change: dict[str, object], message: str
) -> None:
    path = tree_file(store, learned).with_name("manifest.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ModelError, match=message):
        store.verified("current")


def test_scores_other_than_at_training_are_refused(store: DirectoryModelStore, learned: LearnedModel) -> None:
    path = tree_file(store, learned).with_name("manifest.json")
    raw = json.loads(path.read_text())
    raw["whole"]["golden_scores"][0] += 0.001
    path.write_text(json.dumps(raw))
    with pytest.raises(ModelError, match="golden rows"):
        ScorerSource(store).get("current")


def test_a_manifest_of_other_features_than_its_trees_is_refused(
    store: DirectoryModelStore, learned: LearnedModel
) -> None:
    from ranking.lambdamart.manifest import hash_schema

    path = tree_file(store, learned).with_name("manifest.json")
    raw = json.loads(path.read_text())
    raw["features"] = ["other", "noise", "absent"]
    raw["schema_hash"] = hash_schema(raw["features"])
    path.write_text(json.dumps(raw))
    with pytest.raises(ModelError, match="other features"):
        store.verified("current")


def test_a_model_for_features_that_are_not_declared_is_refused(store: DirectoryModelStore) -> None:
    scorer = ScorerSource(store).get("current")
    require_features(scorer, ["absent", "noise", "telling", "more"])
    with pytest.raises(ModelError, match="telling is not declared"):
        require_features(scorer, ["absent", "noise"])


@pytest.mark.parametrize(
    "reference", ["../../etc/passwd", "m20261122-000000-abcdef", "current:1", "", "m1:0", "nonsense"]
)
def test_an_unknown_reference_is_a_clear_error(store: DirectoryModelStore, reference: str) -> None:
    with pytest.raises(ModelError, match="`vitrine models list --catalogue shop` shows"):
        store.verified(reference)


def test_a_fold_that_is_not_there_is_named(store: DirectoryModelStore, learned: LearnedModel) -> None:
    with pytest.raises(ModelError, match="2 folds"):
        store.verified(f"{learned.manifest.id}:7")


def test_without_a_model_the_next_step_is_named(tmp_path: Path) -> None:
    empty_store = DirectoryModelStore(tmp_path)
    assert empty_store.ids() == ()
    with pytest.raises(ModelError, match="vitrine train"):
        ScorerSource(empty_store).get("current")


def test_a_damaged_pointer_is_mended_by_naming_a_model(store: DirectoryModelStore, learned: LearnedModel) -> None:
    (store._folder / "current.json").write_text("{")
    with pytest.raises(ModelError, match="models use"):
        store.verified("current")
    store.use(learned.manifest.id)
    assert store.verified("current").manifest.id == learned.manifest.id


def test_a_model_is_never_overwritten(store: DirectoryModelStore, learned: LearnedModel) -> None:
    with pytest.raises(ModelError, match="never overwritten"):
        store.save(learned.manifest, dict(learned.trees))


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, learned: LearnedModel) -> None:
    blocked = tmp_path / "models"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="cannot be written"):
        DirectoryModelStore(blocked).save(learned.manifest, dict(learned.trees))
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_models_removed_by_hand_are_no_longer_listed(store: DirectoryModelStore, learned: LearnedModel) -> None:
    shutil.rmtree(tree_file(store, learned).parent)
    assert store.ids() == ()


def test_contributions_add_up_to_the_score(store: DirectoryModelStore, matrix: FeatureMatrix) -> None:
    scorer = ScorerSource(store).get("current")
    found = scorer.contributions(matrix)
    assert found.sum(axis=1) == pytest.approx(scorer.score(matrix), abs=1e-6)


def test_the_explanation_names_the_feature_that_tells_first(store: DirectoryModelStore, matrix: FeatureMatrix) -> None:
    scorer = ScorerSource(store).get("current")
    features = [Feature(name, Scope.PRODUCT, Source.ENGINE, f"the {name} one") for name in scorer.features]
    base, shares = explain_scores(scorer.contributions(matrix), matrix.values, features)[0]
    assert isinstance(base, float)
    assert shares[0].feature == "telling"
    assert shares[0].words.startswith("the telling one (")
    assert all(share.contribution != 0 for share in shares)


def test_numbers_are_written_for_people() -> None:
    assert [readable(v) for v in (3.0, 1234567.0, 0.123456, 12345.678)] == ["3", "1,234,567", "0.123", "12,346"]


@pytest.mark.parametrize(
    ("pictures", "knows"),
    [(0, False), (FEWEST_BY_PICTURE - 2, False), (FEWEST_BY_PICTURE + 2, True), (380, True), (400, True)],
)
def test_a_model_knows_pictures_when_it_learned_from_enough_searches_by_them(
    tmp_path: Path, learned: LearnedModel, pictures: int, knows: bool
) -> None:
    column = np.repeat((np.arange(400) < pictures).astype(np.float32), 7)
    told = learned.manifest.model_copy(
        update={
            "data": learned.manifest.data.model_copy(update={"queries": 400}),
            "spreads": {"query_has_picture": spread_of(column)},
        }
    )
    store = DirectoryModelStore(tmp_path / "models" / "shop")
    store.save(told, dict(learned.trees))
    assert ScorerSource(store).get(told.id).knows_pictures is knows


def test_a_model_whose_record_does_not_say_may_order_pictures(store: DirectoryModelStore, data: TrainingSet) -> None:
    assert "query_has_picture" not in data.features
    assert ScorerSource(store).get("current").knows_pictures
