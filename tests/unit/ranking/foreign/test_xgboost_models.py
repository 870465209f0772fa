"""Models that XGBoost itself trained score here as XGBoost scores them: the same leaf of every tree for every row."""

import json
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from ranking.errors import ForeignModelError, ModelError
from ranking.foreign.importing import ForeignFormat, golden_rows, read_foreign
from ranking.foreign.source import SourceModel, leaves_as_at_home
from ranking.foreign.xgboost_model import read_xgboost
from ranking.lambdamart.quickscorer import compile_model
from ranking.lambdamart.scorer import LambdaMartScorer
from ranking.lambdamart.store import DirectoryModelStore
from tests.unit.ranking.foreign.columns import NAMES, brought

xgboost = pytest.importorskip("xgboost", reason="install the extra dev to compare with XGBoost")

KINDS: dict[str, dict[str, object]] = {
    "ranking": {"objective": "rank:ndcg"},
    "pairs": {"objective": "rank:pairwise", "max_depth": 3},
    "dropped trees": {
        "objective": "rank:ndcg",
        "booster": "dart",
        "rate_drop": 0.5,
        "one_drop": 1,
        "learning_rate": 0.5,
    },
    "odds": {"objective": "binary:logistic", "base_score": 0.2},
    "squares": {"objective": "reg:squarederror", "base_score": 1.7},
    "counts": {"objective": "count:poisson", "num_parallel_tree": 2, "subsample": 0.6},
    "leaf by leaf": {"objective": "rank:ndcg", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 40},
    "every value a threshold": {"objective": "reg:squarederror", "tree_method": "exact", "max_depth": 8},
    "pruned": {"objective": "reg:squarederror", "tree_method": "exact", "gamma": 8.0},
}


def table(rows: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    values = chance.normal(size=(rows, len(NAMES))).astype(np.float32)
    values[:, :3] = np.round(values[:, :3])
    values[chance.random(values.shape) < 0.2] = np.nan
    return values


def trained(kind: str, rounds: int = 25) -> "xgboost.Booster":
    values = table(1200, seed=1)
    signal = np.nan_to_num(values[:, 0]) + np.nan_to_num(values[:, 4] * values[:, 5])
    grades = np.clip(np.round(signal + 1), 0, 4)
    wanted = KINDS[kind]
    if wanted["objective"] == "binary:logistic":
        grades = (grades > 1).astype(np.float64)
    data = xgboost.DMatrix(values, grades, feature_names=list(NAMES))
    if str(wanted["objective"]).startswith("rank:"):
        data.set_group([20] * 60)
    return xgboost.train({"nthread": 1, "seed": 3, "verbosity": 0, "max_depth": 6, **wanted}, data, rounds)


def in_single_precision(model: SourceModel, values: np.ndarray) -> np.ndarray:
    """As XGBoost adds up: the base, then leaf after leaf."""
    total = np.full(values.shape[0], model.base, dtype=np.float32)
    for tree in model.trees:
        total += tree.value[leaves_as_at_home(model, tree, values)].astype(np.float32)
    return total


@pytest.fixture(scope="module", params=KINDS)
def booster(request: pytest.FixtureRequest) -> "xgboost.Booster":
    return trained(request.param)


@pytest.mark.parametrize("suffix", ["json", "ubj"])
def test_every_row_reaches_the_leaves_that_it_reaches_in_xgboost(
    booster: "xgboost.Booster", suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"model.{suffix}"
    booster.save_model(path)
    model, _ = read_foreign(path, ForeignFormat.XGBOOST)
    assert model.names == NAMES
    # Thresholds themselves and the singles right beside them are where "below" and "up to" part.
    values = np.vstack([table(300, seed=2), *(golden_rows(model, len(NAMES), seed=n) for n in range(20))])
    data = xgboost.DMatrix(values, feature_names=list(NAMES))
    theirs = booster.predict(data, output_margin=True)
    text = brought(path, ForeignFormat.XGBOOST).trees["model.txt"]
    ours = lightgbm.Booster(model_str=text).predict(values, num_threads=1)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-6 * np.abs(theirs).max() * np.sqrt(len(model.trees)))
    assert np.array_equal(in_single_precision(model, values), theirs)
    by_tree = np.stack([leaves_as_at_home(model, tree, values) for tree in model.trees], axis=1)
    leaves = booster.predict(data, pred_leaf=True).reshape(len(values), -1)
    for one in range(by_tree.shape[1]):  # our nodes are numbered otherwise: the same rows have to fall together
        assert len(set(zip(by_tree[:, one], leaves[:, one], strict=True))) == len(set(leaves[:, one]))
        assert len(set(by_tree[:, one])) == len(set(leaves[:, one]))


def test_the_fast_scorer_and_lightgbm_agree_on_the_trees_bit_for_bit(tmp_path: Path) -> None:
    trained("ranking").save_model(tmp_path / "model.json")
    text = brought(tmp_path / "model.json", ForeignFormat.XGBOOST).trees["model.txt"]
    values = table(300, seed=5)
    fast = compile_model(text, len(NAMES)).score(values)
    assert np.array_equal(fast, lightgbm.Booster(model_str=text).predict(values, num_threads=1))


def test_explanations_are_those_of_xgboost(tmp_path: Path) -> None:
    booster = trained("ranking")
    booster.save_model(tmp_path / "model.ubj")
    text = brought(tmp_path / "model.ubj", ForeignFormat.XGBOOST).trees["model.txt"]
    values = table(100, seed=6)
    theirs = booster.predict(xgboost.DMatrix(values, feature_names=list(NAMES)), pred_contribs=True)
    ours = lightgbm.Booster(model_str=text).predict(values, pred_contrib=True, num_threads=1)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_an_imported_model_serves_from_the_store_and_an_altered_byte_stops_it(tmp_path: Path) -> None:
    trained("squares").save_model(tmp_path / "model.json")
    imported = brought(tmp_path / "model.json", ForeignFormat.XGBOOST)
    store = DirectoryModelStore(tmp_path / "models")
    store.save(imported.manifest, dict(imported.trees))
    store.use(imported.manifest.id)
    scorer = LambdaMartScorer(store.verified("current"))
    assert scorer.features == NAMES
    assert imported.manifest.data.origin == "imported from xgboost"
    assert imported.manifest.directions == {"rating": 1}
    kept = tmp_path / "models" / imported.manifest.id / "model.txt"
    kept.write_bytes(kept.read_bytes().replace(b"leaf_value=", b"leaf_value=1", 1))
    with pytest.raises(ModelError, match="hash differs"):
        store.verified("current")


def test_a_model_stopped_early_says_which_trees_are_taken(tmp_path: Path) -> None:
    booster = trained("squares", rounds=6)
    booster.set_attr(best_iteration="3")
    booster.save_model(tmp_path / "model.json")
    assert "best iteration was 3" in brought(tmp_path / "model.json", ForeignFormat.XGBOOST).notes[0]


def test_more_thresholds_than_fit_a_byte_are_left_to_lightgbm_and_said(tmp_path: Path) -> None:
    trained("every value a threshold", rounds=60).save_model(tmp_path / "model.json")
    imported = brought(tmp_path / "model.json", ForeignFormat.XGBOOST)
    assert "LightGBM itself scores it" in imported.notes[0]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"booster": "gblinear", "objective": "reg:squarederror"}, "'gblinear' is not supported"),
        ({"objective": "multi:softprob", "num_class": 3}, "3 scores a row"),
        ({"objective": "reg:squaredlogerror"}, "'reg:squaredlogerror' is not supported"),
    ],
)
def test_what_has_no_equal_here_is_refused_by_name(parameters: dict[str, object], said: str, tmp_path: Path) -> None:
    values = np.abs(np.nan_to_num(table(200, seed=1)))
    data = xgboost.DMatrix(values, np.arange(200) % 3)
    xgboost.train({"nthread": 1, "verbosity": 0, **parameters}, data, 2).save_model(tmp_path / "model.json")
    with pytest.raises(ForeignModelError, match=said):
        read_foreign(tmp_path / "model.json", ForeignFormat.XGBOOST)


def test_splits_on_categories_are_refused(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 5, size=(300, 1)).astype(np.float32)
    data = xgboost.DMatrix(values, values[:, 0] == 2, feature_types=["c"], enable_categorical=True)
    wanted = {"nthread": 1, "verbosity": 0, "tree_method": "hist", "max_cat_to_onehot": 1}
    xgboost.train(wanted, data, 2).save_model(tmp_path / "model.ubj")
    with pytest.raises(ForeignModelError, match="splits on categories"):
        read_foreign(tmp_path / "model.ubj", ForeignFormat.XGBOOST)


def test_the_base_of_older_files_is_read_without_brackets(tmp_path: Path) -> None:
    trained("squares", rounds=2).save_model(tmp_path / "model.json")
    raw = json.loads((tmp_path / "model.json").read_text())
    raw["learner"]["learner_model_param"]["base_score"] = "5E-1"
    assert read_xgboost(json.dumps(raw).encode()).base == 0.5
