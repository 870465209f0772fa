"""A catalogue's index written anew: new analyzers, the same products, vectors that still hold."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from indexer.rebuilding import Rebuilt, rebuild
from mappings import bulk
from mappings.bulk import Outcome
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import Client, connect
from mappings.codes.rotations import Rotations
from mappings.documents import document
from mappings.errors import NotFound
from mappings.fields import Modality, VectorField
from mappings.ledger import IndexLedger
from mappings.products import Product, ProductReader
from plugin_config.catalogue import Catalogue, parse_catalogue
from plugin_config.settings import Settings

OLD = "name: shop\ntext: {title: 1}\nnumber: [price]\nencoders: {picture: null}\n"
VECTOR = VectorField(Modality.TEXT, "0123456789ab", 2)
OTHER = VectorField(Modality.TEXT, "ba9876543210", 2)


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    made = connect(settings)
    yield made
    made.close()


def rebuilding(
    client: Client,
    settings: Settings,
    new: Catalogue,
    *,
    vector: VectorField = VECTOR,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Rebuilt:
    """The catalogue's index written anew, with this vector field."""
    store, rotations = IndexCatalogueStore(client, settings), Rotations(settings.models_folder)
    return rebuild(client, store, new, vectors=[vector], rotations=rotations, on_progress=on_progress)


def test_a_rebuilt_index_has_the_new_analyzers_and_the_vectors_that_still_hold(
    client: Client, settings: Settings
) -> None:
    store = IndexCatalogueStore(client, settings)
    old = store.put(parse_catalogue(OLD, origin="old"), vectors=[VECTOR])
    reader, now = ProductReader(old.catalogue), datetime.now(UTC)
    actions = []
    for number in range(250):
        product = reader.read({"id": number, "title": f"Sofa {number}", "stock": "plenty" if number == 7 else number})
        assert isinstance(product, Product)
        body = orjson.loads(document(old.catalogue, product).whole(now))
        body |= {VECTOR.name: [0.5, 0.5], "enrichment": body["enrichment"] | {"status": "done"}}
        actions.append(bulk.create(product.id, orjson.dumps(body)))
    assert {result.outcome for result in bulk.send(client, old.alias, actions)} == {Outcome.DONE}
    client.refresh(old.alias)

    new = parse_catalogue(OLD.replace("[price]", "[price, stock]") + 'synonyms: ["couch => sofa"]\n', origin="new")
    rebuilt = rebuilding(client, settings, new)

    assert (rebuilt.products, [id for id, _ in rebuilt.unreadable]) == (249, ["7"])
    assert store.get("shop").index == f"{old.alias}.v2"
    answer = client.search(old.alias, {"query": {"match": {"text.title": "couch"}}, "size": 1})
    assert answer["hits"]["total"]["value"] == 249
    source = answer["hits"]["hits"][0]["_source"]
    assert source[VECTOR.name] == [0.5, 0.5]
    assert source["enrichment"]["status"] == "done"
    with pytest.raises(NotFound):
        client.request("GET", f"/{old.index}/_count")


def test_what_is_written_while_a_rebuild_copies_comes_over_whatever_time_it_carries(
    client: Client, settings: Settings
) -> None:
    store = IndexCatalogueStore(client, settings)
    old = store.put(parse_catalogue(OLD, origin="old"), vectors=[VECTOR])
    reader, long_ago = ProductReader(old.catalogue), datetime.now(UTC) - timedelta(hours=1)

    def write(id: str, title: str) -> None:
        product = reader.read({"id": id, "title": title})
        assert isinstance(product, Product)
        action = bulk.index(id, document(old.catalogue, product).whole(long_ago))
        assert [result.outcome for result in bulk.send(client, old.index, [action])] == [Outcome.DONE]

    for number in range(3):
        write(f"b{number}", "Sofa")

    def meanwhile(_done: int, _total: int) -> None:
        if not written:
            written.append(True)
            write("a", "Lamp")  # by a writer whose clock is behind, or that waited for a busy OpenSearch
            write("b1", "Chair")

    written: list[bool] = []
    new = parse_catalogue(OLD.replace("[price]", "[price, stock]"), origin="new")
    rebuilt = rebuilding(client, settings, new, on_progress=meanwhile)
    titles = {
        hit["_id"]: hit["_source"]["text"]["title"] for hit in client.search(old.alias, {"size": 9})["hits"]["hits"]
    }
    assert rebuilt.products == 4
    assert titles == {"a": "Lamp", "b0": "Sofa", "b1": "Chair", "b2": "Sofa"}


def test_a_vector_that_a_rebuild_leaves_behind_is_made_again_when_its_encoder_comes_back(
    client: Client, settings: Settings
) -> None:
    store = IndexCatalogueStore(client, settings)
    old = store.put(parse_catalogue(OLD, origin="old"), vectors=[VECTOR])
    product = ProductReader(old.catalogue).read({"id": "1", "title": "Sofa"})
    assert isinstance(product, Product)
    body = orjson.loads(document(old.catalogue, product).whole(datetime.now(UTC)))
    marks = [f"{name}@{body['enrichment']['input_hash']}" for name in (VECTOR.name, OTHER.name)]
    body |= {VECTOR.name: [0.5, 0.5], "enrichment": body["enrichment"] | {"status": "done", "encoded": marks}}
    bulk.send(client, old.alias, [bulk.create("1", orjson.dumps(body))])
    new = parse_catalogue(OLD.replace("[price]", "[price, stock]"), origin="new")
    rebuilding(client, settings, new, vector=OTHER)
    entry = IndexLedger(client, old.alias).read(["1"])["1"]
    assert set(entry.encoded) == {OTHER.name}
