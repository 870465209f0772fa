"""`vitrine reconcile` and `vitrine dead-letters` as a person types them."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from encoders.runtime import Runtime
from indexer.composition import Workshop
from indexer.vector_fields import vector_fields
from indexer.writing import ProductWriter
from mappings.fields import EnrichmentStatus
from mappings.ledger import LedgerChange
from mappings.products import ProductReader
from plugin_config.catalogue import Catalogue, EncoderChoice, Encoders
from plugin_config.settings import Settings
from vitrine.main import DONE, FAILED, WRONG_USAGE, run
from vitrine.processes.ports import free_port

CATALOGUE = Catalogue(name="shop", text={"title": 1}, images=("picture",), encoders={"text": None})


@pytest.fixture
def shop(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """Three products that nobody has queued, one of them without its picture; no worker runs."""
    monkeypatch.setenv("VITRINE_OPENSEARCH_URL", settings.opensearch_url or "")
    monkeypatch.setenv("VITRINE_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setenv("VITRINE_INDEX_PREFIX", settings.index_prefix)
    monkeypatch.setenv("VITRINE_STATE_DIR", str(tmp_path))
    Image.new("RGB", (32, 32), "red").save(tmp_path / "red.png")
    workshop = Workshop(settings)
    stored = workshop.catalogues.put(CATALOGUE, vectors=vector_fields(CATALOGUE, Runtime()), picture_roots=[tmp_path])
    writer = ProductWriter(workshop.client, stored, ProductReader(CATALOGUE, folder=tmp_path))
    raw = [
        {"id": id, "title": id, "picture": name} for id, name in (("1", "red.png"), ("2", "red.png"), ("3", "no.png"))
    ]
    writer.write([writer.read_change(one, is_partial=False) for one in raw])
    workshop.client.refresh(stored.alias)
    yield workshop
    workshop.close()


def test_reconciling_here_finishes_everything_without_broker_and_worker(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["reconcile", "--here", "--wait", "--json"]) == DONE
    [found] = json.loads(capsys.readouterr().out)["catalogues"]
    assert (found["catalogue"], found["pending"], found["queued"]) == ("shop", 3, 3)
    assert (found["products"]["done"], found["products"]["partial"], found["products"]["pending"]) == (2, 1, 0)
    assert run(["dead-letters", "list", "--lost-pictures"]) == DONE
    assert "no.png: there is no such file" in capsys.readouterr().out


def test_a_dead_broker_is_told_in_the_line_of_each_catalogue(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["reconcile", "--all"]) == DONE
    line = capsys.readouterr().out
    assert "shop: 3 due (3 pending" in line
    assert "0 queued" in line
    assert "nothing is lost" in line


def test_an_unknown_catalogue_is_one_line_and_exit_code_one(shop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["reconcile", "--catalogue", "other"], ["dead-letters", "list", "--catalogue", "other"]):
        assert run(command) == FAILED
        assert "there are: shop" in capsys.readouterr().err


def test_dead_letters_are_listed_as_json(shop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dead-letters", "list"]) == DONE
    assert capsys.readouterr().out == "there are none\n"
    ledger = shop.enrichment("shop").ledger
    entry = ledger.read(["1"])["1"]
    dead = LedgerChange(entry, EnrichmentStatus.DEAD, 5, "bad token", None, {})
    ledger.write([replace(dead)], now=datetime(2026, 1, 1, tzinfo=UTC))
    shop.client.refresh(shop.catalogues.get("shop").alias)
    assert run(["dead-letters", "list", "--json"]) == DONE
    [letter] = json.loads(capsys.readouterr().out)["dead_letters"]
    assert letter == {
        "catalogue": "shop",
        "id": "1",
        "status": "dead",
        "attempts": 5,
        "error": "bad token",
        "since": "2026-01-01T00:00:00+00:00",
    }


def test_a_changed_picture_under_its_old_name_is_looked_at_again_and_an_unchanged_one_is_not(
    shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = shop.catalogues.get("shop")
    assert run(["reconcile", "--here", "--wait"]) == DONE
    shop.client.refresh(stored.alias)
    before = _vector(shop, "1")
    assert run(["reconcile", "--here", "--wait", "--pictures", "changed", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["pictures_again"] == {"shop": 0}

    Image.new("RGB", (32, 32), "blue").save(tmp_path / "red.png")
    os.utime(tmp_path / "red.png", (1, 1))  # copied with its old date
    assert run(["reconcile", "--here", "--wait", "--pictures", "changed", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["pictures_again"] == {"shop": 2}
    assert _vector(shop, "1") != before
    shop.client.refresh(stored.alias)
    assert run(["reconcile", "--here", "--pictures", "all", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["pictures_again"] == {"shop": 3}
    assert run(["reconcile", "--pictures", "some"]) == WRONG_USAGE


def _vector(shop: Workshop, id: str) -> object:
    stored = shop.catalogues.get("shop")
    found = shop.client.request("GET", f"/{stored.alias}/_doc/{id}")["_source"]
    return found[stored.vectors[0].name]


def test_waiting_lasts_until_the_vectors_of_a_new_encoder_are_there(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["reconcile", "--here", "--wait"]) == DONE
    colour = CATALOGUE.model_copy(update={"encoders": Encoders(text=None, picture=EncoderChoice(model="colour"))})
    stored = shop.catalogues.put(colour, vectors=vector_fields(colour, Runtime()))
    shop.client.refresh(stored.alias)
    assert shop.reconciler().count_stale(["shop"]) == 3
    assert run(["reconcile", "--here", "--wait"]) == DONE
    assert shop.reconciler().count_stale(["shop"]) == 0
