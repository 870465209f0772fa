"""Training, measuring and swapping models on a real index: the commands as a person gives them."""

import csv
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from indexer.behaviour.rows.composition import keep_rows
from indexer.feature_rows import connect_rows
from mappings import bulk
from mappings.catalogue_store import IndexCatalogueStore, StoredCatalogue
from mappings.client import Client, connect
from mappings.documents import document
from mappings.products import Product, ProductReader
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings
from ranking.features.declared import declared_features
from ranking.features.declared.statistics import statistics_features
from ranking.features.packed import row_key
from ranking.features.rows import ProductRowSchema
from vitrine.main import run

THINGS = ("chair", "table", "lamp", "sofa", "shelf", "mirror")
COLOURS = ("red", "blue", "green", "black")
CATALOGUE = Catalogue.model_validate(
    {
        "name": "shop",
        "text": {"title": 2, "notes": 1},
        "keyword": ["brand", "kind"],
        "number": ["price", "stars", "votes"],
        "roles": {"brand": "brand", "category": "kind", "price": "price", "rating": "stars", "rating_count": "votes"},
        "encoders": {"text": None, "picture": None},
    }
)


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    made = connect(settings)
    yield made
    made.close()


@pytest.fixture
def shop(settings: Settings, client: Client, monkeypatch: pytest.MonkeyPatch) -> StoredCatalogue:
    """240 products; the settings of the test are those of the commands."""
    for name in ("opensearch_url", "redis_url", "features_redis_url", "index_prefix", "state_dir"):
        monkeypatch.setenv(f"VITRINE_{name.upper()}", str(getattr(settings, name)))
    stored = IndexCatalogueStore(client, settings).put(CATALOGUE, vectors=())
    reader, now = ProductReader(CATALOGUE), datetime(2026, 1, 1, tzinfo=UTC)
    actions = []
    for raw in products():
        product = reader.read(raw)
        assert isinstance(product, Product)
        actions.append(bulk.index(product.id, document(CATALOGUE, product).whole(now)))
    assert {result.outcome for result in bulk.send(client, stored.alias, actions, refresh=True)} == {"done"}
    return stored


def products() -> list[dict[str, object]]:
    chance = random.Random(4)
    return [
        {
            "id": f"{colour}-{thing}-{n}",
            "title": f"{colour} {thing}" + " for the house" * chance.randint(0, 2),
            "notes": f"goes with a {chance.choice(COLOURS)} {chance.choice(THINGS)}",
            "brand": chance.choice(["Acme", "Bolt", "Cord"]),
            "kind": thing,
            "price": chance.randint(10, 500),
            "stars": round(chance.uniform(1, 5), 1),
            "votes": chance.randint(1, 300),
        }
        for thing in THINGS
        for colour in COLOURS
        for n in range(10)
    ]


@pytest.fixture
def judgments(tmp_path: Path) -> Path:
    """People find well rated products of the right colour good, which the words alone cannot know."""
    path = tmp_path / "judgments.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["query", "docid", "rating"])
        for thing in THINGS:
            for colour in COLOURS:
                for raw in products():
                    if raw["kind"] == thing and str(raw["title"]).startswith(colour):
                        writer.writerow([f"{colour} {thing}", raw["id"], int(float(str(raw["stars"])) // 1.3)])
    return path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run([*arguments, "--json"]) == 0, capsys.readouterr().err
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run([*arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith("vitrine: ")
    assert error.count("\n") == 1
    return error


def test_a_model_is_trained_examined_honestly_used_and_rolled_back(
    shop: StoredCatalogue, judgments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ("--catalogue", "shop", "--judgments", str(judgments))
    first = answer(capsys, "train", *named)
    assert first["serves"] is True
    assert first["cross_validation"]["gain"]["mean"] > 0.1  # type: ignore[index]

    report = answer(capsys, "evaluate", *named, "--policy", "keyword", "--policy", "reranked", "--measures", "nDCG@10")
    policies = report["policies"]
    assert policies["reranked"]["nDCG@10"]["mean"] == pytest.approx(  # type: ignore[index]
        first["cross_validation"]["reranked"]["mean"],  # type: ignore[index]
        abs=0.01,
    )
    assert policies["reranked"]["judged@10"] > 0.9  # type: ignore[index]
    assert any("trees that never saw it" in note for note in report["notes"])  # type: ignore[attr-defined]
    assert report["comparisons"][0]["p_holm"] < 0.05  # type: ignore[index]

    second = answer(capsys, "train", *named, "--seed", "5", "--use")
    assert second["parent"] == first["model"]
    listed = answer(capsys, "models", "list", "--catalogue", "shop")
    assert listed["current"] == second["model"]
    assert answer(capsys, "models", "rollback", "--catalogue", "shop")["current"] == first["model"]
    shown = answer(capsys, "models", "show", str(first["model"]), "--catalogue", "shop")
    assert shown["data"]["queries"] == 24  # type: ignore[index]


def test_rows_in_redis_hold_what_each_product_is_among_all(shop: StoredCatalogue, settings: Settings) -> None:
    steps: list[tuple[int, int]] = []
    (kept,) = keep_rows(settings, ["shop"], progress=lambda *step: steps.append(step))
    assert (kept.products, kept.queries) == (240, 0)
    assert steps[-1] == (240, 240)
    redis = connect_rows(settings)
    assert redis is not None
    ids = [str(raw["id"]) for raw in products()]
    keys = [row_key(settings.index_prefix, "shop", id) for id in ids]
    rows = ProductRowSchema.of(declared_features(CATALOGUE)).decode(redis.mget(keys)).matrix  # type: ignore[arg-type]
    column = dict(zip(rows.names, rows.values.T, strict=True))
    assert not any(np.isnan(column[feature.name]).any() for feature in statistics_features(CATALOGUE))
    assert column["category_share"] == pytest.approx(np.full(240, 1 / 6))
    cheapest = min((raw for raw in products() if raw["kind"] == "lamp"), key=lambda raw: float(str(raw["price"])))
    assert column["price_percentile"][ids.index(str(cheapest["id"]))] < 0.05
    redis.delete(*keys)
    redis.close()


def test_learning_from_judged_products_alone_takes_those_that_words_find_late(
    shop: StoredCatalogue, judgments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, "train", "--catalogue", "shop", "--judgments", str(judgments), "--judged-only", "--keep")
    assert found["candidates"] == 240
    assert found["serves"] is False


def test_wrong_input_gets_one_clear_line(
    shop: StoredCatalogue, judgments: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--judgments", str(judgments))
    assert "no catalogue 'shoe'" in complaint(capsys, "train", "--catalogue", "shoe", *given)
    assert "'nDGC@10' is not a measure" in complaint(
        capsys, "evaluate", "--catalogue", "shop", *given, "--measures", "nDGC@10"
    )
    assert "no policy and no file 'best'" in complaint(
        capsys, "evaluate", "--catalogue", "shop", *given, "--policy", "best"
    )
    strangers = tmp_path / "strangers.csv"
    strangers.write_text("query,docid,rating\nred chair,unknown-1,3\nblue lamp,unknown-2,0\n")
    assert "nothing to learn" in complaint(capsys, "train", "--catalogue", "shop", "--judgments", str(strangers))
    assert "no earlier model" in complaint(capsys, "models", "rollback", "--catalogue", "shop")
    assert "models list" in complaint(capsys, "models", "use", "nonsense", "--catalogue", "shop")


def test_a_model_file_cut_in_half_leaves_search_unharmed_and_is_named(
    shop: StoredCatalogue, settings: Settings, judgments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ("--catalogue", "shop", "--judgments", str(judgments))
    model = str(answer(capsys, "train", *named)["model"])
    path = settings.models_folder / "shop" / model / "model.txt"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    report = answer(capsys, "evaluate", *named, "--policy", "reranked", "--measures", "nDCG@10")
    assert any("model" in note and "hash differs" in note for note in report["notes"])  # type: ignore[attr-defined]
    assert "hash differs" in complaint(capsys, "models", "use", model, "--catalogue", "shop")


def test_a_query_that_finds_nothing_counts_zero(
    shop: StoredCatalogue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("query,docid,rating,filter\nxyzzy,red-chair-1,1,\nred chair,red-chair-1,1,kind=chair; price=0..1\n")
    report = answer(
        capsys, "evaluate", "--catalogue", "shop", "--judgments", str(path), "--policy", "keyword", "--measures", "AP"
    )
    assert report["queries"] == 2
    assert report["policies"]["keyword"]["AP"]["mean"] == 0  # type: ignore[index]


STARS_FIRST = """## LambdaMART
## No. of trees = 1

<ensemble>
	<tree id="1" weight="1.0">
		<split>
			<feature> 2 </feature>
			<threshold> 4.0 </threshold>
			<split pos="left">
				<feature> 2 </feature>
				<threshold> 2.5 </threshold>
				<split pos="left"><output> -1.0 </output></split>
				<split pos="right"><output> 0.0 </output></split>
			</split>
			<split pos="right"><output> 1.0 </output></split>
		</split>
	</tree>
</ensemble>
"""


@pytest.fixture
def ranklib(tmp_path: Path) -> Path:
    path = tmp_path / "stars.txt"
    path.write_text(STARS_FIRST)
    return path


def test_a_ranklib_model_is_brought_over_examined_compared_and_used(
    shop: StoredCatalogue,
    judgments: Path,
    ranklib: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    here = ("--catalogue", "shop")
    given = ("--format", "ranklib", "--features", "price,rating", "--blend", "0.3", *here)
    found = answer(capsys, "models", "import", str(ranklib), *given)
    model = str(found["model"])
    assert (found["trees"], found["serves"]) == (1, False)
    listed = answer(capsys, "models", "list", *here)
    assert listed["models"][0]["origin"] == "imported from ranklib"  # type: ignore[index]
    assert answer(capsys, "models", "show", model, *here)["features"] == ["price", "rating"]
    gate = answer(capsys, "models", "gate", model, *here)
    verdicts = {check["name"]: check["verdict"] for check in gate["checks"]}  # type: ignore[attr-defined]
    assert verdicts["golden rows"] == verdicts["directions"] == "passed"

    policy = tmp_path / "baseline.yaml"
    policy.write_text(f"name: baseline\nweights: {{keyword: 1}}\nreranking: {{model: {model}}}\n")
    compared = ("--policy", "keyword", "--policy", str(policy), "--measures", "nDCG@10")
    report = answer(capsys, "evaluate", "--judgments", str(judgments), *here, *compared)
    policies = report["policies"]
    gain = policies["baseline"]["nDCG@10"]["mean"] - policies["keyword"]["nDCG@10"]["mean"]  # type: ignore[index]
    assert gain > 0.03
    assert answer(capsys, "models", "use", model, *here)["current"] == model


def test_a_model_that_ranks_worse_rated_products_higher_stays_behind_the_gate(
    shop: StoredCatalogue,
    ranklib: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ranklib.write_text(STARS_FIRST.replace("<output> 1.0 <", "<output> -2.0 <"))
    given = ("--format", "ranklib", "--features", "price,rating", "--catalogue", "shop")
    model = str(answer(capsys, "models", "import", str(ranklib), *given)["model"])
    assert run(["models", "gate", model, "--catalogue", "shop", "--json"]) == 1
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["directions"]["verdict"] == "failed"
    assert "rating" in checks["directions"]["details"][0]


def test_what_cannot_be_brought_over_gets_one_clear_line_and_leaves_nothing(
    shop: StoredCatalogue,
    ranklib: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ("models", "import", str(ranklib), "--format", "ranklib", "--catalogue", "shop")
    assert "does not name its features" in complaint(capsys, *given)
    names = tmp_path / "names.txt"
    names.write_text("price\nstars\n")
    assert "the catalogue does not declare stars" in complaint(capsys, *given, "--features", str(names))
    assert "save_model" in complaint(
        capsys, "models", "import", str(ranklib), "--format", "xgboost", "--catalogue", "shop", "--features", "price"
    )
    assert answer(capsys, "models", "list", "--catalogue", "shop")["models"] == []
