"""What every ledger of enrichment promises: the one in memory and the one in OpenSearch."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from indexer.enrichment.chunk import Ledger
from indexer.enrichment.memory_ledger import MemoryLedger
from mappings import bulk
from mappings.bulk import Outcome
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from mappings.documents import document
from mappings.fields import EnrichmentStatus, Modality, VectorField
from mappings.ledger import IndexLedger, LedgerChange, LedgerEntry
from mappings.products import Product, ProductReader
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEXT = VectorField(Modality.TEXT, "aaaaaaaaaaaa", 4)
PICTURE = VectorField(Modality.PICTURE, "bbbbbbbbbbbb", 3)
CATALOGUE = Catalogue(name="shop", text={"title": 1}, images=("picture",))


@dataclass(frozen=True)
class Stand:
    """A ledger, and how a feed writes a product beside it."""

    ledger: Ledger
    feed: Callable[[str, str], None]


def memory() -> Stand:
    ledger = MemoryLedger()

    def feed(id: str, title: str) -> None:
        entry = LedgerEntry(id, 0, 0, input_hash=product(id, title).input_hash, source={"id": id, "title": title})
        ledger.put(replace(entry, pictures=("https://shop.example/a.png",)))

    return Stand(ledger, feed)


def opensearch(settings: Settings) -> Stand:
    client = connect(settings)
    stored = IndexCatalogueStore(client, settings).put(CATALOGUE, vectors=(TEXT, PICTURE))

    def feed(id: str, title: str) -> None:
        written = document(CATALOGUE, product(id, title)).whole(NOW)
        [result] = bulk.send(client, stored.alias, [bulk.index(id, written)])
        assert result.outcome is Outcome.DONE

    return Stand(IndexLedger(client, stored.alias), feed)


def product(id: str, title: str) -> Product:
    raw = {"id": id, "title": title, "picture": "https://shop.example/a.png"}
    read = ProductReader(CATALOGUE, folder=Path("/")).read(raw)
    assert isinstance(read, Product)
    return read


@pytest.fixture(params=["memory", "opensearch"])
def stand(request: pytest.FixtureRequest) -> Stand:
    return memory() if request.param == "memory" else opensearch(request.getfixturevalue("settings"))


def filled(entry: LedgerEntry) -> LedgerChange:
    vector = np.array([0.6, 0.8, 0.0], dtype=np.float32)
    return LedgerChange(
        entry=entry,
        status=EnrichmentStatus.PARTIAL,
        attempts=2,
        error="one picture is missing",
        next_try_at=NOW + timedelta(seconds=30),
        encoded={TEXT.name: entry.input_hash},
        vectors={TEXT.name: np.array([1, 0, 0, 0], dtype=np.float32), PICTURE.name: vector},
        views={PICTURE.views_name: {1: vector, 3: vector}},
        parts={"pictures": 3, "lost": [{"ordinal": 2, "kind": "missing", "message": "gone"}]},
    )


def test_a_new_product_is_read_at_once_as_pending(stand: Stand) -> None:
    stand.feed("1", "red shoe")
    [entry] = stand.ledger.read(["1", "absent"]).values()
    assert (entry.id, entry.status, entry.attempts, entry.error) == ("1", EnrichmentStatus.PENDING, 0, None)
    assert entry.encoded == {}
    assert entry.input_hash == product("1", "red shoe").input_hash
    assert entry.source["title"] == "red shoe"
    assert entry.pictures == ("https://shop.example/a.png",)


def test_what_is_written_is_read_back(stand: Stand) -> None:
    stand.feed("1", "red shoe")
    change = filled(stand.ledger.read(["1"])["1"])
    [result] = stand.ledger.write([change], now=NOW)
    entry = stand.ledger.read(["1"])["1"]
    assert result.outcome is Outcome.DONE
    assert (entry.status, entry.attempts, entry.error) == (change.status, 2, "one picture is missing")
    assert (entry.next_try_at, entry.encoded, entry.parts) == (change.next_try_at, change.encoded, change.parts)


def test_a_change_onto_an_older_version_is_refused_and_changes_nothing(stand: Stand) -> None:
    stand.feed("1", "red shoe")
    stand.feed("2", "blue hat")
    old = stand.ledger.read(["1", "2"])
    stand.feed("1", "green scarf")
    results = stand.ledger.write([filled(old["1"]), filled(old["2"])], now=NOW)
    assert [(r.id, r.outcome) for r in results] == [("1", Outcome.CONFLICT), ("2", Outcome.DONE)]
    entry = stand.ledger.read(["1"])["1"]
    assert (entry.status, entry.source["title"]) == (EnrichmentStatus.PENDING, "green scarf")


def test_a_change_onto_nothing_does_not_create_it(stand: Stand) -> None:
    ghost = LedgerEntry("ghost", seq_no=0, primary_term=1, input_hash="x")
    [result] = stand.ledger.write([filled(ghost)], now=NOW)
    assert result.outcome in (Outcome.MISSING, Outcome.CONFLICT)
    assert stand.ledger.read(["ghost"]) == {}


def test_a_vector_can_be_taken_away_again(stand: Stand) -> None:
    stand.feed("1", "red shoe")
    stand.ledger.write([filled(stand.ledger.read(["1"])["1"])], now=NOW)
    entry = stand.ledger.read(["1"])["1"]
    emptied = replace(
        filled(entry), vectors={PICTURE.name: None}, views={PICTURE.views_name: None}, error=None, next_try_at=None
    )
    [result] = stand.ledger.write([emptied], now=NOW)
    assert result.outcome is Outcome.DONE
    assert stand.ledger.read(["1"])["1"].next_try_at is None


def test_nothing_is_read_and_written_for_nothing(stand: Stand) -> None:
    assert stand.ledger.read([]) == {}
    assert stand.ledger.write([], now=NOW) == []


def test_vectors_in_the_index_are_found_until_they_are_taken_away(settings: Settings) -> None:
    stand = opensearch(settings)
    client, alias = connect(settings), f"{settings.index_prefix}-shop"
    stand.feed("1", "red shoe")
    stand.ledger.write([filled(stand.ledger.read(["1"])["1"])], now=NOW)
    client.refresh(alias)
    pooled = {"knn": {PICTURE.name: {"vector": [0.6, 0.8, 0.0], "k": 5}}}
    view = {
        "nested": {
            "path": PICTURE.views_name,
            "query": {"knn": {PICTURE.views_vector: {"vector": [0.6, 0.8, 0], "k": 5}}},
        }
    }
    for query in (pooled, view):
        assert client.search(alias, {"query": query})["hits"]["total"]["value"] == 1
    entry = stand.ledger.read(["1"])["1"]
    stand.ledger.write(
        [replace(filled(entry), vectors={PICTURE.name: None}, views={PICTURE.views_name: None})], now=NOW
    )
    client.refresh(alias)
    for query in (pooled, view):
        assert client.search(alias, {"query": query})["hits"]["total"]["value"] == 0
    assert client.search(alias, {"query": {"exists": {"field": TEXT.name}}})["hits"]["total"]["value"] == 1
