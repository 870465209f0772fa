"""The gate: a worse model, moved features, broken directions and altered files do not get through."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from ranking.features.feature import Feature, Scope, Source
from ranking.lambdamart.building import Circumstances
from ranking.lambdamart.monotonicity import broken_directions
from ranking.lambdamart.store import DirectoryModelStore
from ranking.lambdamart.trees import features_asked
from ranking.learning.drifting import DEALS, drift_between, visits_of
from ranking.learning.gate import Bounds, Check, GateReport, Verdict, examine_model
from ranking.learning.joining import LogReading
from ranking.learning.shown import ShownList, ShownLog
from ranking.learning.studying import Held, Studied, Wishes, study

NAMES = ("telling", "noise", "fused_score")
FEATURES = tuple(
    Feature(name, Scope.QUERY_PRODUCT, Source.ENGINE, name, monotone=1 if name == "telling" else 0) for name in NAMES
)
NOON = 1_760_000_000.0


def lists(count: int, *, told: float, seed: int, shift: float = 0.0, begin: float = NOON) -> ShownLog:
    """Shoppers click what is worth it where they look; `told`: how much the first feature says about the worth."""
    random, found = np.random.default_rng(seed), []
    for n in range(count):
        worth, fused = random.normal(size=10), random.normal(size=10)
        features = np.stack([told * worth + (1 - told) * random.normal(size=10) + shift, random.normal(size=10), fused])
        order = np.argsort(-fused)
        looks = random.random(10) < 1 / np.arange(1, 11) ** 0.5
        grades = (looks & (worth[order] > 0.5)).astype(np.float64)
        found.append(
            ShownList(
                f"q{begin}-{n}", f"query {n % 90}", f"query {n % 90}", begin + n, f"s{n}", tuple(f"p{i}" for i in order),
                np.arange(1, 11, dtype=np.int32), features.T[order].astype(np.float32), grades,
            )
        )  # fmt: skip
    return ShownLog(NAMES, tuple(found))


def learn(log: ShownLog, minute: int, parent: str | None = None) -> Studied:
    at = datetime(2026, 11, 22, 3, minute, tzinfo=UTC)
    return study(
        LogReading(log, {}, 7), FEATURES, Wishes("position"), circumstances=Circumstances("shop", "", at, parent)
    )


@pytest.fixture(scope="module")
def good() -> Studied:
    return learn(lists(400, told=0.9, seed=1), 1)


@pytest.fixture(scope="module")
def poor() -> Studied:
    return learn(lists(400, told=0.0, seed=2), 2)


@pytest.fixture
def store(tmp_path: Path, good: Studied, poor: Studied) -> DirectoryModelStore:
    made = DirectoryModelStore(tmp_path / "models")
    for studied in (good, poor):
        made.save(studied.model.manifest, dict(studied.model.trees))
    return made


def check(report: GateReport, name: str) -> Check:
    return next(found for found in report.checks if found.name == name)


def test_a_model_that_learned_something_passes_every_check(store: DirectoryModelStore, good: Studied) -> None:
    report = examine_model(store, good.model.manifest.id, good.held)
    assert report.is_open
    assert {found.verdict for found in report.checks} == {Verdict.PASSED}
    assert "+0." in check(report, "held-out time").number


def test_a_worse_model_than_the_serving_one_is_refused_with_the_difference(
    store: DirectoryModelStore, good: Studied, poor: Studied
) -> None:
    store.use(good.model.manifest.id)
    report = examine_model(store, poor.model.manifest.id, good.held)
    assert not report.is_open
    assert report.against == good.model.manifest.id
    assert check(report, "held-out time").verdict is Verdict.FAILED
    assert "-0." in check(report, "held-out time").number


def with_later(good: Studied, later: ShownLog) -> Held:
    return replace(good.held, log=later, grades=tuple(shown.grades for shown in later.lists))


def test_features_that_moved_close_the_gate_unless_shoppers_move_them(
    store: DirectoryModelStore, good: Studied
) -> None:
    moved = with_later(good, lists(80, told=0.9, seed=3, shift=3.0))
    report = examine_model(store, good.model.manifest.id, moved)
    assert check(report, "feature drift").verdict is Verdict.FAILED
    assert "telling" in check(report, "feature drift").number
    lenient = examine_model(store, good.model.manifest.id, moved, bounds=Bounds(moving=frozenset({"telling"})))
    assert check(lenient, "feature drift").verdict is Verdict.PASSED
    assert "not judged" in check(lenient, "feature drift").details[-1]


def test_a_feature_that_no_tree_asks_for_may_move(store: DirectoryModelStore) -> None:
    varied = lists(150, told=0.9, seed=1)
    only = np.array([1, 0, 1], dtype=np.float32)
    still = replace(varied, lists=tuple(replace(s, values=s.values * only) for s in varied.lists))
    studied = learn(still, 8)
    id = studied.model.manifest.id
    store.save(studied.model.manifest, dict(studied.model.trees))
    assert features_asked(store.verified(id).text) == {0, 2}
    report = examine_model(store, id, with_later(studied, lists(60, told=0.9, seed=1)))
    assert check(report, "feature drift").verdict is Verdict.PASSED


def test_drift_is_judged_on_lists_that_were_served_and_on_nothing_else(
    store: DirectoryModelStore, good: Studied
) -> None:
    """Judged candidates go deeper and answer other queries; beside them everything that is served seems to have moved."""
    without = replace(good.held, before=good.held.before.part([]))
    found = check(examine_model(store, good.model.manifest.id, without), "feature drift")
    assert found.verdict is Verdict.NOT_EXAMINED
    assert "no list that it learned from" in found.number


def test_one_altered_byte_closes_the_gate(store: DirectoryModelStore, good: Studied, tmp_path: Path) -> None:
    path = tmp_path / "models" / good.model.manifest.id / "model.txt"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(bytes(raw))
    report = examine_model(store, good.model.manifest.id, good.held)
    assert not report.is_open
    assert "hash differs" in check(report, "golden rows").details[0]


def test_a_model_of_clicks_that_too_few_later_searches_vouch_for_stays_out(
    store: DirectoryModelStore, good: Studied
) -> None:
    few = learn(lists(30, told=0.9, seed=4), 4).held
    report = examine_model(store, good.model.manifest.id, few)
    assert check(report, "held-out time").verdict is Verdict.FAILED
    assert "20 needed" in check(report, "held-out time").number
    assert not report.is_open


def test_the_manifest_tells_what_was_learned_from(good: Studied) -> None:
    data = good.model.manifest.data
    assert "behaviour" in data.origin
    assert (data.cursor, data.click_model, data.searches) == (7, "position", 320)
    assert data.since is not None
    assert data.until is not None
    assert data.until.timestamp() == NOON + 320
    assert good.model.manifest.directions == {"telling": 1}
    assert set(good.model.manifest.spreads) == set(NAMES)


def test_equal_logs_and_seeds_make_equal_models(good: Studied) -> None:
    again = learn(lists(400, told=0.9, seed=1), 9)
    assert again.model.manifest.data.sha256 == good.model.manifest.data.sha256
    assert again.model.trees == good.model.trees


def log_of(values: list[np.ndarray], *, begin: float = NOON, visit: int = 1) -> ShownLog:
    """A list of one column for each array; `visit` lists in a row by one shopper."""
    return ShownLog(("x",), tuple(
        ShownList(f"q{n}", "q", "q", begin + n, f"s{n // visit}", tuple(f"p{i}" for i in range(len(column))),
                  np.arange(1, len(column) + 1, dtype=np.int32), column.astype(np.float32)[:, np.newaxis],
                  np.zeros(len(column)))
        for n, column in enumerate(values)
    ))  # fmt: skip


def test_the_stability_index_is_that_of_the_textbook() -> None:
    random = np.random.default_rng(0)
    before, now = random.normal(size=5000), random.normal(0.4, 1.2, size=3000)
    edges = np.quantile(np.concatenate([before, now]), np.linspace(0, 1, 11)[1:-1])
    e = np.histogram(before, [-np.inf, *edges, np.inf])[0] / 5000
    a = np.histogram(now, [-np.inf, *edges, np.inf])[0] / 3000
    found = drift_between(log_of(np.split(before, 500)), log_of(np.split(now, 300)), ["x"])
    assert found.index[0] == pytest.approx(((a - e) * np.log(a / e)).sum(), abs=2e-3)
    assert found.by_chance[0] == pytest.approx(9 * (1 / 5000 + 1 / 3000), rel=0.1)
    assert found.chance[0] == 1 / (DEALS + 1)


def test_values_that_went_missing_are_drift() -> None:
    whole = np.arange(1000, dtype=np.float64)
    half_gone = np.where(np.arange(1000) % 2, whole, np.nan)
    random = np.random.default_rng(1)
    mixed = np.split(random.permutation(whole), 100)
    assert drift_between(log_of(mixed), log_of(np.split(random.permutation(half_gone), 100)), ["x"]).is_far(0.25)[0]
    nothing = [np.full(10, np.nan)] * 50
    assert drift_between(log_of(nothing), log_of(mixed), ["x"]).is_far(0.25)[0]
    assert not drift_between(log_of(nothing), log_of(nothing), ["x"]).is_far(0.25)[0]


def test_what_belongs_to_the_search_counts_once_for_each_visit() -> None:
    """Rows of a list, and lists of a visit, say the same: taken each for itself they make chance look like drift."""
    random = np.random.default_rng(2)
    words = np.repeat(random.normal(size=50), 4)  # four searches a visit
    visits = log_of([np.full(10, value) for value in words], visit=4)
    assert len(visits_of(visits.lists)) == 50
    before, after = visits.part(range(160)), visits.part(range(160, 200))
    found = drift_between(before, after, ["x"])
    assert found.index[0] > 0.25  # which used to close the gate
    assert found.by_chance[0] > 1  # 400 rows beside 1,600, each for itself, would make it 0.03
    assert not found.is_far(0.25)[0]


def test_false_alarms_are_as_rare_as_promised_however_few_the_searches() -> None:
    random, alarms, rounds = np.random.default_rng(3), 0, 60
    for _ in range(rounds):
        level = random.normal(size=60)
        values = [level[n] + 0.5 * random.normal(size=8) for n in range(60)]
        alarms += int(drift_between(log_of(values[:48]), log_of(values[48:]), ["x"]).is_far(0.25)[0])
    assert alarms <= 8  # 3 are expected with a standard error of 1.7


def trained(monotone: int) -> str:
    random = np.random.default_rng(5)
    values = random.normal(size=(2000, 3))
    target = -values[:, 0] + values[:, 1] + random.normal(size=2000)
    parameters = {
        "objective": "regression", "monotone_constraints": [monotone, 0, 0], "verbosity": -1, "num_threads": 1,
        "num_leaves": 15,
    }  # fmt: skip
    dataset = lightgbm.Dataset(values, label=target, feature_name=["stock", "b", "c"])
    return str(lightgbm.train(parameters, dataset, num_boost_round=20).model_to_string())


def test_a_kept_direction_is_proven_and_a_planted_breach_is_found() -> None:
    kept = trained(-1)
    assert broken_directions(kept, ["stock", "b", "c"], {"stock": -1}) == ()
    breaches = broken_directions(trained(0), ["stock", "b", "c"], {"stock": 1})
    assert breaches
    assert breaches[0].feature == "stock"
    assert breaches[0].amount > 0


def test_a_breach_planted_in_one_leaf_is_found() -> None:
    lines = trained(-1).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("split_feature=") and " 0" in f" {line[14:]}")
    place = next(i for i in range(first, len(lines)) if lines[i].startswith("leaf_value="))
    tree = int(next(line for line in reversed(lines[:first]) if line.startswith("Tree=")).removeprefix("Tree="))
    leaves = lines[place].removeprefix("leaf_value=").split()
    lowest = min(range(len(leaves)), key=lambda i: float(leaves[i]))
    lines[place] = "leaf_value=" + " ".join("1e3" if i == lowest else leaf for i, leaf in enumerate(leaves))
    assert tree in {v.tree for v in broken_directions("\n".join(lines), ["stock", "b", "c"], {"stock": -1, "b": 1})}
