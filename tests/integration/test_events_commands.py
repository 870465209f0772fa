"""`vitrine events` as a person types it: importing, going on after an interruption, forgetting."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from indexer.behaviour.composition import open_log, open_receiving
from indexer.behaviour.forgetting import forget_shopper
from indexer.behaviour.importing import Checkpoint, import_events
from indexer.behaviour.received import Received
from indexer.behaviour.receiving import EventFormat, Line, Receiving, Source
from indexer.behaviour.screening import Limits
from indexer.composition import Workshop
from indexer.rejects import RejectsList
from indexer.writing import ProductWriter
from mappings.products import ProductReader
from plugin_config.catalogue import Catalogue
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings
from ranking.lambdamart.manifest import DataRecord, Manifest, StoredTrees, hash_schema
from ranking.lambdamart.store import DirectoryModelStore
from vitrine.main import DONE, FAILED, WRONG_USAGE, run

pytestmark = pytest.mark.opensearch
SAMPLE = Path(__file__).parents[3] / "shared/data/esci-ubi-sample/ubi_queries_events.ndjson.gz"
CATALOGUE = Catalogue(name="shop", text={"title": 1}, encoders={"text": None, "picture": None})


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("opensearch_url", "redis_url", "index_prefix", "state_dir"):
        monkeypatch.setenv(f"VITRINE_{name.upper()}", str(getattr(settings, name)))
    _sell(settings, {f"p{n}" for n in range(20)})
    return settings


def _sell(settings: Settings, ids: set[str]) -> None:
    workshop = Workshop(settings)
    stored = workshop.catalogues.put(CATALOGUE, vectors=())
    writer = ProductWriter(workshop.client, stored, ProductReader(CATALOGUE))
    changes = [writer.read_change({"id": id, "title": id}, is_partial=False) for id in sorted(ids)]
    for start in range(0, len(changes), 500):
        writer.write(changes[start : start + 500])
    workshop.close()


def _sampled_products() -> set[str]:
    with gzip.open(SAMPLE) as file:
        records = [orjson.loads(line) for line in file]
    things = ((record.get("event_attributes") or {}).get("object") or {} for record in records)
    found = (thing.get("object_id") for thing in things)
    return {str(id) for id in found if id}


def interactions(path: Path, count: int) -> Path:
    lines = [
        orjson.dumps({"event": "interaction", "id": f"i{n}", "timestamp": 1_700_000_000 + n, "user": f"u{n % 7}",
                      "type": "click", "item": f"p{n % 20}"})
        for n in range(count)
    ]  # fmt: skip
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.skipif(not SAMPLE.exists(), reason="../shared/data/esci-ubi-sample is not here")
def test_a_real_ubi_file_comes_in_once(shop: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    _sell(shop, _sampled_products())
    command = ["events", "import", str(SAMPLE), "--catalogue", "shop", "--json"]
    assert run(command) == DONE
    first = printed(capsys)
    assert (first["records"], first["searches"], first["rejected"]) == (473 + 3_448, 473, {"wrong_value": 1})
    assert first["accepted"] + first["repeated"] == 3_447
    assert run(command) == DONE
    again = printed(capsys)
    assert (again["accepted"], again["repeated"]) == (0, 3_447)
    assert run(["events", "status", "--json"]) == DONE
    [kept] = printed(capsys)["catalogues"]
    assert (kept["events"], kept["searches"]) == (
        first["accepted"],
        284,
    )  # some queries were asked again under their id


class Stopping(Receiving):
    """Receiving that is interrupted at its second batch."""

    def __init__(self, real: Receiving) -> None:
        self.real = real
        self.batches = 0

    def receive(self, lines: list[Line], source: Source) -> Received:  # type: ignore[override]
        self.batches += 1
        if self.batches == 2:
            raise KeyboardInterrupt
        return self.real.receive(lines, source)


def test_an_interrupted_import_goes_on_where_it_was(shop: Settings, tmp_path: Path) -> None:
    path = interactions(tmp_path / "clicks.jsonl", 12_000)
    source = Source(EventFormat.METARANK, "shop", trusted=True)
    receiving = open_receiving(shop, limits=Limits(oldest_days=None))
    folder = shop.events_folder / "imports"
    with pytest.raises(KeyboardInterrupt):
        import_events(
            Stopping(receiving), path, source, checkpoint=Checkpoint(folder, path, source), rejects=RejectsList(9)
        )
    done = import_events(receiving, path, source, checkpoint=Checkpoint(folder, path, source), rejects=RejectsList(9))
    assert (done.begun_at, done.received.records, done.received.accepted) == (5_000, 7_000, 7_000)
    assert list(folder.iterdir()) == []
    log = open_log(shop)
    assert [total.events for total in log.totals()] == [12_000]
    log.close()


def test_what_cannot_be_read_is_written_down(
    shop: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = interactions(tmp_path / "clicks.jsonl", 3)
    path.write_bytes(
        path.read_bytes() + b'broken\n{"event": "interaction", "type": "click", "item": "ghost", "timestamp": 5}\n'
    )
    assert run(["events", "import", str(path), "--format", "metarank", "--catalogue", "shop", "--json"]) == DONE
    report = printed(capsys)
    assert (report["accepted"], report["rejected"]) == (3, {"unreadable": 1, "unknown_product": 1})
    rejects = [json.loads(line) for line in Path(report["rejects_file"]).read_text().splitlines()]
    assert sorted(one["line"] for one in rejects) == [4, 5]


def test_a_file_of_another_format_is_a_failure_that_names_it(
    shop: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = interactions(tmp_path / "clicks.jsonl", 3)
    assert run(["events", "import", str(path), "--format", "ubi", "--catalogue", "shop"]) == FAILED
    assert "try --format metarank" in capsys.readouterr().err
    assert run(["events", "import", str(path), "--format", "metarank", "--catalogue", "shop"]) == DONE


def test_nobody_is_no_person_to_forget(shop: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["events", "forget", " "]) == WRONG_USAGE
    assert "it is empty" in capsys.readouterr().err


def test_an_unknown_catalogue_and_a_damaged_file_are_one_clear_line(
    shop: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = interactions(tmp_path / "clicks.jsonl", 3)
    assert run(["events", "import", str(path), "--catalogue", "nowhere"]) == FAILED
    assert "nowhere" in capsys.readouterr().err
    packed = tmp_path / "cut.gz"
    packed.write_bytes(gzip.compress(path.read_bytes())[:-12])
    assert run(["events", "import", str(packed), "--format", "metarank", "--catalogue", "shop"]) == FAILED
    assert "cannot be read further" in capsys.readouterr().err


def test_a_forgotten_person_is_gone_for_good_and_the_models_are_named(
    shop: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = interactions(tmp_path / "clicks.jsonl", 21)
    command = ["events", "import", str(path), "--format", "metarank", "--catalogue", "shop", "--json"]
    assert run(command) == DONE
    nothing_read = 0  # their events arrived after it was trained, whatever time they tell
    kinds = ("m000001-clicks", "behaviour", None), ("m000002-judged", "judgments.csv", None)
    for model, origin, read in (*kinds, ("m000003-before", "behaviour", nothing_read)):
        trees = StoredTrees(file="whole.txt", sha256="0" * 64, trees=1, blend=0.5, golden_scores=())
        data = DataRecord(sha256="0", origin=origin, queries=1, candidates=1, judged=1, cursor=read)
        DirectoryModelStore(shop.models_folder / "shop").save(
            Manifest(id=model, catalogue="shop", created_at=datetime.now(UTC), features=("a",),
                     schema_hash=hash_schema(["a"]), golden_rows=(), whole=trees, data=data),
            {"whole.txt": "tree"},
        )  # fmt: skip
    capsys.readouterr()
    log = open_log(shop)
    away = shop.model_copy(update={"features_redis_url": "redis://127.0.0.1:1/0"})
    with pytest.raises(VitrineError, match="say it again once Redis answers"):
        forget_shopper(log, away, "u3")  # all of it or nothing: else who asks again would hear of no model
    log.close()
    assert run(["events", "forget", "u3", "--json"]) == DONE
    answer = printed(capsys)
    assert (answer["events"], [model["model"] for model in answer["models"]]) == (3, ["m000001-clicks"])
    assert run(command) == DONE
    assert printed(capsys)["forgotten"] == 3
    log = open_log(shop)
    assert {row.event.shopper for row in log.read()} == {f"u{n}" for n in range(7)} - {"u3"}
    log.close()
    assert run(["events", "forget", "u3", "--json"]) == DONE
    assert printed(capsys)["events"] == 0
