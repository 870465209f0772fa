"""Vectors kept as bits in a real index: found by their codes, scored by themselves."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import numpy as np
import pytest

from indexer.rebuilding import rebuild
from mappings import bulk
from mappings.catalogue_store import IndexCatalogueStore, StoredCatalogue
from mappings.client import Client, connect
from mappings.codes.coder import Coder
from mappings.codes.rotations import Rotations
from mappings.documents import document
from mappings.errors import IncompatibleChange
from mappings.fields import EnrichmentStatus, Modality, VectorField
from mappings.hybrid import Nearest, SearchPlan, keyword_part, search_body, vector_part
from mappings.ledger import IndexLedger, LedgerChange, Vector
from mappings.products import Product, ProductReader
from plugin_config.catalogue import VectorStorage, parse_catalogue
from plugin_config.policy import Normalizer, SubQueryKind
from plugin_config.settings import Settings

SHOP = "name: shop\ntext: {title: 1}\nkeyword: [colour]\nimages: [picture]\n"
TEXT = VectorField(Modality.TEXT, "0123456789ab", 64, storage=VectorStorage.BITS)
PICTURE = VectorField(Modality.PICTURE, "ba9876543210", 32, storage=VectorStorage.BITS)
COUNT = 300


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    made = connect(settings)
    yield made
    made.close()


def units(count: int, dimension: int, seed: int) -> Vector:
    """Unit vectors around the axes, which signs after an arbitrary turn tell apart badly."""
    chance = np.random.default_rng(seed)
    rows = 0.25 * chance.standard_normal((count, dimension)).astype(np.float32)
    rows[np.arange(count)[:, None], chance.integers(0, dimension // 4, (count, 3))] += 1
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


TEXTS, PICTURES = units(COUNT, TEXT.dimension, 1), units(COUNT, PICTURE.dimension, 2)


def fill(client: Client, stored: StoredCatalogue, coders: Mapping[str, Coder]) -> None:
    reader, now = ProductReader(stored.catalogue), datetime.now(UTC)
    actions = []
    for number in range(COUNT):
        product = reader.read({"id": number, "title": f"Sofa {number}", "colour": "red" if number % 2 else "blue"})
        assert isinstance(product, Product)
        actions.append(bulk.index(product.id, document(stored.catalogue, product).whole(now)))
    bulk.send(client, stored.alias, actions)
    ledger = IndexLedger(client, stored.alias, coders)
    entries = ledger.read([str(number) for number in range(COUNT)])
    changes = [
        LedgerChange(
            entry,
            status=EnrichmentStatus.DONE,
            attempts=0,
            error=None,
            next_try_at=None,
            encoded={TEXT.name: entry.input_hash, PICTURE.name: entry.input_hash},
            vectors={TEXT.name: TEXTS[int(id)], PICTURE.name: PICTURES[int(id)]},
            views={PICTURE.views_name: {1: PICTURES[int(id)], 2: PICTURES[int(id) - 1]}},
        )
        for id, entry in entries.items()
    ]
    ledger.write(changes, now=now)
    client.refresh(stored.alias)


def found(client: Client, alias: str, nearest: Nearest, *, colour: str | None = None) -> list[tuple[str, float]]:
    filters = [] if colour is None else [{"term": {"keyword.colour": colour}}]
    part = vector_part(SubQueryKind.TEXT_VECTOR, nearest, filters, 1.0)
    plan = SearchPlan((part,), Normalizer(technique="min_max", rank_constant=60), depth=50, size=10, with_source=False)
    return [(hit["_id"], hit["_score"]) for hit in client.search(alias, search_body(plan))["hits"]["hits"]]


def test_what_bits_find_is_scored_by_the_vectors_themselves_also_under_filters_and_in_views(
    client: Client, settings: Settings
) -> None:
    store, rotations = IndexCatalogueStore(client, settings), Rotations(settings.models_folder)
    stored = store.put(parse_catalogue(SHOP, origin="test"), vectors=[TEXT, PICTURE])
    coders = rotations.coders(stored.vectors)
    fill(client, stored, coders)
    asked = units(1, TEXT.dimension, 7)[0]
    codes = coders[TEXT.name].codes(asked[None, :])[0]

    hits = found(client, stored.alias, Nearest(TEXT, asked, k=200, codes=codes))
    closeness = TEXTS @ asked
    assert [id for id, _ in hits] == [str(place) for place in np.argsort(-closeness)[:10]]
    assert hits[0][1] == pytest.approx(1 + closeness.max(), abs=1e-5)

    red = found(client, stored.alias, Nearest(TEXT, asked, k=200, codes=codes), colour="red")
    odd = [place for place in np.argsort(-closeness) if place % 2][:10]
    assert [id for id, _ in red] == [str(place) for place in odd]

    shown = PICTURES[41]
    seen = coders[PICTURE.name].codes(shown[None, :])[0]
    views = found(client, stored.alias, Nearest(PICTURE, shown, k=50, views=True, codes=seen))
    assert {id for id, _ in views[:2]} == {"41", "42"}  # the second view of 42 is the same picture
    assert views[0][1] == pytest.approx(2, abs=1e-5)


def test_bits_are_a_part_of_a_hybrid_query(client: Client, settings: Settings) -> None:
    store = IndexCatalogueStore(client, settings)
    stored = store.put(parse_catalogue(SHOP, origin="test"), vectors=[TEXT, PICTURE])
    coders = Rotations(settings.models_folder).coders(stored.vectors)
    fill(client, stored, coders)
    asked = TEXTS[7]
    nearest = Nearest(TEXT, asked, k=200, least_score=1.2, codes=coders[TEXT.name].codes(asked[None, :])[0])
    parts = (
        keyword_part({"match": {"text.title": "23"}}, [], 0.5),
        vector_part(SubQueryKind.TEXT_VECTOR, nearest, [], 0.5),
    )
    plan = SearchPlan(parts, Normalizer(technique="rrf", rank_constant=60), depth=50, size=10)
    hits = client.search(stored.alias, search_body(plan))["hits"]["hits"]
    assert {"7", "23"} <= {hit["_id"] for hit in hits}


def test_a_rebuild_learns_a_rotation_and_writes_the_codes(client: Client, settings: Settings) -> None:
    floats = VectorField(Modality.TEXT, TEXT.fingerprint, TEXT.dimension)
    pictures = VectorField(Modality.PICTURE, PICTURE.fingerprint, PICTURE.dimension)
    store, rotations = IndexCatalogueStore(client, settings), Rotations(settings.models_folder)
    catalogue = parse_catalogue(SHOP, origin="test")
    fill(client, store.put(catalogue, vectors=[floats, pictures]), {})
    with pytest.raises(IncompatibleChange, match="storage"):
        store.put(catalogue, vectors=[TEXT, PICTURE])

    rebuilt = rebuild(
        client, store, catalogue, vectors=[TEXT, PICTURE], rotations=rotations, on_progress=lambda _done, _total: None
    )

    text, picture = rebuilt.stored.vectors
    assert text.rotation
    assert picture.rotation
    assert store.get("shop").vectors == (text, picture)
    assert store.put(catalogue, vectors=[TEXT, PICTURE]).vectors == (text, picture)  # indexing again keeps the rotation
    asked = TEXTS[5]
    codes = rotations.coder(text).codes(asked[None, :])[0]
    assert found(client, rebuilt.stored.alias, Nearest(text, asked, k=200, codes=codes))[0][0] == "5"


def test_what_was_kept_as_bits_can_be_kept_as_floats_again(client: Client, settings: Settings) -> None:
    floats = [VectorField(v.modality, v.fingerprint, v.dimension) for v in (TEXT, PICTURE)]
    store, rotations = IndexCatalogueStore(client, settings), Rotations(settings.models_folder)
    catalogue = parse_catalogue(SHOP, origin="test")
    stored = store.put(catalogue, vectors=[TEXT, PICTURE])
    fill(client, stored, rotations.coders(stored.vectors))

    rebuilt = rebuild(
        client, store, catalogue, vectors=floats, rotations=rotations, on_progress=lambda _done, _total: None
    )

    assert rebuilt.products == COUNT
    assert found(client, rebuilt.stored.alias, Nearest(rebuilt.stored.vectors[0], TEXTS[5], k=200))[0][0] == "5"
    source = client.request("GET", f"/{rebuilt.stored.alias}/_source/5")
    assert [set(view) for view in source[PICTURE.views_name]] == [{"ordinal", "vector"}] * 2
