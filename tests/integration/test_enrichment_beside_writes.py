"""Enrichment while the shop goes on writing: real index, real writer, real pictures, and the race made certain."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encoders.runtime import Runtime
from indexer.app import build_celery
from indexer.composition import Workshop
from indexer.dead_letters import RESTING
from indexer.enrichment.chunk import ChunkReport, Filler
from indexer.enrichment.results import FieldResult
from indexer.queueing import ENRICH
from indexer.vector_fields import vector_fields
from indexer.writing import Effect, ProductWriter
from mappings.catalogue_store import StoredCatalogue
from mappings.fields import EnrichmentStatus, Modality, VectorField
from mappings.ledger import LedgerEntry
from mappings.products import ProductReader
from plugin_config.catalogue import Catalogue, EncoderChoice, Encoders
from plugin_config.settings import Settings

CATALOGUE = Catalogue(name="shop", text={"title": 1}, number=("price",), images=("pictures",), encoders={"text": None})
DONE = EnrichmentStatus.DONE


@dataclass
class Watched:
    """A filler that counts what it fills, and lets something happen between reading and writing."""

    filler: Filler
    meanwhile: Callable[[], None] = lambda: None
    filled: list[str] = field(default_factory=list)

    @property
    def fields(self) -> tuple[VectorField, ...]:
        return self.filler.fields

    def fill(self, entries: Sequence[LedgerEntry]) -> Mapping[str, list[FieldResult]]:
        self.filled += [entry.id for entry in entries]
        results = self.filler.fill(entries)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return results


@dataclass
class Shop:
    workshop: Workshop
    stored: StoredCatalogue
    folder: Path
    writer: ProductWriter
    watched: Watched

    def write(self, raw: dict[str, object], *, partial: bool = False) -> bool:
        """Write a product as a feed does; whether it needs enrichment now."""
        [written] = self.writer.write([self.writer.read_change(raw, is_partial=partial)])
        assert written.effect in (Effect.CREATED, Effect.UPDATED)
        return written.needs_enrichment

    def enrich(self, *ids: str) -> ChunkReport:
        enrichment = self.workshop.enrichment("shop")
        self.watched.filler = enrichment.fillers[0]
        return replace(enrichment, fillers=(self.watched,)).enrich(ids)

    def vectors(self, id: str) -> dict[str, np.ndarray]:
        source = self.workshop.client.request("GET", f"/{self.stored.alias}/_source/{id}")
        return {name: np.array(source[name]) for name in source if name.startswith("vector_") and source[name]}

    def entry(self, id: str) -> LedgerEntry:
        return self.workshop.enrichment("shop").ledger.read([id])[id]


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Iterator[Shop]:
    for name in ("red", "green", "blue"):
        Image.new("RGB", (64, 64), name).save(tmp_path / f"{name}.png")
    workshop = Workshop(settings)
    stored = workshop.catalogues.put(CATALOGUE, vectors=vector_fields(CATALOGUE, Runtime()), picture_roots=[tmp_path])
    writer = ProductWriter(workshop.client, stored, ProductReader(CATALOGUE, folder=tmp_path))
    yield Shop(workshop, stored, tmp_path, writer, Watched(workshop.enrichment("shop").fillers[0]))
    workshop.close()


def test_a_price_update_keeps_the_vector_and_costs_no_encoding(shop: Shop) -> None:
    shop.write({"id": "1", "title": "shoe", "price": 10, "pictures": ["red.png"]})
    shop.enrich("1")
    before = shop.vectors("1")
    assert not shop.write({"id": "1", "price": 8}, partial=True)
    assert not shop.write({"id": "1", "title": "shoe", "price": 7, "pictures": ["red.png"]})
    assert shop.enrich("1").skipped == 1
    shop.workshop.client.refresh(shop.stored.alias)
    [found] = shop.workshop.reconciler().reconcile(waiting_seconds=0)
    assert found.due.total == 0
    assert shop.watched.filled == ["1"]
    assert len(before) == 1
    for name, vector in shop.vectors("1").items():
        np.testing.assert_array_equal(vector, before[name])


def test_a_price_update_in_the_middle_of_enrichment_survives_without_a_second_encoding(shop: Shop) -> None:
    shop.write({"id": "1", "title": "shoe", "price": 10, "pictures": ["red.png"]})
    shop.watched.meanwhile = lambda: shop.write({"id": "1", "price": 8}, partial=True) or None
    assert shop.enrich("1").written == {DONE: 1}
    assert shop.entry("1").source["price"] == 8
    assert shop.vectors("1")
    assert shop.watched.filled == ["1"]


def test_an_old_task_never_overwrites_a_newer_product(shop: Shop) -> None:
    shop.write({"id": "1", "title": "shoe", "pictures": ["red.png"]})
    shop.watched.meanwhile = lambda: shop.write({"id": "1", "title": "hat", "pictures": ["blue.png"]}) or None
    report = shop.enrich("1")
    assert (report.written, report.again) == ({}, ["1"])
    assert shop.entry("1").status is EnrichmentStatus.PENDING
    assert shop.vectors("1") == {}
    shop.enrich("1")
    shop.write({"id": "2", "title": "hat", "pictures": ["blue.png"]})
    shop.enrich("2")
    for name, vector in shop.vectors("2").items():
        np.testing.assert_allclose(shop.vectors("1")[name], vector, atol=1e-6)


def test_a_product_deleted_in_the_middle_does_not_come_back(shop: Shop) -> None:
    shop.write({"id": "1", "title": "shoe", "pictures": ["red.png"]})

    def delete() -> None:
        shop.writer.write([shop.writer.read_change({"id": "1", "_delete": True}, is_partial=False)])

    shop.watched.meanwhile = delete
    assert shop.enrich("1").gone == 1
    assert shop.workshop.enrichment("shop").ledger.read(["1"]) == {}


def test_a_product_that_loses_its_pictures_loses_their_vectors(shop: Shop) -> None:
    shop.write({"id": "1", "title": "shoe", "pictures": ["red.png", "green.png"]})
    shop.enrich("1")
    assert shop.vectors("1")
    assert shop.write({"id": "1", "title": "shoe"})
    shop.enrich("1")
    assert shop.vectors("1") == {}
    assert shop.entry("1").status is DONE


def test_a_missing_picture_is_told_and_mended_by_a_replay(shop: Shop) -> None:
    shop.write({"id": "1", "title": "shoe", "pictures": ["red.png", "later.png"]})
    shop.enrich("1")
    entry = shop.entry("1")
    assert entry.status is EnrichmentStatus.PARTIAL
    assert "later.png: there is no such file" in (entry.error or "")
    Image.new("RGB", (64, 64), "green").save(shop.folder / "later.png")
    letters = shop.workshop.dead_letters()
    assert letters.replay(shop.stored, (EnrichmentStatus.PARTIAL,), ids=["1"]).replayed == 1
    assert shop.entry("1").status is DONE


def test_several_views_are_searchable_one_by_one(shop: Shop) -> None:
    shop.write({"id": "both", "title": "shoe", "pictures": ["red.png", "blue.png"]})
    shop.write({"id": "green", "title": "shoe", "pictures": ["green.png"]})
    shop.write({"id": "blue", "title": "shoe", "pictures": ["blue.png"]})
    shop.enrich("both", "green", "blue")
    shop.workshop.client.refresh(shop.stored.alias)
    [vector_field] = shop.stored.vectors
    knn = {"knn": {vector_field.views_vector: {"vector": shop.vectors("blue")[vector_field.name].tolist(), "k": 3}}}
    nested = {"nested": {"path": vector_field.views_name, "score_mode": "max", "query": knn}}
    hits = shop.workshop.client.search(shop.stored.alias, {"query": nested})["hits"]["hits"]
    scores = {hit["_id"]: hit["_score"] for hit in hits}
    assert scores["both"] == pytest.approx(scores["blue"], abs=1e-4)
    assert scores["green"] < scores["blue"]


def test_an_encoder_that_is_gone_costs_its_own_vectors_only_and_is_told(shop: Shop) -> None:
    shop.write({"id": "1", "title": "shoe", "pictures": ["red.png"]})
    [picture] = shop.stored.vectors
    broken = CATALOGUE.model_copy(update={"encoders": Encoders(text=EncoderChoice(model="/nowhere/model"))})
    lost = VectorField(Modality.TEXT, "aaaaaaaaaaaa", 8)
    shop.workshop.catalogues.put(broken, vectors=(lost, picture))
    shop.workshop.enrich("shop", ["1"])
    entry = shop.entry("1")
    assert (entry.status, entry.attempts) == (EnrichmentStatus.FAILED, 0)
    assert "/nowhere/model" in (entry.error or "")
    assert list(shop.vectors("1")) == [picture.name]
    shop.workshop.catalogues.put(CATALOGUE, vectors=(picture,))
    letters = shop.workshop.dead_letters()
    assert letters.replay(shop.stored, RESTING, ids=["1"]).replayed == 1
    assert shop.entry("1").status is DONE


def test_a_task_for_a_catalogue_that_is_gone_is_one_line_in_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    task = build_celery(shop.workshop.settings).tasks[ENRICH]
    assert task.apply(("gone", ["1"])).successful()
    [record] = [record for record in caplog.records if record.name == "indexer.tasks"]
    assert "gone: 1 products were not enriched: there is no catalogue 'gone'" in record.getMessage()
    assert record.exc_info is None
